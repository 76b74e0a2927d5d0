// Sends the calls of the REST backend: one client with its connections, one policy, one key.

import { SourceError } from "../../core/source-error.ts";
import type { HeaderSource } from "../../mcp/connection.ts";
import { renewingSignIn } from "../../mcp/renewing-sign-in.ts";
import { createHttpClient } from "../../resilience/http.ts";
import type { JsonRequest } from "../../resilience/http.ts";
import { createPolicy } from "../../resilience/policy.ts";
import type { PolicyMetrics } from "../../resilience/policy.ts";
import { presetSettings } from "../../resilience/presets.ts";
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
      breaker: { failures: 5, restMs: breakerRestMs, provenBy: 3 },
      tryTimeoutMs: timeoutMs,
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
  /** Why the breaker holds calls back. */
  let last: ServiceError | null = null;

  function failureOf(error: SourceError): ServiceError {
    const failure = serviceFailure(error, url, timeoutMs);
    if (error.code !== "source-resting") {
      if (failure.status === null) last = failure;
      return failure;
    }
    return new ServiceError(error.code, error.message, {
      cause: error,
      reason: last?.reason ?? failure.reason,
      isTimeout: last?.isTimeout ?? false,
      isUnsent: true,
      retryAfterMs: error.retryAfterMs,
    });
  }

  return {
    send: async (request, signal) => {
      const address = addressOf(url, request);
      try {
        return await policy.run({
          key: `${request.method} ${address}`,
          kind: request.kind,
          signal,
          attempt: async (attemptSignal) => {
            const answer = await http.requestJson({
              method: request.method,
              url: address,
              headers: await options.headers({ isAfterRefusal: false }),
              ...(request.body === undefined ? {} : { body: request.body }),
              timeoutMs,
              signal: attemptSignal,
            });
            return answer.body;
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
