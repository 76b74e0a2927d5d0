// A failed call to the task tracking service behind the tools, with what their sentences need.
// What a failed call to the task tracking service means to the tools.
// Sends the calls of the REST backend: one client with its connections, one policy, one key.

import { SitrepError } from "../../core/errors.ts";
import type { ErrorCode } from "../../core/errors.ts";
import { cleanText } from "../../core/fence.ts";
import { parseObject, readOneOf, readString } from "../../core/read.ts";
import { SourceError } from "../../core/source-error.ts";
import { chainOf, networkFailure } from "../../http/failures.ts";
import { renewingSignIn } from "../../http/header-source.ts";
import type { HeaderSource } from "../../http/header-source.ts";
import { createHttpClient } from "../../http/http.ts";
import type { JsonRequest } from "../../http/http.ts";
import { createPolicy } from "../../http/policy.ts";
import type { PolicyMetrics } from "../../http/policy-settings.ts";
import { presetSettings } from "../../http/policy-settings.ts";

export interface ServiceErrorDetails {
  hint?: string | undefined;
  cause?: unknown;
  /** The HTTP status; null where there was no answer. */
  status?: number | null;
  /** How long the service asks to wait. Milliseconds. */
  retryAfterMs?: number | null;
  /** True when the request certainly never left this machine. */
  isUnsent?: boolean;
  /** What the service says of its error, cleaned, one line of at most 200 characters: a problem's title, or its body. */
  answer?: string;
  /** What more it says, cleaned, where it says more. */
  detail?: string | null;
  /** Where there was no answer: what happened, without a dot at its end. `Connection refused at http://…` */
  reason?: string;
  /** True when there was no answer in time. */
  isTimeout?: boolean;
}

/** Its code is that of the service's problem where it is one of ours, else as a `SourceError` has it. */
export class ServiceError extends SitrepError {
  readonly status: number | null;
  readonly retryAfterMs: number | null;
  readonly isUnsent: boolean;
  readonly answer: string;
  readonly detail: string | null;
  readonly reason: string;
  readonly isTimeout: boolean;

  constructor(code: ErrorCode, message: string, details: ServiceErrorDetails = {}) {
    const { hint, cause } = details;
    super(code, message, { ...(hint === undefined ? {} : { hint }), cause });
    this.name = "ServiceError";
    this.status = details.status ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.isUnsent = details.isUnsent ?? false;
    this.answer = details.answer ?? "";
    this.detail = details.detail ?? null;
    this.reason = details.reason ?? message.replace(/\.$/, "");
    this.isTimeout = details.isTimeout ?? false;
  }
}

const longestAnswer = 200;
const longestDetail = 400;

const reasonPhrases: Record<number, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
};

/** A problem's title (RFC 9457), else the body's first 200 characters, else what the status is called. */
function answerOf({ status, bodyStart }: SourceError): string {
  const title = readString(parseObject(bodyStart ?? "")?.["title"]);
  const text = cleanText(title ?? bodyStart ?? "", longestAnswer);
  return text || (reasonPhrases[status ?? 0] ?? "No text");
}

/** A problem's own words about this very request, and its way out. */
function problemWords({ bodyStart }: SourceError): string {
  const problem = parseObject(bodyStart ?? "");
  const words = [readString(problem?.["detail"]), readString(problem?.["hint"])];
  return cleanText(words.filter((one) => one !== undefined).join(" "), longestDetail);
}

/** What the service says is wrong with this very request. */
export function detailOf(error: SourceError): string {
  const detail = readString(parseObject(error.bodyStart ?? "")?.["detail"]);
  return cleanText(detail ?? "", longestAnswer) || answerOf(error);
}

const hasCode = (error: SourceError, code: string): boolean =>
  [...chainOf(error)].some((one) => "code" in one && one.code === code);

function reasonOf(error: SourceError, url: string, timeoutMs: number): string {
  if (error.code === "source-timeout") return `No response within ${timeoutMs / 1000} seconds`;
  if (error.code === "source-unreachable") {
    if (hasCode(error, "ECONNREFUSED")) return `Connection refused at ${url}`;
    if (hasCode(error, "ENOTFOUND") || hasCode(error, "EAI_AGAIN")) return `No such host at ${url}`;
    if (error.isUnsent) return `No connection to ${url}`;
    return `Connection broken off at ${url}`;
  }
  return error.message.replace(/\.$/, "");
}

/** Codes of a problem that mean the same with us. */
const sharedCodes = [
  "usage",
  "task-invalid",
  "task-ambiguous",
  "ticket-not-found",
  "project-unknown",
  "permission-denied",
  "not-supported",
  "store-busy",
] as const;

function codeFor(error: SourceError): ErrorCode {
  const delivered = readString(parseObject(error.bodyStart ?? "")?.["code"]);
  if (delivered === "request-invalid") return "usage";
  return readOneOf(delivered, sharedCodes) ?? error.code;
}

/** `url`: as a person configured it. `timeoutMs`: of one try. */
export function serviceFailure(error: SourceError, url: string, timeoutMs: number): ServiceError {
  const { message, hint, status, retryAfterMs, isUnsent } = error;
  const delivered =
    status === null
      ? { reason: reasonOf(error, url, timeoutMs) }
      : { answer: answerOf(error), detail: problemWords(error) || null };
  const isTimeout = error.code === "source-timeout";
  const code = codeFor(error);
  // Of a problem that means the same with us its own words are the message.
  const words = code === error.code ? message : problemWords(error) || message;
  const details = { cause: error, hint, status, retryAfterMs, isUnsent, isTimeout, ...delivered };
  return new ServiceError(code, words, details);
}

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
