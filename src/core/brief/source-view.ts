// One source as a brief sees it, and which of several a brief lists: all of them merged, and a fallback only while all
// of those fail.

import type { AnswerNotes } from "../ports.ts";
import type { Failure, Freshness } from "../snapshot.ts";
import { openCount, type Task, type TaskCounts } from "../task/task.ts";

/** Of a whole answer, however long: `mostCounted` of `overdue` stands for that many or more. */
export interface Pressing {
  urgent: number;
  overdue: number;
}

/** More overdue tasks than these are not counted one by one. */
export const mostCounted = 200;

/** What the cache holds of one source for one project. */
export interface SourceView {
  source: string;
  freshness: Freshness;
  /** Null when it never answered. */
  fetchedAt: number | null;
  failure: Failure | null;
  /** The user or client that the source was asked as; empty where it is not known. */
  subject?: string;
  /** Over the whole answer: how many tasks each person has, 0 for those who had some. Left out: as in `tasks`. */
  people?: Readonly<Record<string, number>>;
  /** Over the whole answer. */
  counts: TaskCounts;
  /** Left out: counted among `tasks`. */
  pressing?: Pressing;
  /** The most pressing of them, in no order. */
  tasks: readonly Task[];
  /** Ids that those tasks depend on and that the same answer has, beside the tasks themselves. */
  openIds?: readonly string[];
  notes: AnswerNotes;
  /** Shown only while every other source fails. */
  isFallback: boolean;
  /** True for the embedded store, which is there without anybody having set it up. */
  isBuiltIn?: boolean;
}

const isHealthy = (view: SourceView): boolean => view.failure === null && view.fetchedAt !== null;

/** A built-in list that holds nothing is not worth a word beside a source that somebody has set up. */
export const isIdle = ({ isBuiltIn, failure, counts }: SourceView): boolean =>
  isBuiltIn === true && failure === null && openCount(counts) === 0;

export interface Serving {
  /** Whose tasks are listed. */
  listed: readonly SourceView[];
  /** Of which the brief says how old they are. */
  mentioned: readonly SourceView[];
}

/**
 * While one of the plain sources answers, all of them are listed, the failing ones with their last good tasks. When none
 * does, the first fallback that answers serves alone; when no fallback does either, what is known is listed.
 */
export function servingSources(given: readonly SourceView[]): Serving {
  const views = given.some((view) => !isIdle(view)) ? given.filter((view) => !isIdle(view)) : given;
  const plain = views.filter((view) => !view.isFallback);
  if (plain.length === views.length || plain.some(isHealthy)) {
    return { listed: plain, mentioned: plain };
  }
  const fallbacks = views.filter((view) => view.isFallback);
  const serving = fallbacks.find(isHealthy);
  if (serving !== undefined) return { listed: [serving], mentioned: [...plain, serving] };
  const known = plain.some((view) => view.fetchedAt !== null)
    ? plain
    : fallbacks.filter((view) => view.fetchedAt !== null).slice(0, 1);
  return { listed: known, mentioned: [...new Set([...plain, ...known])] };
}
