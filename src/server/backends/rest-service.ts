// Sends the calls of the REST backend: one client with its connections, one policy, one key.

import { SourceError } from "../../core/source-error.ts";
import type { HeaderSource } from "../../http/header-source.ts";
import { renewingSignIn } from "../../http/header-source.ts";
import { createHttpClient } from "../../http/http.ts";
import type { JsonRequest } from "../../http/http.ts";
import { networkFailure } from "../../http/failures.ts";
import { createPolicy } from "../../http/policy.ts";
import type { PolicyMetrics } from "../../http/policy-settings.ts";
import { presetSettings } from "../../http/policy-settings.ts";
import { ServiceError } from "../service-error.ts";
import { serviceFailure } from "./service-failure.ts";

export interface RestServiceOptions {
  /** Of the service; calls go below it. */
  readonly url: string;
  /** Of the sign-in. Sent to this origin alone. */
  readonly headers: HeaderSource;
  /** For one try. Default 5,000 ms. */
  readonly timeoutMs?: number;
}

export interface RestRequest {
  readonly kind: "read" | "write";
  readonly method: JsonRequest["method"];
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
}

export interface RestService extends AsyncDisposable {
  /** The answer's body. Throws `ServiceError`. */
  send(request: RestRequest, signal: AbortSignal): Promise<unknown>;
  metrics(): PolicyMetrics;
}

const name = "Task Tracking microservice";
const usualTimeoutMs = 5000;
const breakerRestMs = 30_000;
/** For the tries after the first: Claude waits for all of them, and is told that it waited `timeoutMs`. */
const againMs = 1000;

function addressOf(url: string, { path, query = {} }: RestRequest): string {
  const address = new URL(url + path);
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) address.searchParams.set(key, String(value));
  }
  return address.href;
}

/** Reads are tried again after 100, 200 and 400 ms; a write only when it was certainly not sent. */
export function createRestService(options: RestServiceOptions): RestService {
  const url = options.url.replace(/\/+$/, "");
  const timeoutMs = options.timeoutMs ?? usualTimeoutMs;
  const http = renewingSignIn(createHttpClient({ name, keepsErrorBody: true }), options.headers);
  const policy = createPolicy(
    {
      ...presetSettings.resilient,
      breaker: { failures: 5, cooldownMs: breakerRestMs, provenBy: 3 },
      tryTimeoutMs: timeoutMs,
      deadlineMs: timeoutMs + againMs,
      requestsPerMinute: null,
    },
    {
      name,
      origin: new URL(url).origin,
      now: () => performance.now(),
      random: Math.random,
      takePermit: null,
    },
  );
  /** Why the breaker holds calls back: how the last try failed that speaks of the service's health. */
  let last: { readonly reason: string; readonly isTimeout: boolean } | null = null;

  function note(error: unknown, isLate: boolean): void {
    const failure = isLate ? new SourceError("source-timeout", "") : networkFailure(name, error);
    if (failure.code === "cancelled") return;
    const { status, reason, isTimeout } = serviceFailure(failure, url, timeoutMs);
    if (status === null) last = { reason, isTimeout };
    else if (status >= 500) last = { reason: `HTTP ${status} at ${url}`, isTimeout: false };
  }

  function failureOf(error: SourceError): ServiceError {
    const failure = serviceFailure(error, url, timeoutMs);
    if (error.code !== "source-cooldown") return failure;
    return new ServiceError(error.code, error.message, {
      cause: error,
      reason: last?.reason ?? failure.reason,
      isTimeout: last?.isTimeout ?? false,
      isUnsent: true,
      retryAfterMs: error.retryAfterMs,
    });
  }

  async function ask(request: RestRequest, signal: AbortSignal): Promise<unknown> {
    const answer = await http.requestJson({
      method: request.method,
      url: addressOf(url, request),
      headers: await options.headers({ isAfterRefusal: false }),
      ...(request.body === undefined ? {} : { body: request.body }),
      timeoutMs,
      signal,
    });
    return answer.body;
  }

  return {
    send: async (request, signal) => {
      try {
        return await policy.run({
          key: `${request.method} ${addressOf(url, request)}`,
          kind: request.kind,
          signal,
          attempt: async (attemptSignal) => {
            try {
              return await ask(request, attemptSignal);
            } catch (error) {
              note(error, attemptSignal.aborted && !signal.aborted);
              throw error;
            }
          },
        });
      } catch (error) {
        throw error instanceof SourceError ? failureOf(error) : error;
      }
    },
    metrics: policy.metrics,
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
}
