// What a failed call to the task tracking service means to the tools.

import type { ErrorCode } from "../../core/errors.ts";
import { cleanText } from "../../core/fence.ts";
import { parseObject, readOneOf, readString } from "../../core/read.ts";
import { SourceError } from "../../core/source-error.ts";
import { chainOf } from "../../http/failures.ts";
import { ServiceError } from "../service-error.ts";

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
