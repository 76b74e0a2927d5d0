// One source as a brief sees it.

import type { AnswerNotes } from "../ports.ts";
import type { Failure, Freshness } from "../snapshot.ts";
import type { Task, TaskCounts } from "../task.ts";

/** What the cache holds of one source for one project. */
export interface SourceView {
  source: string;
  freshness: Freshness;
  /** Null when it never answered. */
  fetchedAt: number | null;
  failure: Failure | null;
  /** Over the whole answer. */
  counts: TaskCounts;
  /** The most pressing of them, in no order. */
  tasks: readonly Task[];
  /** Ids that those tasks depend on and that are not done, beside the tasks themselves. */
  openIds?: readonly string[];
  notes: AnswerNotes;
  /** Shown only while every other source fails. */
  isFallback: boolean;
}
