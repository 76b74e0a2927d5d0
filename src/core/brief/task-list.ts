// The tasks that a brief is about, in their order.

import { openKey, rankTasks, type RankedTask } from "../ranking.ts";
import { isPending, noTasks, type Task, type TaskCounts } from "../task.ts";
import { dueDay, isOverdue, type Calendar } from "../time.ts";
import type { GitView } from "./git-lines.ts";
import type { BriefOptions } from "./options.ts";
import { servingSources, type Pressing, type SourceView } from "./source-view.ts";

/** The branch that tasks are matched with: the one checked out, or the one being rebased. */
export function branchOf(git: GitView): string | null {
  return git.kind === "state" ? (git.state.branch ?? git.state.operation?.branch ?? null) : null;
}

/** What is pending in all of these sources together. */
export function addCounts(sources: readonly SourceView[]): TaskCounts {
  const sum = noTasks();
  for (const { counts } of sources) {
    sum.pending += counts.pending;
    sum.in_progress += counts.in_progress;
    sum.blocked += counts.blocked;
  }
  return sum;
}

/** What a list is made from. */
export interface ListInput {
  sources: readonly SourceView[];
  git: GitView;
  now: number;
  calendar: Calendar;
  /** What the sources call the person who asks. */
  me?: readonly string[];
  /** Left out: what is cached is listed. */
  options?: Pick<BriefOptions, "hidesCached">;
}

/** The known tasks in their order, and what is known of how many there are. */
export interface TaskList {
  ranked: readonly RankedTask[];
  counts: TaskCounts;
  /** True when some source's tasks are not known, or too old to be listed. */
  isPartial: boolean;
  /** True when `ranked` holds every pending task that is counted. */
  isWhole: boolean;
  pressing: Pressing;
  /** True where some task is known to be of the person who asks, so that others' can be told from it. */
  isKnown: boolean;
}

/** Counted by the cache for a long list, else among the tasks themselves. */
function pressingOf(views: readonly SourceView[], { now, calendar }: ListInput): Pressing {
  const today = calendar(now);
  const isLate = ({ due }: Task): boolean => {
    const day = due === undefined ? null : dueDay(due, calendar);
    return day !== null && isOverdue(day, today);
  };
  const found = views.map(
    ({ pressing, tasks }) =>
      pressing ?? {
        urgent: tasks.filter((task) => isPending(task) && task.priority === "urgent").length,
        overdue: tasks.filter((task) => isPending(task) && isLate(task)).length,
      },
  );
  return {
    urgent: found.reduce((sum, { urgent }) => sum + urgent, 0),
    overdue: found.reduce((sum, { overdue }) => sum + overdue, 0),
  };
}

/** The tasks of every serving source whose answer is not too old, ranked; null when there is no such source. */
export function listTasks(input: ListInput): TaskList | null {
  const serving = servingSources(input.sources).listed;
  const listed = serving.filter(
    (view) =>
      (view.freshness === "fresh" || view.freshness === "stale") &&
      (view.failure === null || input.options?.hidesCached !== true),
  );
  if (listed.length === 0) return null;
  const subjects = listed.flatMap(({ subject = "" }) => (subject === "" ? [] : [subject]));
  const me = [...(input.me ?? []), ...subjects];
  const ranked = rankTasks(
    listed.flatMap((view) => view.tasks),
    {
      branch: branchOf(input.git),
      me,
      now: input.calendar(input.now),
      calendar: input.calendar,
      open: new Set(
        listed.flatMap((view) => (view.openIds ?? []).map((id) => openKey(view.source, id))),
      ),
    },
  );
  const counts = addCounts(listed);
  const isWhole = ranked.length === counts.in_progress + counts.blocked + counts.pending;
  return {
    ranked,
    counts,
    isPartial: listed.length < serving.length,
    isWhole,
    pressing: pressingOf(listed, input),
    isKnown: ranked.some(({ owner }) => owner === "mine"),
  };
}
