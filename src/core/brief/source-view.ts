// One source as a brief sees it, and which of several a brief lists: all of them merged, and a fallback only while all others fail.

import type { ResponseNotes } from "../ports.ts";
import type { Failure, Freshness } from "../snapshot.ts";
import { openCount, type Task, type TaskCounts } from "../task/task.ts";

/** Counts over a whole response; `maxOverdue` of `overdue` stands for that many or more. */
export interface UrgentCounts {
  urgent: number;
  overdue: number;
}

export const maxOverdue = 200;

export interface SourceView {
  source: string;
  freshness: Freshness;
  /** Null if the source never answered. */
  fetchedAt: number | null;
  failure: Failure | null;
  /** The user or OAuth client that signed in; empty where it is unknown. */
  subject?: string;
  /** Tasks of each person in the whole response, 0 for people who had some. Absent: as in `tasks`. */
  people?: Readonly<Record<string, number>>;
  counts: TaskCounts;
  /** Absent: counted among `tasks`. */
  pressing?: UrgentCounts;
  tasks: readonly Task[];
  /** Ids of dependencies that the response has as open, besides those in `tasks`. */
  openIds?: readonly string[];
  notes: ResponseNotes;
  isFallback: boolean;
  isBuiltIn?: boolean;
}

const isHealthy = (view: SourceView): boolean => view.failure === null && view.fetchedAt !== null;

/** An empty built-in list is not mentioned beside a configured source. */
export const isIdle = ({ isBuiltIn, failure, counts }: SourceView): boolean =>
  isBuiltIn === true && failure === null && openCount(counts) === 0;

export interface ServingSources {
  listed: readonly SourceView[];
  mentioned: readonly SourceView[];
}

/** The plain sources while one of them answers, else the first fallback that does, else all. */
export function servingSources(given: readonly SourceView[]): ServingSources {
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
