// A failed call to the task tracking service behind the tools, with what their sentences need.

import { SitrepError, type ErrorCode } from "../../core/errors.ts";
import { cleanText } from "../../core/quote.ts";
import { parseObject, readOneOf, readString } from "../../core/read.ts";
import { SourceError } from "../../core/source-error.ts";
import { chainOf } from "../../http/failures.ts";

/** Which service: errors name it. */
export type ServiceName = "Task Tracking" | "Ticket";

/** Its code is that of the service's problem where it is one of ours, else as a `SourceError` has it. */
export class ServiceError extends SitrepError {
  /** The HTTP status; null where there was no answer. */
  readonly status: number | null = null;
  /** How long the service asks to wait. Milliseconds. */
  readonly retryAfterMs: number | null = null;
  /** True when the request certainly never left this machine. */
  readonly isUnsent: boolean = false;
  /** What the service says of its error, cleaned, one line of at most 200 characters: a problem's title, or its body. */
  readonly answer: string = "";
  /** What more it says, cleaned, where it says more. */
  readonly detail: string | null = null;
  /** Where there was no answer: what happened, without a dot at its end. `Connection refused at http://…` */
  readonly reason: string;
  /** True when there was no answer in time. */
  readonly isTimeout: boolean = false;
  readonly service: ServiceName = "Task Tracking";

  constructor(code: ErrorCode, message: string, { hint, cause, ...known }: Details = {}) {
    super(code, message, { ...(hint === undefined ? {} : { hint }), cause });
    this.name = "ServiceError";
    this.reason = message.replace(/\.$/, "");
    Object.assign(this, known);
  }
}

/** What is known of the failure: all of it but the error's own fields. */
type Details = Partial<Omit<ServiceError, keyof SitrepError>> & {
  hint?: string | undefined;
  cause?: unknown;
};

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

/** True for our own words for a status. */
export const isReasonPhrase = (text: string): boolean =>
  Object.values(reasonPhrases).includes(text);

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
export function serviceFailure(
  error: SourceError,
  url: string,
  timeoutMs: number,
  service: ServiceName,
): ServiceError {
  const { message, hint, status, retryAfterMs, isUnsent } = error;
  const delivered =
    status === null
      ? { reason: reasonOf(error, url, timeoutMs) }
      : { answer: answerOf(error), detail: problemWords(error) || null };
  const isTimeout = error.code === "source-timeout";
  const code = codeFor(error);
  // Of a problem that means the same with us its own words are the message.
  const words = code === error.code ? message : problemWords(error) || message;
  const known = {
    cause: error,
    hint,
    status,
    retryAfterMs,
    isUnsent,
    isTimeout,
    service,
    ...delivered,
  };
  return new ServiceError(code, words, known);
}
