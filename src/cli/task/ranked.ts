// Ranks the tasks of several sources as a brief does. It does not import zod, because `task list` loads it first.

import type { CommandContext } from "../../config/context.ts";
import { sourceTexts } from "../../core/brief/source-lines.ts";
import { servingSources, type SourceView } from "../../core/brief/source-view.ts";
import { createRankContext } from "../../core/brief/task-list.ts";
import { textContext } from "../../core/brief/task-lines.ts";
import type { ProjectScope } from "../../core/ports.ts";
import type { Identity } from "../../core/task/identity.ts";
import { findOwnership, type OwnerAssignment } from "../../core/task/owners.ts";
import { rankTasks, type RankedTask } from "../../core/task/ranking.ts";
import type { Task } from "../../core/task/task.ts";
import { localTime } from "../../core/time.ts";
import { isLeaseRunning } from "../../state/live/lease.ts";

const isListed = ({ freshness }: SourceView): boolean =>
  freshness === "fresh" || freshness === "stale";

function ageTexts(context: CommandContext, views: readonly SourceView[], now: number): string[] {
  const sources = views.filter(({ isBuiltIn }) => isBuiltIn !== true);
  if (sources.length === 0) return [];
  const isMonitorAlive = isLeaseRunning(context.files.live, now);
  const input = { sources, now, isMonitorAlive, calendar: localTime };
  const words = textContext({ ...input, options: { style: "plain" } });
  return sourceTexts({ ...input, options: {} }, words);
}

export interface Ranked {
  /** The user's identity in each source that has people. */
  whose: ReadonlyMap<string, OwnerAssignment>;
  ranked: readonly RankedTask[];
  /** The number of open tasks in the listed sources, even if not all of them were read. */
  open: number;
  /** False if a source is not listed, because it was never read or its tasks have expired. */
  isWhole: boolean;
  /** Texts about the age of the sources' tasks; empty with only the embedded store. */
  ages: readonly string[];
}

export function rankListed(
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
    ...createRankContext(listed),
    branch,
    me,
    now: localTime(now),
    calendar: localTime,
  };
  const tasks = listed.flatMap((view) => view.tasks);
  const whose = listed.flatMap((view): [string, OwnerAssignment][] => {
    const names = ranking.people.get(view.source)?.names ?? [];
    const hasPeople = names.length > 0 || view.tasks.some((one) => one.assignees.length > 0);
    return hasPeople ? [[view.source, findOwnership(ranking, view.source, view.tasks)]] : [];
  });
  const counts = listed.map(({ counts: of }) => of.pending + of.in_progress + of.blocked);
  return {
    whose: new Map(whose),
    ranked: rankTasks(tasks, ranking),
    open: counts.reduce((sum, count) => sum + count, 0),
    isWhole: listed.length === serving.listed.length,
    ages: ageTexts(context, serving.mentioned, now),
  };
}

export const fullId = ({ source, id }: Task): string => `${source}/${id}`;

export const createTaskNamer = (tasks: readonly Task[]): ((task: Task) => string) =>
  new Set(tasks.map(({ source }) => source)).size > 1 ? fullId : ({ id }) => id;
