// What a brief is made from.

import type { LastHandoff } from "../handoff/handoff.ts";
import { projectSettings, type HookSettings } from "../hook-settings.ts";
import type { TaskChange } from "../news/changes.ts";
import type { Peer } from "../news/peers.ts";
import type { PullRecord } from "../pull-request/pull-request.ts";
import { workBranch, type WorkLocation } from "../session.ts";
import type { Identity } from "../task/identity.ts";
import type { CurrentMismatches } from "../task/mismatch.ts";
import type { Calendar } from "../time.ts";
import type { GitView } from "./git-lines.ts";
import type { BriefOptions } from "./options.ts";
import type { Since } from "./since-lines.ts";
import type { SourceView } from "./source-view.ts";

export interface BriefInput {
  /** Epoch milliseconds. */
  now: number;
  calendar: Calendar;
  /** In the order in which they are configured. */
  sources: readonly SourceView[];
  /** Closed tasks that the checked-out branch names. */
  ended: readonly TaskChange[];
  /** Mismatches between git and the tasks; absent if not looked for. */
  mismatches?: CurrentMismatches;
  /** The checked-out branch's pull request; null or absent if unknown. */
  pull?: PullRecord | null;
  /** Set when the cache could not be read: an error code, and `sources` is empty. */
  cacheError: string | null;
  /** False if the monitor was not running when the session began. */
  isMonitorAlive: boolean;
  git: GitView;
  /** What happened since the brief of the project's last session; null when there was none. */
  since: Since | null;
  /** The user. */
  me: Identity;
  /** Other live sessions in this working tree, or on tasks of this project elsewhere. */
  peers: readonly Peer[];
  /** What the previous session left here, and this session's branch (or folder). */
  leftOff?: LastHandoff | null;
  place?: string | null;
  options: BriefOptions;
}

type Found = Pick<BriefInput, "now" | "calendar" | "sources" | "git"> & Partial<BriefInput>;

/** Fields that `found` lacks are unknown or absent. */
export const createBriefInput = (
  place: WorkLocation,
  settings: HookSettings,
  found: Found,
): BriefInput => ({
  ended: [],
  cacheError: null,
  isMonitorAlive: true,
  since: null,
  peers: [],
  leftOff: null,
  place: workBranch(place) ?? place.worktree,
  me: settings.me,
  options: projectSettings(settings, place.project).brief,
  ...found,
});
