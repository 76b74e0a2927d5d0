// A client of a task server. It falls back to the last good response if the server fails.

import { basename, resolve } from "node:path";
import type { ProjectScope } from "../core/ports.ts";
import type { Task } from "../core/task/task.ts";
import type { ConnectionEvents, ConnectionState } from "../sources/mcp/mcp-connection.ts";
import type { ConnectionCounters } from "../http/connections.ts";
import type { PolicyMetrics } from "../http/policy-settings.ts";
import type { OwnRequestOptions } from "../sources/rest-caller.ts";
import { openServer } from "../sources/open-server.ts";
import type { ServerAddress } from "../sources/server-address.ts";
import { createCalls, connectionEvents, knownEvents, testConnection } from "./named-calls.ts";
import type { ConnectionTest, Fallback } from "./named-calls.ts";
import { checkOptions } from "./option-checks.ts";
import { createServerAddress, type TaskServiceOptions } from "./server-options.ts";
import { createQueries, connectionTimeoutMs } from "./task-queries.ts";
import type { QueryResult, CacheOptions, NextQuery, PendingQuery } from "./task-queries.ts";

export interface TaskClientOptions extends TaskServiceOptions, CacheOptions {
  /** Default: the current folder and its name, without a branch. */
  project?: Partial<ProjectScope>;
}

export interface RequestOptions<F = never> extends OwnRequestOptions {
  fallback?: Fallback<F>;
}

export interface ClientMetrics extends PolicyMetrics {
  /** Counts the HTTP connections that were opened, and the requests that used an open one. */
  connections: ConnectionCounters;
}

/** A call throws `SourceError` if nothing replaces a failed response. Dispose of the client to close it. */
export interface TaskClient extends AsyncDisposable {
  readonly name: string;
  readonly origin: string;
  readonly state: ConnectionState;
  /** Returns the open tasks, most pressing first. An empty live response means that there are no open tasks. */
  queryPendingTasks(query?: PendingQuery): Promise<QueryResult<Task[]>>;
  /** Returns the server's recommendation, else the most pressing open task. Null: there are no open tasks. */
  getNextRecommendedTask(query?: NextQuery): Promise<QueryResult<Task | null>>;
  /** Queries the server now and bypasses the cache. Never throws. */
  testConnection(signal?: AbortSignal): Promise<ConnectionTest>;
  /** Sends a request to a path at the server's origin. Returns the parsed JSON of the response. */
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

export function clientScope({ project }: Pick<TaskClientOptions, "project">): ProjectScope {
  const path = resolve(project?.path ?? process.cwd());
  return { name: basename(path), ...project, path };
}

/** Creates a client. It contacts nothing before the first call. Throws `config-invalid`. */
export function createTaskClient(options: TaskClientOptions): TaskClient {
  checkOptions("createTaskClient", options);
  return openTaskClient(createServerAddress(options), options);
}

/** Creates a client for a known server. `own` is disposed of with the client. Throws `config-invalid`. */
export function openTaskClient(
  server: ServerAddress,
  options: TaskClientOptions,
  own: Disposable | null = null,
): TaskClient {
  const scope = clientScope(options);
  const opened = openServer(server, scope);
  const { name, origin } = opened.source;
  const queries = createQueries({ opened, scope, subject: server.subject, options });
  const calls = createCalls(name);
  return {
    name,
    origin,
    get state() {
      return opened.state;
    },
    queryPendingTasks: (query = {}) =>
      calls.run("queryPendingTasks", () => {
        checkOptions("queryPendingTasks", query);
        return queries.pending(query);
      }),
    getNextRecommendedTask: (query = {}) =>
      calls.run("getNextRecommendedTask", () => {
        checkOptions("getNextRecommendedTask", query);
        return queries.next(query);
      }),
    testConnection: (signal = AbortSignal.timeout(connectionTimeoutMs)) =>
      testConnection(() => calls.run("testConnection", () => opened.check(signal))),
    makeRequest: (path, payload, { fallback, ...how } = {}) => {
      const work = (): Promise<unknown> => {
        checkOptions("makeRequest", { fallback, ...how });
        return opened.request(path, payload, how);
      };
      return calls.run(`makeRequest ${path}`, work, fallback);
    },
    on: knownEvents<ConnectionEvents>(opened.on, connectionEvents),
    waitForConnection: calls.waitFor(opened.check),
    getMetrics: () => ({ ...opened.metrics(), connections: opened.connections() }),
    [Symbol.asyncDispose]: async () => {
      if (!calls.close()) return;
      await opened[Symbol.asyncDispose]();
      own?.[Symbol.dispose]();
    },
  };
}
