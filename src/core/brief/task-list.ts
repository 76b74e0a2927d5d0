// The tasks that a brief is about, in their order.

import { openKey, rankTasks, type RankedTask } from "../ranking.ts";
import { noTasks, type TaskCounts } from "../task.ts";
import type { Calendar } from "../time.ts";
import type { GitView } from "./git-lines.ts";
import type { BriefOptions } from "./options.ts";
import { servingSources, type SourceView } from "./source-view.ts";

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
  /** Left out: what is cached is listed. */
  options?: Pick<BriefOptions, "hidesCached">;
}

/** The known tasks in their order, and what is known of how many there are. */
export interface TaskList {
  ranked: readonly RankedTask[];
  counts: TaskCounts;
  /** True when some source's tasks are not known, or too old to be listed. */
  isPartial: boolean;
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
  const ranked = rankTasks(
    listed.flatMap((view) => view.tasks),
    {
      branch: branchOf(input.git),
      now: input.calendar(input.now),
      calendar: input.calendar,
      open: new Set(
        listed.flatMap((view) => (view.openIds ?? []).map((id) => openKey(view.source, id))),
      ),
    },
  );
  return { ranked, counts: addCounts(listed), isPartial: listed.length < serving.length };
}
