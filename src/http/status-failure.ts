// What an HTTP status other than 2xx means.

import { SourceError } from "../core/source-error.ts";
import { retryAfterMs } from "./retry-after.ts";

/** `now` is epoch milliseconds, for a `Retry-After` that is a date. */
export function statusFailure(
  name: string,
  status: number,
  headers: Headers,
  now: number,
  bodyStart?: string,
): SourceError {
  const wait = retryAfterMs(headers.get("retry-after"), now);
  const details = {
    status,
    ...(wait === null ? {} : { retryAfterMs: wait }),
    ...(bodyStart === undefined ? {} : { bodyStart }),
  };
  if (status === 401 || status === 403) {
    return new SourceError("source-refused", `${name} refuses the sign-in (HTTP ${status}).`, {
      ...details,
      challenge: headers.get("www-authenticate"),
      hint: "Check the token or key that is configured for it.",
    });
  }
  if (status === 429) {
    return new SourceError("source-rate-limited", `${name} asks to wait (HTTP 429).`, details);
  }
  return new SourceError("source-failed", `${name} answered with HTTP ${status}.`, details);
}
