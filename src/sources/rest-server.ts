// A service over HTTP: each request signed in and under the policy, and whether the service can be reached.

import { defined } from "../core/read.ts";
import { SourceError } from "../core/source-error.ts";
import type { ConnectionCounters } from "../http/connections.ts";
import { callSignedIn, renewingSignIn } from "../http/header-source.ts";
import { createHttpClient, type JsonRequest } from "../http/http.ts";
import { createListeners } from "../http/listeners.ts";
import type { Policy, PolicyMetrics } from "../http/policy-settings.ts";
import type { RestCall, SendCall } from "./adapters/rest.ts";
import { createSentSecrets } from "./sent-secrets.ts";
import type { ConnectionEvents, ConnectionState } from "./mcp/connection.ts";
import { policyOf, type RestAddress } from "./server-address.ts";

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

export interface RestServerOptions {
  /** The errors of statuses other than 2xx have the start of their body. Default: it is not read. */
  readonly keepsErrorBody?: boolean;
  /** Is given what each try failed with; `isLate` where its time was over. */
  readonly onFailedTry?: (error: unknown, isLate: boolean) => void;
}

export interface RestServer extends AsyncDisposable {
  readonly state: ConnectionState;
  /** The call of an adapter. */
  readonly send: SendCall;
  /** Asks once and now, whatever is kept and whether or not the breaker is open. */
  readonly ask: SendCall;
  /** A request of a caller's own, below the service's origin; gives the parsed JSON. */
  request<F>(path: string, payload: unknown, options?: RequestOptions<F>): Promise<unknown>;
  on<E extends keyof ConnectionEvents>(event: E, listener: ConnectionEvents[E]): () => void;
  metrics(): PolicyMetrics;
  connections(): ConnectionCounters;
}

const oneTry: Policy["run"] = ({ attempt, signal }) =>
  attempt(signal ?? AbortSignal.timeout(25_000));

const isOutOfReach = (error: unknown): boolean =>
  error instanceof SourceError && ["source-unreachable", "source-timeout"].includes(error.code);

function urlOf(base: string, { path, query }: RestCall): string {
  const url = new URL(base.replace(/\/+$/, "") + path);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== "") url.searchParams.set(name, String(value));
  }
  return url.href;
}

type Exchange = Pick<RestCall, "method" | "kind"> & {
  url: string;
  body?: unknown;
  idempotencyKey?: string | undefined;
  signal?: AbortSignal | undefined;
  fallback?: ((failure: SourceError) => unknown) | undefined;
};

/** HTTP has no connection of its own: it counts as connected while the service answers, with whatever. */
export function openRestServer(
  address: RestAddress,
  { keepsErrorBody = false, onFailedTry = () => undefined }: RestServerOptions = {},
): RestServer {
  const sent = createSentSecrets(address.url);
  const server = sent.watch(address);
  const { name, origin, largestAnswer } = server;
  const policy = policyOf(server);
  const listeners = createListeners<ConnectionEvents>();
  const connections = createHttpClient({ name, keepsErrorBody, ...defined({ largestAnswer }) });
  const http = renewingSignIn(connections, server.headers);
  let state: ConnectionState = "disconnected";

  function enter(next: "connected" | "disconnected"): void {
    if (state === next || state === "closed") return;
    state = next;
    listeners.emit(next);
  }

  const ask = async (request: JsonRequest): Promise<unknown> => {
    try {
      const body = await sent.without(http.requestJson(request).then((answer) => answer.body));
      enter("connected");
      return body;
    } catch (error) {
      if (isOutOfReach(error)) enter("disconnected");
      else if (error instanceof SourceError && error.status !== null) enter("connected");
      if (error instanceof Error) listeners.emit("error", error);
      throw error;
    }
  };

  function exchange(run: Policy["run"], request: Exchange): Promise<unknown> {
    const { method, url, body, kind, idempotencyKey, signal, fallback } = request;
    const own = idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey };
    return callSignedIn<unknown>(server, run, {
      key: [method, url, body ?? null],
      kind,
      hasIdempotencyKey: idempotencyKey !== undefined,
      ...(signal === undefined ? {} : { signal }),
      ...(fallback === undefined ? {} : { fallback }),
      attempt: async (attempt, headers) => {
        try {
          return await ask({
            method,
            url,
            headers: { ...headers, ...own },
            ...(body === undefined ? {} : { body }),
            timeoutMs: server.policy.tryTimeoutMs,
            signal: attempt,
          });
        } catch (error) {
          onFailedTry(error, attempt.aborted && signal?.aborted !== true);
          throw error;
        }
      },
    });
  }

  const sendBy =
    (run: Policy["run"]): SendCall =>
    (call, signal) =>
      exchange(run, { ...call, url: urlOf(server.url, call), signal });

  return {
    get state() {
      return state;
    },
    send: sendBy(policy.run),
    ask: sendBy(oneTry),
    request: async (path, body, { method, kind, ...options } = {}) => {
      const url = new URL(path, origin);
      if (url.origin === origin) {
        const used = method ?? (body === undefined ? "GET" : "POST");
        const usual = used === "GET" ? "read" : "write";
        const request = { ...options, method: used, kind: kind ?? usual, body };
        return exchange(policy.run, { ...request, url: url.href });
      }
      throw new SourceError("source-failed", `${name}: ${path} is not below ${origin}.`, {
        hint: "Nothing was sent: the sign-in is for that server alone.",
        isUnsent: true,
      });
    },
    on: listeners.on,
    metrics: policy.metrics,
    connections: () => connections.counters(),
    [Symbol.asyncDispose]: async () => {
      state = "closed";
      server.close?.();
      await connections[Symbol.asyncDispose]();
    },
  };
}
