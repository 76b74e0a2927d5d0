// A client of a task server: what is pending, what comes next, and requests of one's own, with the last good answer when
// the server fails.

import { resolve, basename } from "node:path";
import type { ProjectScope } from "../core/ports.ts";
import { codeOf, SitrepError } from "../core/errors.ts";
import { localTime } from "../core/local-time.ts";
import { rankTasks } from "../core/ranking.ts";
import { SourceError } from "../core/source-error.ts";
import type { Task } from "../core/task.ts";
import type { ConnectionEvents, ConnectionState } from "../mcp/connection.ts";
import type { ConnectionCounters } from "../resilience/connections.ts";
import { networkFailure } from "../resilience/network-failure.ts";
import type { PolicyMetrics } from "../resilience/policy.ts";
import type { CachedTasks, SessionCache } from "./session-cache.ts";
import { openTaskBackend } from "./task-backend.ts";
import type { TaskServerAddress } from "./task-backend.ts";
import { awaitAnswer } from "./wait-for-answer.ts";

/**
 * When a live answer fails: `cache_then_skip` gives the last good tasks, else none; `cache_then_error` the last good
 * tasks, else it throws; `skip` gives none. In each case the answer holds the failure.
 */
export type FallbackStrategy = "cache_then_skip" | "cache_then_error" | "skip";

export interface TaskClientOptions extends TaskServerAddress {
  /** The project that is asked about. Default: the current folder and its name, no branch. */
  project?: Partial<ProjectScope>;
  /** Keeps the last good answers. The caller's to close. */
  cache?: SessionCache;
  /** Default: of the profile `basic`, and without a cache, `cache_then_error`; else `cache_then_skip`. */
  fallbackStrategy?: FallbackStrategy;
}

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

export interface PendingQuery extends QueryOptions<readonly Task[]> {
  /** Default 10. */
  limit?: number;
  /** Only the tasks that are assigned to this user, by any spelling of the case and with or without `@`. */
  userId?: string;
}

export interface NextQuery extends QueryOptions<Task | null> {
  /** A branch's name. Default: that of the project. */
  branch?: string;
  /** A branch's id on the server, for those that know branches by id. */
  branchId?: string;
}

export interface RequestOptions<F = never> {
  /** Default: `POST` with a payload, else `GET`. */
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Default: `read` for `GET`, else `write`, which is not repeated once it may have been carried out. */
  kind?: "read" | "write";
  /** Makes a write one that may be repeated, where the server knows `Idempotency-Key`. */
  idempotencyKey?: string;
  signal?: AbortSignal;
  fallback?: (failure: SourceError) => F | Promise<F>;
}

export interface ConnectionTest {
  isConnected: boolean;
  /** How long it took. Milliseconds. */
  ms: number;
  /** Null when it went well. */
  code: string | null;
  message: string | null;
  hint: string | null;
}

export interface ClientMetrics extends PolicyMetrics {
  /** Of HTTP: connections that were opened, and requests that used one that was there. */
  connections: ConnectionCounters;
}

/** Every call throws `SourceError` where nothing stands in for the live answer. Dispose of it to close it. */
export interface TaskClient extends AsyncDisposable {
  readonly name: string;
  readonly origin: string;
  readonly state: ConnectionState;
  /** The most pressing first. An empty live answer means that nothing is pending. */
  queryPendingTasks(query?: PendingQuery): Promise<Answer<Task[]>>;
  /** What the server recommends; where it cannot, the most pressing of what is pending. Null: nothing is. */
  getNextRecommendedTask(query?: NextQuery): Promise<Answer<Task | null>>;
  /** Asks the server now, whatever is cached. Never throws. */
  testConnection(signal?: AbortSignal): Promise<ConnectionTest>;
  /** A request below the server's origin; gives the parsed JSON. */
  makeRequest<F = never>(
    path: string,
    payload?: unknown,
    options?: RequestOptions<F>,
  ): Promise<unknown>;
  on<E extends keyof ConnectionEvents>(event: E, listener: ConnectionEvents[E]): () => void;
  /** Asks until the server answers. Throws `source-timeout` after `ms` (10,000), and a refusal at once. */
  waitForConnection(ms?: number): Promise<void>;
  getMetrics(): ClientMetrics;
}

const longestMs = 60_000;
/** Older tasks are no help. */
const oldestMs = 7 * 86_400_000;
const plainUser = (user: string): string => user.replace(/^@/, "").toLowerCase();

function rank(tasks: Iterable<Task>, branch: string | null): Task[] {
  const now = localTime(Date.now());
  return rankTasks(tasks, { branch, now, calendar: localTime }).map(({ task }) => task);
}

