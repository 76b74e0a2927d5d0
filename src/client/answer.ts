// An answer and where it comes from: the server itself, or what stands in for it when it fails.

import { SitrepError } from "../core/errors.ts";
import { SourceError } from "../core/source-error.ts";
import type { Task } from "../core/task/task.ts";
import { networkFailure } from "../http/failures.ts";
import { namedBy } from "./calls.ts";
import type { CachedTasks } from "./session-cache.ts";

/**
 * When a live answer fails: `cache_then_skip` gives the last good tasks, else none; `cache_then_error` the last good
 * tasks, else it throws; `skip` gives none. In each case the answer holds the failure.
 */
export type FallbackStrategy = "cache_then_skip" | "cache_then_error" | "skip";

/** A value, where it came from and how old it is. */
export interface Answer<T> {
  value: T;
  /** `none`: the server failed, and there is nothing that could stand in. */
  from: "live" | "cache" | "fallback" | "none";
  /** Milliseconds; 0 for a live one, null where it is not known. */
  ageMs: number | null;
  /** Why it is not live. */
  failure: SourceError | null;
}

export interface QueryOptions<T> {
  signal?: AbortSignal;
  /** What to give when the live answer fails, before anything that is cached. It may throw. */
  fallback?: (failure: SourceError) => T | Promise<T>;
}

export interface AnsweringDeps {
  /** The server's, for messages. */
  name: string;
  strategy: FallbackStrategy;
  /** The last good tasks; null where there are none. Not asked when the strategy is `skip`. */
  cachedTasks: () => CachedTasks | null;
}

export interface Question<T> extends QueryOptions<T> {
  /** Of the library, for messages. */
  call: string;
  live: () => Promise<T>;
  fromCache: (tasks: readonly Task[]) => T;
  nothing: T;
}

/** Older tasks are no help. */
const oldestMs = 7 * 86_400_000;

function usableTasks({ strategy, cachedTasks }: AnsweringDeps): CachedTasks | null {
  const found = strategy === "skip" ? null : cachedTasks();
  return found !== null && found.ageMs <= oldestMs ? found : null;
}

/** Throws the failure where nothing may stand in, and what is no failure of the server, such as `config-invalid`. */
export async function answerTo<T>(
  deps: AnsweringDeps,
  { call, live, fromCache, nothing, signal, fallback }: Question<T>,
): Promise<Answer<T>> {
  try {
    return { value: await live(), from: "live", ageMs: 0, failure: null };
  } catch (error) {
    if (error instanceof SitrepError && !(error instanceof SourceError)) throw error;
    const failure = namedBy(call, networkFailure(deps.name, error)) as SourceError;
    if (signal?.aborted === true) throw failure;
    if (fallback !== undefined) {
      return { value: await fallback(failure), from: "fallback", ageMs: null, failure };
    }
    const known = usableTasks(deps);
    if (known !== null) {
      return { value: fromCache(known.tasks), from: "cache", ageMs: known.ageMs, failure };
    }
    if (deps.strategy === "cache_then_error") throw failure;
    return { value: nothing, from: "none", ageMs: null, failure };
  }
}
