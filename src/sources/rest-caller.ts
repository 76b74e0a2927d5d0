// A service over HTTP: each request signed in and under the policy, and whether the service can be reached.

import { quoted } from "../core/quote.ts";
import { defined } from "../core/read.ts";
import { SourceError } from "../core/source-error.ts";
import type { ConnectionCounters } from "../http/connections.ts";
import { callWithAuth, sendWithAuth, type AuthHeaders } from "../http/header-source.ts";
import { createHttpClient, type HttpClient } from "../http/http.ts";
import { createEventEmitter } from "../http/event-emitter.ts";
import type { Policy, PolicyMetrics } from "../http/policy-settings.ts";
import type { ExchangeCall, RestResponse, RestCall, SendCall } from "./adapters/rest-responses.ts";
import { createSentSecrets, type SentSecrets } from "./sent-secrets.ts";
import type { ConnectionEvents, ConnectionState } from "./mcp/mcp-connection.ts";
import { serverPolicy, type RestAddress } from "./server-address.ts";

export interface OwnRequestOptions {
  /** Default: `POST` with a payload, else `GET`. */
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Default: `read` for `GET`, else `write`, which is not repeated if it may have been carried out. */
  kind?: "read" | "write";
  /** Lets a write be repeated, if the server knows `Idempotency-Key`. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

export interface RestCallerOptions {
  /** Errors have the start of the response's body. Default: it is not read. */
  readonly keepsErrorBody?: boolean;
  /** Called with the error of each failed try; `isLate`: it timed out. */
  readonly onFailedTry?: (error: unknown, isLate: boolean) => void;
}

export interface RestCaller extends AsyncDisposable {
  readonly state: ConnectionState;
  readonly send: SendCall;
  /** Sends one request at once, past the cache and the breaker. */
  readonly ask: SendCall;
  /** As `send` and `ask`, but gives the response with its status and headers. */
  readonly exchange: ExchangeCall;
  readonly askWhole: ExchangeCall;
  /** A caller's own request below the service's origin; gives the parsed JSON. */
  request(path: string, payload: unknown, options?: OwnRequestOptions): Promise<unknown>;
  on<E extends keyof ConnectionEvents>(event: E, listener: ConnectionEvents[E]): () => void;
  metrics(): PolicyMetrics;
  connections(): ConnectionCounters;
}

const oneTry: Policy["run"] = ({ attempt, signal }) =>
  attempt(signal ?? AbortSignal.timeout(25_000));

/** Throws `source-failed` for an address on another origin: the sign-in is for this one only. */
function urlOf(
  { name, url: base, origin }: RestAddress,
  { path, query, url: given }: RestCall,
): string {
  if (given !== undefined) {
    const url = URL.canParse(given, base) ? new URL(given, base) : null;
    if (url?.origin === origin) return url.href;
    throw notBelow(name, quoted(given, 120), origin);
  }
  const url = new URL(base.replace(/\/+$/, "") + path);
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== "") url.searchParams.set(key, String(value));
  }
  return url.href;
}

const isOutOfReach = (error: unknown): boolean =>
  error instanceof SourceError && ["source-unreachable", "source-timeout"].includes(error.code);

const notBelow = (name: string, path: string, origin: string): SourceError =>
  new SourceError("source-failed", `${name}: ${path} is not under ${origin}.`, {
    hint: "Nothing was sent: the sign-in is for this server only.",
    isUnsent: true,
  });

/** HTTP has no lasting connection: the service counts as connected while it answers, even with an error. */
function createReach() {
  const listeners = createEventEmitter<ConnectionEvents>();
  let state: ConnectionState = "disconnected";

  function enter(next: "connected" | "disconnected"): void {
    if (state === next || state === "closed") return;
    state = next;
    listeners.emit(next);
  }

  return {
    state: () => state,
    on: listeners.on,
    close: () => void (state = "closed"),
    watch: async <T>(request: Promise<T>): Promise<T> => {
      try {
        const response = await request;
        enter("connected");
        return response;
      } catch (error) {
        if (isOutOfReach(error)) enter("disconnected");
        else if (error instanceof SourceError && error.status !== null) enter("connected");
        if (error instanceof Error) listeners.emit("error", error);
        throw error;
      }
    },
  };
}

