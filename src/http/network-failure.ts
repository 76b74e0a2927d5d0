// What a failed exchange means: which code it has, and whether the request can have reached the server.

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
