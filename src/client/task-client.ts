// A client of a task server: what is pending, what comes next, and requests of one's own, with the last good answer when
// the server fails.

import { basename, resolve } from "node:path";
import type { ProjectScope } from "../core/ports.ts";
import { localTime } from "../core/time.ts";
import { rankTasks } from "../core/task/ranking.ts";
import type { Task } from "../core/task/task.ts";
import type { ConnectionEvents, ConnectionState } from "../sources/mcp/connection.ts";
import type { ConnectionCounters } from "../http/connections.ts";
import type { PolicyMetrics } from "../http/policy-settings.ts";
import { answerTo } from "./answer.ts";
import type { Answer, AnsweringDeps, FallbackStrategy, QueryOptions } from "./answer.ts";
import { isOwnFailure } from "../sources/adapters/rest.ts";
import type { RequestOptions } from "../sources/rest-server.ts";
import { openServer } from "../sources/open-server.ts";
import type { ServerAddress } from "../sources/server-address.ts";
import { callsOf, connectionEvents, knownEvents } from "./calls.ts";
import { check } from "./option-checks.ts";
import { awaitAnswer, testConnection, type ConnectionTest } from "./connection-test.ts";
import type { CachedList, SessionCache } from "./session-cache.ts";
import { serverOf, type TaskServerOptions } from "./server-options.ts";

export interface TaskClientOptions extends TaskServerOptions {
  /** The project that is asked about. Default: the current folder and its name, no branch. */
  project?: Partial<ProjectScope>;
  /** Keeps the last good answers. The caller's to close. */
  cache?: SessionCache;
  /** Default: of the profile `basic`, and without a cache, `cache_then_error`; else `cache_then_skip`. */
  fallbackStrategy?: FallbackStrategy;
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

/** For a server that has no such call, or fails at it: what it lists says more. */
function nullWhereItCannot(error: unknown): null {
  if (isOwnFailure(error)) return null;
  throw error;
}

const plainUser = (user: string): string => user.replace(/^@/, "").toLowerCase();

function rank(tasks: Iterable<Task>, branch: string | null): Task[] {
  const now = localTime(Date.now());
  return rankTasks(tasks, { branch, now, calendar: localTime }).map(({ task }) => task);
}

export function scopeOf({ project }: Pick<TaskClientOptions, "project">): ProjectScope {
  const path = resolve(project?.path ?? process.cwd());
  return { name: basename(path), ...project, path };
}

/** Throws `config-invalid` for options that cannot work. Nothing is contacted before it is asked for something. */
export function createTaskClient(options: TaskClientOptions): TaskClient {
  check("createTaskClient", options);
  return openTaskClient(serverOf(options), options);
}

/** A client of a server that is known already. Throws `config-invalid`. `own` is closed with it. */
export function openTaskClient(
  server: ServerAddress,
  options: TaskClientOptions,
  own: Disposable | null = null,
): TaskClient {
  const { cache, profile = "optimized" } = options;
  const scope = scopeOf(options);
  const opened = openServer(server, scope);
  const { source } = opened;
  const calls = callsOf(source.name);
  const hasCache = cache !== undefined && profile !== "basic";
  const strategy = options.fallbackStrategy ?? (hasCache ? "cache_then_skip" : "cache_then_error");
  /** Of whoever is signed in now. */
  const listNow = (): CachedList => ({
    origin: source.origin,
    subject: server.subject(),
    project: scope.path,
  });
  const answering: AnsweringDeps = {
    name: source.name,
    strategy,
    cachedTasks: () => cache?.getPendingTasks(listNow()) ?? null,
  };

  async function listLive(signal: AbortSignal): Promise<readonly Task[]> {
    const list = listNow();
    const { tasks } = await source.listPending(scope, signal);
    // Whose they are is not certain where another has signed in meanwhile.
    if (listNow().subject === list.subject) cache?.cachePendingTasks(tasks, list);
    return tasks;
  }

  return {
    name: source.name,
    origin: source.origin,
    get state() {
      return opened.state;
    },
    queryPendingTasks: (query = {}) =>
      calls.run("queryPendingTasks", () => {
        check("queryPendingTasks", query);
        const { limit = 10, userId, signal = AbortSignal.timeout(longestMs), fallback } = query;
        const choose = (tasks: readonly Task[]): Task[] => {
          const wanted = userId === undefined ? null : plainUser(userId);
          const wantedTasks = tasks.filter(
            (task) => wanted === null || task.assignees.some((one) => plainUser(one) === wanted),
          );
          return rank(wantedTasks, scope.branch ?? null).slice(0, limit);
        };
        return answerTo<Task[]>(answering, {
          call: "queryPendingTasks",
          live: async () => choose(await listLive(signal)),
          fromCache: choose,
          nothing: [],
          signal,
          ...(fallback && { fallback: async (failure) => [...(await fallback(failure))] }),
        });
      }),
    getNextRecommendedTask: (query = {}) =>
      calls.run("getNextRecommendedTask", () => {
        check("getNextRecommendedTask", query);
        const { branch = scope.branch ?? null, branchId, fallback } = query;
        const signal = query.signal ?? AbortSignal.timeout(longestMs);
        const asked = branchId === undefined ? source : opened.ofBranch(branchId);
        const first = (tasks: Iterable<Task>): Task | null => rank(tasks, branch)[0] ?? null;
        return answerTo<Task | null>(answering, {
          call: "getNextRecommendedTask",
          live: async () => {
            const next = await asked.next?.({ ...scope, branch }, signal).catch(nullWhereItCannot);
            if (next !== undefined && next !== null) return next;
            if (branchId === undefined) return first(await listLive(signal));
            return first((await asked.listPending(scope, signal)).tasks);
          },
          fromCache: first,
          nothing: null,
          signal,
          ...(fallback && { fallback }),
        });
      }),
    testConnection: (signal = AbortSignal.timeout(longestMs)) =>
      testConnection(() => calls.run("testConnection", () => opened.check(signal))),
    makeRequest: (path, payload, how) =>
      calls.run(`makeRequest ${path}`, () => {
        check("makeRequest", how ?? {});
        return opened.request(path, payload, how);
      }),
    on: knownEvents<ConnectionEvents>(opened.on, connectionEvents),
    waitForConnection: (ms = 10_000) =>
      calls.run("waitForConnection", () => {
        check("waitForConnection", { ms });
        return awaitAnswer(source.name, opened.check, ms);
      }),
    getMetrics: () => ({ ...opened.metrics(), connections: opened.connections() }),
    [Symbol.asyncDispose]: async () => {
      if (!calls.close()) return;
      await opened[Symbol.asyncDispose]();
      own?.[Symbol.dispose]();
    },
  };
}