type Reach = ReturnType<typeof createReach>;

const headOf = (headers: Headers): Record<string, string> =>
  Object.fromEntries(
    ["etag", "last-modified", "link"].flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [[name, value] as const];
    }),
  );

type Exchange = Pick<RestCall, "method" | "kind" | "body" | "headers"> & {
  url: string;
  idempotencyKey?: string | undefined;
  signal?: AbortSignal | undefined;
};

interface ExchangeDeps {
  readonly server: RestAddress;
  readonly sent: SentSecrets;
  readonly http: HttpClient;
  readonly reach: Reach;
  readonly onFailedTry: NonNullable<RestCallerOptions["onFailedTry"]>;
}

function exchange(
  { server, sent, http, reach, onFailedTry }: ExchangeDeps,
  run: Policy["run"],
  { method, url, body, kind, headers: given, idempotencyKey, signal }: Exchange,
): Promise<RestResponse> {
  const own = { ...given, ...defined({ "idempotency-key": idempotencyKey }) };
  const { tryTimeoutMs: timeoutMs } = server.policy;
  return callWithAuth(server, run, {
    key: [method, url, body ?? null, given ?? null],
    kind,
    hasIdempotencyKey: idempotencyKey !== undefined,
    ...defined({ signal }),
    attempt: async (attempt, first) => {
      const send = async (signIn: AuthHeaders): Promise<RestResponse> => {
        const headers = { ...own, ...signIn };
        const request = { method, url, headers, body, timeoutMs, signal: attempt };
        const response = await http.requestJson(request);
        return { ...response, headers: headOf(response.headers) };
      };
      try {
        return await reach.watch(sent.without(sendWithAuth(server.headers, send, first)));
      } catch (error) {
        onFailedTry(error, attempt.aborted && signal?.aborted !== true);
        throw error;
      }
    },
  });
}

const bodyOf =
  (whole: ExchangeCall): SendCall =>
  async (call, signal) =>
    (await whole(call, signal)).body;

export function openRestCaller(
  address: RestAddress,
  { keepsErrorBody = false, onFailedTry = () => undefined }: RestCallerOptions = {},
): RestCaller {
  const sent = createSentSecrets(address.url);
  const server = sent.watch(address);
  const { name, origin, largestResponse } = server;
  const policy = serverPolicy(server);
  const http = createHttpClient({ name, keepsErrorBody, ...defined({ largestResponse }) });
  const reach = createReach();
  const deps: ExchangeDeps = { server, sent, http, reach, onFailedTry };
  const exchangeBy =
    (run: Policy["run"]): ExchangeCall =>
    async (call, signal) =>
      exchange(deps, run, { ...call, url: urlOf(server, call), signal });
  const [whole, askWhole] = [exchangeBy(policy.run), exchangeBy(oneTry)];
  return {
    get state() {
      return reach.state();
    },
    send: bodyOf(whole),
    ask: bodyOf(askWhole),
    exchange: whole,
    askWhole,
    request: async (path, body, { method, kind, ...options } = {}) => {
      const url = new URL(path, origin);
      if (url.origin !== origin) throw notBelow(name, path, origin);
      const used = method ?? (body === undefined ? "GET" : "POST");
      const usual = used === "GET" ? "read" : "write";
      const request = { ...options, method: used, kind: kind ?? usual, body };
      return (await exchange(deps, policy.run, { ...request, url: url.href })).body;
    },
    on: reach.on,
    metrics: policy.metrics,
    connections: () => http.counters(),
    [Symbol.asyncDispose]: async () => {
      reach.close();
      server.close?.();
      await http[Symbol.asyncDispose]();
    },
  };
}
