// Queries that the server answers, or its replacement (a fallback or the cache) if the server fails.

import type { ProjectScope } from "../core/ports.ts";
import { SitrepError } from "../core/errors.ts";
import { SourceError } from "../core/source-error.ts";
import { rankTasks } from "../core/task/ranking.ts";
import type { Task } from "../core/task/task.ts";
import { localTime } from "../core/time.ts";
import { networkFailure } from "../http/http-failures.ts";
import { isOwnFailure } from "../sources/adapters/rest-responses.ts";
import type { OpenedServer } from "../sources/open-server.ts";
import { prefixError, type Fallback } from "./named-calls.ts";
import type { CachedList, CachedTasks, SessionCache } from "./session-cache.ts";
import type { PolicyOptions } from "./server-options.ts";

/**
 * Replaces a failed live response. `cache_then_skip`: the last good tasks, else none. `cache_then_error`: the last good
 * tasks, else the query throws. `skip`: none. The result includes the failure.
 */
export type FallbackStrategy = "cache_then_skip" | "cache_then_error" | "skip";

export interface QueryResult<T> {
  value: T;
  /** `none`: the server failed and nothing replaced its response. */
  from: "live" | "cache" | "fallback" | "none";
  /** Milliseconds; 0 for a live response, null if unknown. */
  ageMs: number | null;
  /** The reason why the response is not live; null for a live one. */
  failure: SourceError | null;
}

export interface QueryOptions<T> {
  signal?: AbortSignal;
  /** Replaces a failed response and takes precedence over the cache. May throw. */
  fallback?: Fallback<T>;
}

interface FallbackDeps {
  name: string;
  strategy: FallbackStrategy;
  /** The last good tasks, if any. Not called with the strategy `skip`. */
  cachedTasks: () => CachedTasks | null;
}

interface Question<T> extends QueryOptions<T> {
  /** The library's call, for messages. */
  call: string;
  live: () => Promise<T>;
  fromCache: (tasks: readonly Task[]) => T;
  nothing: T;
}

/** Cached tasks older than this would mislead. */
const oldestMs = 7 * 86_400_000;

function usableTasks({ strategy, cachedTasks }: FallbackDeps): CachedTasks | null {
  const found = strategy === "skip" ? null : cachedTasks();
  return found !== null && found.ageMs <= oldestMs ? found : null;
}

/** Throws the failure if nothing may replace the response, or if it is not the server's, such as `config-invalid`. */
async function answerTo<T>(
  deps: FallbackDeps,
  { call, live, fromCache, nothing, signal, fallback }: Question<T>,
): Promise<QueryResult<T>> {
  try {
    return { value: await live(), from: "live", ageMs: 0, failure: null };
  } catch (error) {
    if (error instanceof SitrepError && !(error instanceof SourceError)) throw error;
    const failure = prefixError(call, networkFailure(deps.name, error)) as SourceError;
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

export interface CacheOptions {
  /** Stores the last good responses. The caller closes it. */
  cache?: SessionCache;
  /** Default: `cache_then_error` for the profile `basic` and without a cache, else `cache_then_skip`. */
  fallbackStrategy?: FallbackStrategy;
}

export interface PendingQuery extends QueryOptions<readonly Task[]> {
  /** Default 10. */
  limit?: number;
  /** Returns only tasks assigned to this user. Ignores case and a leading `@`. */
  userId?: string;
}

export interface NextQuery extends QueryOptions<Task | null> {
  /** A branch's name. Default: the project's. */
  branch?: string;
  /** A branch's id on the server, if it has such ids. */
  branchId?: string;
}

export const connectionTimeoutMs = 60_000;

/** Returns null if the server lacks this call or fails at it, so that the caller uses the task list. */
function nullIfItCannot(error: unknown): null {
  if (isOwnFailure(error)) return null;
  throw error;
}

const plainUser = (user: string): string => user.replace(/^@/, "").toLowerCase();

const isFor =
  (user: string | undefined) =>
  ({ assignees }: Task): boolean =>
    user === undefined || assignees.map(plainUser).includes(plainUser(user));

function rank(tasks: Iterable<Task>, branch: string | null): Task[] {
  const now = localTime(Date.now());
  return rankTasks(tasks, { branch, now, calendar: localTime }).map(({ task }) => task);
}

interface QueryDeps {
  readonly opened: OpenedServer;
  readonly scope: ProjectScope;
  readonly subject: () => string;
  readonly options: CacheOptions & Pick<PolicyOptions, "profile">;
}

export function createQueries({ opened, scope, subject, options }: QueryDeps) {
  const { cache, profile = "optimized", fallbackStrategy } = options;
  const { source } = opened;
  const hasCache = cache !== undefined && profile !== "basic";
  const listNow = (): CachedList => ({
    origin: source.origin,
    subject: subject(),
    project: scope.path,
  });
  const answering: FallbackDeps = {
    name: source.name,
    strategy: fallbackStrategy ?? (hasCache ? "cache_then_skip" : "cache_then_error"),
    cachedTasks: () => cache?.getPendingTasks(listNow()) ?? null,
  };

  async function listLive(signal: AbortSignal): Promise<readonly Task[]> {
    const list = listNow();
    const { tasks } = await source.listOpen(scope, signal);
    // Do not cache the tasks if somebody else has signed in meanwhile: they may be either user's.
    if (listNow().subject === list.subject) cache?.cachePendingTasks(tasks, list);
    return tasks;
  }

  return {
    pending: (query: PendingQuery): Promise<QueryResult<Task[]>> => {
      const {
        limit = 10,
        userId,
        signal = AbortSignal.timeout(connectionTimeoutMs),
        fallback,
      } = query;
      const choose = (tasks: readonly Task[]): Task[] =>
        rank(tasks.filter(isFor(userId)), scope.branch ?? null).slice(0, limit);
      return answerTo<Task[]>(answering, {
        call: "queryPendingTasks",
        live: async () => choose(await listLive(signal)),
        fromCache: choose,
        nothing: [],
        signal,
        ...(fallback && { fallback: async (failure) => [...(await fallback(failure))] }),
      });
    },
    next: (query: NextQuery): Promise<QueryResult<Task | null>> => {
      const { branch = scope.branch ?? null, branchId, fallback } = query;
      const signal = query.signal ?? AbortSignal.timeout(connectionTimeoutMs);
      const asked = branchId === undefined ? source : opened.ofBranch(branchId);
      const first = (tasks: Iterable<Task>): Task | null => rank(tasks, branch)[0] ?? null;
      return answerTo<Task | null>(answering, {
        call: "getNextRecommendedTask",
        live: async () => {
          const next = await asked.next?.({ ...scope, branch }, signal).catch(nullIfItCannot);
          if (next !== undefined && next !== null) return next;
          if (branchId === undefined) return first(await listLive(signal));
          return first((await asked.listOpen(scope, signal)).tasks);
        },
        fromCache: first,
        nothing: null,
        signal,
        ...(fallback && { fallback }),
      });
    },
  };
}
