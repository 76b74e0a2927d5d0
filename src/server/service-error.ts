// A failed call to the task tracking service behind the tools, with what their sentences need.

import { SourceError } from "../core/source-error.ts";
import type { SourceErrorCode, SourceErrorDetails } from "../core/source-error.ts";

export interface ServiceErrorDetails extends SourceErrorDetails {
  /** What the service says of its error, cleaned, one line of at most 200 characters: a problem's title, or its body. */
  answer?: string;
  /** Where there was no answer: what happened, without a dot at its end. `Connection refused at http://…` */
  reason?: string;
}

export class ServiceError extends SourceError {
  readonly answer: string;
  readonly reason: string;

  constructor(code: SourceErrorCode, message: string, details: ServiceErrorDetails = {}) {
    super(code, message, details);
    this.answer = details.answer ?? "";
    this.reason = details.reason ?? message.replace(/\.$/, "");
  }
}
