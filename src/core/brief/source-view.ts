// One source as a brief sees it, and which of several a brief lists: all of them merged, and a fallback only while all
// of those fail.

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

const isHealthy = (view: SourceView): boolean => view.failure === null && view.fetchedAt !== null;

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
export function servingSources(views: readonly SourceView[]): Serving {
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
