// The line to a service over HTTP: each request signed in and under the policy, and whether the service can be reached.

import { SourceError } from "../core/source-error.ts";
import { renewingSignIn } from "../http/header-source.ts";
import { createListeners } from "../http/listeners.ts";
import type { ConnectionEvents, ConnectionState } from "../sources/mcp/connection.ts";
import type { HeaderSource } from "../http/header-source.ts";
import { createHttpClient } from "../http/http.ts";
import type { JsonRequest } from "../http/http.ts";
import type { ConnectionCounters } from "../http/connections.ts";
import type { Policy } from "../http/policy-settings.ts";

/** One request of a caller's own. */
export interface OwnRequest<F = never> {
  method: JsonRequest["method"];
  /** Below the service's origin. */
  path: string;
  /** Sent as JSON. */
  payload?: unknown;
  kind: "read" | "write";
  /** Sent as `Idempotency-Key`: a server that knows it does the work once, so that a write may be repeated. */
  idempotencyKey?: string;
  signal?: AbortSignal;
  fallback?: (failure: SourceError) => F | Promise<F>;
}

export interface RestLine extends AsyncDisposable {
  readonly state: ConnectionState;
  readonly http: ReturnType<typeof createHttpClient>;
  request<F>(request: OwnRequest<F>): Promise<unknown>;
  on<E extends keyof ConnectionEvents>(event: E, listener: ConnectionEvents[E]): () => void;
  counters(): ConnectionCounters;
}

export interface RestLineDeps {
  name: string;
  origin: string;
  policy: Policy;
  headers: HeaderSource;
  /** For one try. Milliseconds. */
  tryTimeoutMs: number;
}

const isOutOfReach = (error: unknown): boolean =>
  error instanceof SourceError && ["source-unreachable", "source-timeout"].includes(error.code);

/** HTTP has no connection of its own: it counts as connected while the service answers, with whatever. */
export function createRestLine(deps: RestLineDeps): RestLine {
  const { name, origin, policy, headers, tryTimeoutMs } = deps;
  const listeners = createListeners<ConnectionEvents>();
  const connections = createHttpClient({ name });
  const signedIn = renewingSignIn(connections, headers);
  let state: ConnectionState = "disconnected";

  function enter(next: "connected" | "disconnected"): void {
    if (state === next || state === "closed") return;
    state = next;
    listeners.emit(next);
  }
  const http: RestLine["http"] = {
    ...signedIn,
    requestJson: async (request) => {
      try {
        const answer = await signedIn.requestJson(request);
        enter("connected");
        return answer;
      } catch (error) {
        if (isOutOfReach(error)) enter("disconnected");
        else if (error instanceof SourceError && error.status !== null) enter("connected");
        if (error instanceof Error) listeners.emit("error", error);
        throw error;
      }
    },
  };

  return {
    get state() {
      return state;
    },
    http,
    request: async ({ method, path, payload, kind, idempotencyKey, signal, fallback }) => {
      // Outside the policy: a token that is not to be had is not mended by repetition.
      const signIn = await headers({ isAfterRefusal: false });
      const url = new URL(path, origin);
      if (url.origin !== origin) {
        throw new SourceError("source-failed", `${name}: ${path} is not below ${origin}.`, {
          hint: "Nothing was sent: the sign-in is for that server alone.",
          isUnsent: true,
        });
      }
      const key = idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey };
      return policy.run<unknown>({
        key: JSON.stringify([method, url.href, payload ?? null]),
        kind,
        hasIdempotencyKey: idempotencyKey !== undefined,
        ...(signal === undefined ? {} : { signal }),
        ...(fallback === undefined ? {} : { fallback }),
        attempt: async (attempt) => {
          const answer = await http.requestJson({
            method,
            url: url.href,
            headers: { ...signIn, ...key },
            ...(payload === undefined ? {} : { body: payload }),
            timeoutMs: tryTimeoutMs,
            signal: attempt,
          });
          return answer.body;
        },
      });
    },
    on: listeners.on,
    counters: () => connections.counters(),
    [Symbol.asyncDispose]: async () => {
      state = "closed";
      await connections[Symbol.asyncDispose]();
    },
  };
}
