// The tasks of several sources as a brief orders them, out of what is known of each. No zod in here: `task list` starts with
// this.

import type { CommandContext } from "../../config/context.ts";
import { sourceTexts } from "../../core/brief/source-lines.ts";
import { servingSources, type SourceView } from "../../core/brief/source-view.ts";
import { rankContextOf } from "../../core/brief/task-list.ts";
import { wordContext } from "../../core/brief/task-lines.ts";
import type { ProjectScope } from "../../core/ports.ts";
import type { Identity } from "../../core/task/identity.ts";
import { rankTasks, whoseIn, type RankedTask, type Whose } from "../../core/task/ranking.ts";
import type { Task } from "../../core/task/task.ts";
import { localTime } from "../../core/time.ts";
import { isLeaseRunning } from "../../state/live/lease.ts";

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
  /** By source that has people: who of them the person is. */
  whose: ReadonlyMap<string, Whose>;
  /** Pending ones in the order of a brief, of the sources that it lists or of the one that was named. */
  ranked: readonly RankedTask[];
  /** How many pending ones those sources have, also where not all were read. */
  pending: number;
  /** False where a source was not read yet, or so long ago that its tasks are not listed. */
  isWhole: boolean;
  /** How old the tasks of the servers are; empty where none is configured. */
  ages: readonly string[];
}

/** `only`: the source to list; null for all. */
export function rankedOf(
  context: CommandContext,
  { branch }: Required<ProjectScope>,
  views: readonly SourceView[],
  { only, me }: { only: string | null; me: Identity },
): Ranked {
  const now = Date.now();
  const named = views.filter(({ source }) => source === only);
  const serving = only === null ? servingSources(views) : { listed: named, mentioned: named };
  const listed = serving.listed.filter(isListed);
  const ranking = {
    ...rankContextOf(listed),
    branch,
    me,
    now: localTime(now),
    calendar: localTime,
  };
  const counts = listed.map(({ counts: of }) => of.pending + of.in_progress + of.blocked);
  const whose = listed.flatMap((view): [string, Whose][] => {
    const who = whoseIn(ranking, view.source, view.tasks);
    const names = ranking.people.get(view.source)?.names ?? [];
    const hasPeople = names.length > 0 || view.tasks.some((one) => one.assignees.length > 0);
    return hasPeople ? [[view.source, who]] : [];
  });
  return {
    whose: new Map(whose),
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
