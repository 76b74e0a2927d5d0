import type { SourceView } from "../../core/brief/source-view.ts";
import {
  hookSettingsKey,
  projectSettings,
  readHookSettings,
  type HookSettings,
} from "../../core/hook-settings.ts";
import type { TaskChange } from "../../core/news/changes.ts";
import type { PullRecord } from "../../core/pull-request/pull-request.ts";
import { workBranch, type WorkLocation } from "../../core/session.ts";
import { belongsToBranch } from "../../core/task/branch-tasks.ts";
import type { CurrentMismatches } from "../../core/task/mismatch.ts";
import { dayStart, type Calendar } from "../../core/time.ts";
import { reading, type Sqlite } from "../sqlite/sqlite.ts";
import { getStaleEntry } from "./cache-entries.ts";
import { readCurrentMismatches } from "./mismatches.ts";
import { readPullRequest } from "./pull-requests.ts";
import { readSourceViews } from "./source-views.ts";
import { endedOfBranch, lastChangeSeq } from "./task-changes.ts";

export const cachedSettings = (db: Sqlite): HookSettings =>
  readHookSettings(getStaleEntry(db, hookSettingsKey, 0)?.value);

export interface BriefFacts {
  sources: SourceView[];
  ended: TaskChange[];
  mismatches: CurrentMismatches;
  pull: PullRecord | null;
  seq: number;
}

interface FactsQuery {
  now: number;
  calendar: Calendar;
  settings: HookSettings;
  /** The most tasks of each source; absent: as many as a brief needs. */
  most?: number | undefined;
}

export function readBriefFacts(
  db: Sqlite,
  place: WorkLocation,
  { now, calendar, settings, most: wanted }: FactsQuery,
): BriefFacts {
  const { project, worktree } = place;
  const { me, tasks: limits } = settings;
  const branch = workBranch(place);
  const most = wanted ?? projectSettings(settings, project).brief.maxTasks + 1;
  const today = dayStart(calendar(now), now);
  return reading(db, () => {
    const sources = readSourceViews(db, {
      project,
      worktree,
      branch,
      now,
      limits,
      most,
      me,
      today,
    });
    // If the branch's task is open, closed ones do not matter.
    const isOpen = sources.some(({ tasks }) => tasks.some((task) => belongsToBranch(task, branch)));
    const ended = branch === null || isOpen ? [] : endedOfBranch(db, project, branch);
    const mismatches = readCurrentMismatches(db, project);
    const pull = place.branch === null ? null : readPullRequest(db, project, place.branch);
    return { sources, ended, mismatches, pull, seq: lastChangeSeq(db) };
  });
}
