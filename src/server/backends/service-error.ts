import { STATUS_CODES } from "node:http";
import { SitrepError, type ErrorCode } from "../../core/errors.ts";
import { cleanText } from "../../core/quote.ts";
import { parseObject, readOneOf, readString } from "../../core/read.ts";
import { SourceError } from "../../core/source-error.ts";
import { errorChain } from "../../http/http-failures.ts";

export type ServiceName = "Task Tracking" | "Ticket";

/** Its code is that of the service's problem if we share it, else that of a `SourceError`. */
export class ServiceError extends SitrepError {
  readonly status: number | null = null;
  readonly retryAfterMs: number | null = null;
  readonly isUnsent: boolean = false;
  readonly response: string = "";
  readonly detail: string | null = null;
  /** Without a response: what happened, without a full stop. `Connection refused at http://…` */
  readonly reason: string;
  readonly isTimeout: boolean = false;
  readonly service: ServiceName = "Task Tracking";

  constructor(code: ErrorCode, message: string, { hint, cause, ...known }: Details = {}) {
    super(code, message, { ...(hint === undefined ? {} : { hint }), cause });
    this.name = "ServiceError";
    this.reason = message.replace(/\.$/, "");
    Object.assign(this, known);
  }
}

type Details = Partial<Omit<ServiceError, keyof SitrepError>> & {
  hint?: string | undefined;
  cause?: unknown;
};

const maxResponseLength = 200;
const maxDetailLength = 400;

export const isReasonPhrase = (text: string): boolean => Object.values(STATUS_CODES).includes(text);

/** A problem's title (RFC 9457), else the start of the body, else the reason phrase. */
function responseOf({ status, bodyStart }: SourceError): string {
  const title = readString(parseObject(bodyStart ?? "")?.["title"]);
  const text = cleanText(title ?? bodyStart ?? "", maxResponseLength);
  return text || (STATUS_CODES[status ?? 0] ?? "No message");
}

function problemText({ bodyStart }: SourceError): string {
  const problem = parseObject(bodyStart ?? "");
  const words = [readString(problem?.["detail"]), readString(problem?.["hint"])];
  return cleanText(words.filter((one) => one !== undefined).join(" "), maxDetailLength);
}

export function errorDetail(error: SourceError): string {
  const detail = readString(parseObject(error.bodyStart ?? "")?.["detail"]);
  return cleanText(detail ?? "", maxResponseLength) || responseOf(error);
}

const hasCode = (error: SourceError, code: string): boolean =>
  [...errorChain(error)].some((one) => "code" in one && one.code === code);

function reasonOf(error: SourceError, url: string, timeoutMs: number): string {
  if (error.code === "source-timeout") return `No response within ${timeoutMs / 1000} seconds`;
  if (error.code === "source-unreachable") {
    if (hasCode(error, "ECONNREFUSED")) return `Connection refused at ${url}`;
    if (hasCode(error, "ENOTFOUND") || hasCode(error, "EAI_AGAIN")) return `No such host: ${url}`;
    if (error.isUnsent) return `No connection to ${url}`;
    return `Connection to ${url} closed`;
  }
  return error.message.replace(/\.$/, "");
}

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
      : { response: responseOf(error), detail: problemText(error) || null };
  const isTimeout = error.code === "source-timeout";
  const code = codeFor(error);
  // The words of a problem whose code we share are the message.
  const words = code === error.code ? message : problemText(error) || message;
  const known = { status, retryAfterMs, isUnsent, isTimeout, service, ...delivered };
  return new ServiceError(code, words, { cause: error, hint, ...known });
}
