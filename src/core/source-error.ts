import { SitrepError, type ErrorCode } from "./errors.ts";

/**
 * - `source-unreachable`: no connection (refused, reset, no such host).
 * - `source-interrupted`: in a refresh, a `source-unreachable` whose request was sent.
 * - `source-timeout`: no whole response in time.
 * - `source-refused`: 401 or 403.
 * - `source-rate-limited`: 429, or a limit of ours.
 * - `source-failed`: any other error that the server reported.
 * - `source-invalid-response`: not a response to the request (a web page, a cut body, too large).
 * - `source-not-started`: a server's program could not be started or ended at once.
 * - `source-file-missing`, `source-file-invalid`: a task file is missing, or must not or cannot be read.
 * - `source-cooldown`: not asked, because it just failed too often.
 * - `cancelled`: the caller gave up.
 */
export type SourceErrorCode = Extract<ErrorCode, `source-${string}` | "cancelled">;

export interface SourceErrorDetails {
  hint?: string | undefined;
  cause?: unknown;
  status?: number | null;
  /** How long the server, or our own limit, asks to wait. Milliseconds. */
  retryAfterMs?: number | null;
  /** True when the request certainly never left this machine, so that even a write may be retried. */
  isUnsent?: boolean;
  /** `WWW-Authenticate` of a refusal. */
  challenge?: string | null;
  isAbsence?: boolean;
  /** The start of an error's body, where the caller wanted it. A stranger's text. */
  bodyStart?: string | null;
}

/** Thrown by every call to a backend. The message names the server and never quotes it. */
export class SourceError extends SitrepError {
  declare readonly code: SourceErrorCode;
  readonly status: number | null;
  readonly retryAfterMs: number | null;
  readonly isUnsent: boolean;
  /** The server's own text: to be parsed, never to be shown. */
  readonly challenge: string | null;
  readonly isAbsence: boolean;
  readonly bodyStart: string | null;

  constructor(code: SourceErrorCode, message: string, details: SourceErrorDetails = {}) {
    super(code, message, details);
    this.name = "SourceError";
    this.status = details.status ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.isUnsent = details.isUnsent ?? false;
    this.challenge = details.challenge ?? null;
    this.isAbsence = details.isAbsence ?? false;
    this.bodyStart = details.bodyStart ?? null;
  }
}

export const withMessage = (
  error: SourceError,
  message: string,
  details: SourceErrorDetails = {},
): SourceError =>
  new SourceError(error.code, message, { ...error, cause: error.cause, ...details });
