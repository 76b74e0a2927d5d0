// A failed call to the task tracking service behind the tools, with what their sentences need.

import { SourceError } from "../core/source-error.ts";
import type { SourceErrorCode, SourceErrorDetails } from "../core/source-error.ts";

export interface ServiceErrorDetails extends SourceErrorDetails {
  /** What the service says of its error, cleaned, one line of at most 200 characters: a problem's title, or its body. */
  answer?: string;
  /** What more it says, cleaned, where it says more. */
  detail?: string;
  /** Where there was no answer: what happened, without a dot at its end. `Connection refused at http://…` */
  reason?: string;
  /** True when there was no answer in time. */
  isTimeout?: boolean;
}

export class ServiceError extends SourceError {
  readonly answer: string;
  readonly detail: string | null;
  readonly reason: string;
  readonly isTimeout: boolean;

  constructor(code: SourceErrorCode, message: string, details: ServiceErrorDetails = {}) {
    super(code, message, details);
    this.answer = details.answer ?? "";
    this.detail = details.detail ?? null;
    this.isTimeout = details.isTimeout ?? false;
    this.reason = details.reason ?? message.replace(/\.$/, "");
  }
}
