// A failed call to the task tracking service behind the tools, with what their sentences need.

import { SitrepError } from "../core/errors.ts";
import type { ErrorCode } from "../core/errors.ts";

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
