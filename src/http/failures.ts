// What a failed exchange means: which code it has, whether the request can have reached the server, and how long the
// server asks to be left alone.

import { parseObject } from "../core/read.ts";
import { SourceError } from "../core/source-error.ts";

/** Before a connection stood: nothing was sent. */
const unsentCodes = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "EACCES",
  "EPERM",
  "UND_ERR_CONNECT_TIMEOUT",
]);
const brokenOffCodes = new Set([
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "UND_ERR_SOCKET",
  "UND_ERR_CLOSED",
  "UND_ERR_DESTROYED",
]);
const certificate = /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_)/;

/** The error, its causes, and the parts of aggregates, outermost first. */
export function* chainOf(error: unknown, depth = 0): Generator<Error> {
  if (!(error instanceof Error) || depth > 8) return;
  yield error;
  if (error instanceof AggregateError) {
    for (const part of error.errors) yield* chainOf(part, depth + 1);
  }
  yield* chainOf(error.cause, depth + 1);
}

const codesOf = (error: unknown): string[] =>
  [...chainOf(error)].flatMap((one) =>
    "code" in one && typeof one.code === "string" ? [one.code] : [],
  );

/** The failure that one of ours inside the chain stands for, or else what the system's codes say. */
export function networkFailure(name: string, error: unknown): SourceError {
  for (const one of chainOf(error)) if (one instanceof SourceError) return one;
  const codes = codesOf(error);
  const cause = error;
  if (codes.some((code) => certificate.test(code))) {
    return new SourceError("source-unreachable", `${name} has no certificate that is trusted.`, {
      hint: "Check its URL. For a private authority: NODE_EXTRA_CA_CERTS=/path/to/ca.pem sitrep install",
      cause,
      isUnsent: true,
    });
  }
  const unsent = codes.find((code) => unsentCodes.has(code));
  if (unsent !== undefined) {
    return new SourceError("source-unreachable", `${name} cannot be reached (${unsent}).`, {
      hint: "Check that it runs and that its URL is right.",
      cause,
      isUnsent: true,
    });
  }
  const broken = codes.find((code) => brokenOffCodes.has(code));
  if (broken !== undefined) {
    return new SourceError("source-unreachable", `${name} broke off the connection (${broken}).`, {
      cause,
    });
  }
  const isUnreadable = [...chainOf(error)].some((one) => one instanceof SyntaxError);
  if (isUnreadable || codes.some((code) => /^(?:HPE_|UND_ERR_)/.test(code))) {
    return new SourceError("source-invalid-answer", `${name} answered with something unreadable.`, {
      cause,
    });
  }
  return new SourceError("source-failed", `${name}: the call failed.`, { cause });
}

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
      hint: "Check the token or key that is set for it, if any is.",
    });
  }
  if (status === 429) {
    return new SourceError("source-rate-limited", `${name} asks to wait (HTTP 429).`, details);
  }
  const isAbsence = status === 404 && parseObject(bodyStart ?? null) !== null;
  const hint = status === 404 ? { hint: "Check its URL and its type." } : {};
  const words = `${name} answered with HTTP ${status}.`;
  return new SourceError("source-failed", words, { ...details, ...hint, isAbsence });
}

/** Milliseconds to wait from `now` (epoch milliseconds); null when the header is absent or not understood. */
export function retryAfterMs(header: string | null, now: number): number | null {
  const text = header?.trim() ?? "";
  if (/^\d{1,12}$/.test(text)) return Number(text) * 1000;
  // A date begins with its weekday; anything else that Date.parse takes is a guess.
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