/** Throws `config-invalid` for options that cannot work. Nothing is contacted before it is asked for something. */
export function createTaskClient(options: TaskClientOptions): TaskClient {
  const { cache, profile = "optimized" } = options;
  const path = resolve(options.project?.path ?? process.cwd());
  const scope: ProjectScope = { name: basename(path), ...options.project, path };
  const backend = openTaskBackend(options, scope);
  const { source } = backend;
  const hasCache = cache !== undefined && profile !== "basic";
  const strategy = options.fallbackStrategy ?? (hasCache ? "cache_then_skip" : "cache_then_error");
  const list = { origin: source.origin, subject: source.subject, project: path };

  const cached = (): CachedTasks | null => {
    const found = strategy === "skip" ? null : (cache?.getPendingTasks(list) ?? null);
    return found !== null && found.ageMs <= oldestMs ? found : null;
  };

  async function answer<T>(
    live: () => Promise<T>,
    { signal, fallback }: QueryOptions<T>,
    fromCache: (tasks: readonly Task[]) => T,
    nothing: T,
  ): Promise<Answer<T>> {
    try {
      return { value: await live(), from: "live", ageMs: 0, failure: null };
    } catch (error) {
      if (error instanceof SitrepError && !(error instanceof SourceError)) throw error;
      const failure = networkFailure(source.name, error);
      if (signal?.aborted === true) throw failure;
      if (fallback !== undefined) {
        return { value: await fallback(failure), from: "fallback", ageMs: null, failure };
      }
      const known = cached();
      if (known !== null) {
        return { value: fromCache(known.tasks), from: "cache", ageMs: known.ageMs, failure };
      }
      if (strategy === "cache_then_error") throw failure;
      return { value: nothing, from: "none", ageMs: null, failure };
    }
  }

  async function listLive(signal: AbortSignal): Promise<readonly Task[]> {
    const { tasks } = await source.listPending(scope, signal);
    cache?.cachePendingTasks(tasks, list);
    return tasks;
  }

  return {
    name: source.name,
    origin: source.origin,
    get state() {
      return backend.state;
    },
    queryPendingTasks: async (query = {}) => {
      const { limit = 10, userId, signal = AbortSignal.timeout(longestMs), fallback } = query;
      const choose = (tasks: readonly Task[]): Task[] => {
        const wanted = userId === undefined ? null : plainUser(userId);
        const own = tasks.filter(
          (task) => wanted === null || task.assignees.some((one) => plainUser(one) === wanted),
        );
        return rank(own, scope.branch ?? null).slice(0, limit);
      };
      return answer<Task[]>(
        async () => choose(await listLive(signal)),
        {
          signal,
          ...(fallback && { fallback: async (failure) => [...(await fallback(failure))] }),
        },
        choose,
        [],
      );
    },
    getNextRecommendedTask: async (query = {}) => {
      const { branch = scope.branch ?? null, branchId, fallback } = query;
      const signal = query.signal ?? AbortSignal.timeout(longestMs);
      const asked = branchId === undefined ? source : backend.ofBranch(branchId);
      const first = (tasks: Iterable<Task>): Task | null => rank(tasks, branch)[0] ?? null;
      return answer<Task | null>(
        async () =>
          asked.next === undefined
            ? first(await listLive(signal))
            : asked.next({ ...scope, branch }, signal),
        { signal, ...(fallback && { fallback }) },
        first,
        null,
      );
    },
    testConnection: async (signal = AbortSignal.timeout(longestMs)) => {
      const started = performance.now();
      const took = (): number => Math.round(performance.now() - started);
      try {
        await backend.check(signal);
        return { isConnected: true, ms: took(), code: null, message: null, hint: null };
      } catch (error) {
        return {
          isConnected: false,
          ms: took(),
          code: codeOf(error),
          message: error instanceof Error ? error.message : String(error),
          hint: error instanceof SitrepError ? (error.hint ?? null) : null,
        };
      }
    },
    makeRequest: (target, payload, { method, kind, ...rest } = {}) => {
      const used = method ?? (payload === undefined ? "GET" : "POST");
      return backend.request({
        ...rest,
        method: used,
        path: target,
        ...(payload === undefined ? {} : { payload }),
        kind: kind ?? (used === "GET" ? "read" : "write"),
      });
    },
    on: backend.on,
    waitForConnection: (ms = 10_000) => awaitAnswer(source.name, backend.check, ms),
    getMetrics: () => ({ ...backend.metrics(), connections: backend.connections() }),
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  };
}
