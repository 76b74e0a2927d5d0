// Which of several sources a brief lists: all of them merged, and a fallback only while all of those fail. Pure.

import type { SourceView } from "./source-view.ts";

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
