// The tasks of several sources as a brief orders them, out of what is known of each. No zod in here: `task list` starts with
// this.

import type { CommandContext } from "../config/context.ts";
import { sourceTexts } from "../core/brief/source-lines.ts";
import { servingSources, type SourceView } from "../core/brief/source-view.ts";
import { wordContext } from "../core/brief/task-lines.ts";
import type { ProjectScope } from "../core/ports.ts";
import { openKey, rankTasks, type RankedTask } from "../core/ranking.ts";
import type { Task } from "../core/task.ts";
import { localTime } from "../core/time.ts";
import { isLeaseRunning } from "../state/live/lease.ts";

/** True for what a brief lists. */
const isListed = ({ freshness }: SourceView): boolean =>
  freshness === "fresh" || freshness === "stale";

function ageTexts(context: CommandContext, views: readonly SourceView[], now: number): string[] {
  const sources = views.filter(({ isBuiltIn }) => isBuiltIn !== true);
  if (sources.length === 0) return [];
  const isMonitorAlive = isLeaseRunning(context.files.live, now);
  const input = { sources, now, isMonitorAlive, calendar: localTime };
  const words = wordContext({ ...input, options: { style: "plain" } });
  return sourceTexts({ ...input, options: {} }, words);
}

export interface Ranked {
  /** Pending ones in the order of a brief, of the sources that it lists or of the one that was named. */
  ranked: readonly RankedTask[];
  /** How many pending ones those sources have, also where not all were read. */
  pending: number;
  /** False where a source was not read yet, or so long ago that its tasks are not listed. */
  isWhole: boolean;
  /** How old the tasks of the servers are; empty where none is configured. */
  ages: readonly string[];
}

/** `only`: the source to list; null for all. `me`: what the sources call the person. */
export function rankedOf(
  context: CommandContext,
  { branch }: Required<ProjectScope>,
  views: readonly SourceView[],
  { only, me }: { only: string | null; me: readonly string[] },
): Ranked {
  const now = Date.now();
  const named = views.filter(({ source }) => source === only);
  const serving = only === null ? servingSources(views) : { listed: named, mentioned: named };
  const listed = serving.listed.filter(isListed);
  const subjects = listed.flatMap(({ subject = "" }) => (subject === "" ? [] : [subject]));
  const open = new Set(
    listed.flatMap(({ source, openIds = [] }) => openIds.map((id) => openKey(source, id))),
  );
  const names = [...me, ...subjects];
  const ranking = { branch, me: names, open, now: localTime(now), calendar: localTime };
  const counts = listed.map(({ counts: of }) => of.pending + of.in_progress + of.blocked);
  return {
    ranked: rankTasks(
      listed.flatMap(({ tasks }) => tasks),
      ranking,
    ),
    pending: counts.reduce((sum, count) => sum + count, 0),
    isWhole: listed.length === serving.listed.length,
    ages: ageTexts(context, serving.mentioned, now),
  };
}

/** As every command takes it. */
export const fullId = ({ source, id }: Task): string => `${source}/${id}`;

/** How tasks are called beside each other: by their ids, with their sources where there are several. */
export const namesFor = (tasks: readonly Task[]): ((task: Task) => string) =>
  new Set(tasks.map(({ source }) => source)).size > 1 ? fullId : ({ id }) => id;
