// Describes a failed exchange: its code, whether the server may have received it, and the wait that it asks for.

import { parseObject } from "../core/read.ts";
import { SourceError } from "../core/source-error.ts";
import type { SourceErrorCode, SourceErrorDetails } from "../core/source-error.ts";

/** Without a connection nothing was sent. */
const unsent =
  /^(?:E(?:CONNREFUSED|NOTFOUND|AI_AGAIN|HOSTUNREACH|NETUNREACH|ADDRNOTAVAIL|ACCES|PERM)|UND_ERR_CONNECT_TIMEOUT)$/;
const brokenOff =
  /^(?:E(?:CONNRESET|CONNABORTED|PIPE|TIMEDOUT)|UND_ERR_(?:SOCKET|CLOSED|DESTROYED))$/;
const certificate = /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_)/;

/** The error, its causes, and the parts of aggregates, outermost first. */
export function* errorChain(error: unknown, depth = 0): Generator<Error> {
  if (!(error instanceof Error) || depth > 8) return;
  yield error;
  if (error instanceof AggregateError) {
    for (const part of error.errors) yield* errorChain(part, depth + 1);
  }
  yield* errorChain(error.cause, depth + 1);
}

const codesOf = (chain: readonly Error[]): string[] =>
  chain.flatMap((one) => ("code" in one && typeof one.code === "string" ? [one.code] : []));

/** The `SourceError` in the chain, else one for the system's code. */
export function networkFailure(name: string, error: unknown): SourceError {
  const chain = [...errorChain(error)];
  const own = chain.find((one) => one instanceof SourceError);
  if (own !== undefined) return own;
  const codes = codesOf(chain);
  const codeLike = (pattern: RegExp): string | undefined =>
    codes.find((code) => pattern.test(code));
  const failure = (code: SourceErrorCode, what: string, details: SourceErrorDetails = {}) =>
    new SourceError(code, `${name} ${what}.`, { ...details, cause: error });
  if (codeLike(certificate) !== undefined) {
    return failure("source-unreachable", "has an untrusted certificate", {
      hint: "Check its URL. For a private CA: NODE_EXTRA_CA_CERTS=/path/to/ca.pem sitrep install",
      isUnsent: true,
    });
  }
  const noConnection = codeLike(unsent);
  if (noConnection !== undefined) {
    return failure("source-unreachable", `cannot be reached (${noConnection})`, {
      hint: "Check that it runs and that its URL is right.",
      isUnsent: true,
    });
  }
  const broken = codeLike(brokenOff);
  if (broken !== undefined)
    return failure("source-unreachable", `closed the connection (${broken})`);
  if (
    codeLike(/^(?:HPE_|UND_ERR_)/) !== undefined ||
    chain.some((one) => one instanceof SyntaxError)
  ) {
    return failure("source-invalid-response", "sent a response that cannot be parsed");
  }
  return new SourceError("source-failed", `${name}: the call failed.`, { cause: error });
}

export function statusFailure(
  name: string,
  status: number,
  headers: Headers,
  now: number,
  bodyStart?: string,
): SourceError {
  const wait = retryAfterMs(headers.get("retry-after"), now) ?? resetMs(headers, now);
  const details = {
    status,
    ...(wait === null ? {} : { retryAfterMs: wait }),
    ...(bodyStart === undefined ? {} : { bodyStart }),
  };
  // GitHub says so with 403: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
  const isLimited = status === 429 || (status === 403 && wait !== null);
  if (!isLimited && (status === 401 || status === 403)) {
    return new SourceError("source-refused", `${name} rejected the sign-in (HTTP ${status}).`, {
      ...details,
      challenge: headers.get("www-authenticate"),
      hint: "Check its token or key, if one is set.",
    });
  }
  if (isLimited) {
    return new SourceError(
      "source-rate-limited",
      `${name} is rate-limiting requests (HTTP ${status}).`,
      details,
    );
  }
  const isAbsence = status === 404 && parseObject(bodyStart ?? null) !== null;
  const hint = status === 404 ? { hint: "Check its URL and its type." } : {};
  const words = `${name} answered with HTTP ${status}.`;
  return new SourceError("source-failed", words, { ...details, ...hint, isAbsence });
}

/** Milliseconds until a used-up limit is renewed; null if none is. The headers have epoch seconds (GitHub, GitLab). */
function resetMs(headers: Headers, now: number): number | null {
  for (const limit of ["x-ratelimit", "ratelimit"]) {
    const reset = Number(headers.get(`${limit}-reset`) ?? Number.NaN);
    const isUsedUp = headers.get(`${limit}-remaining`)?.trim() === "0";
    if (isUsedUp && reset > 1e9 && reset < 1e11) return Math.max(0, reset * 1000 - now);
  }
  return null;
}

/** Milliseconds to wait from `now` (epoch milliseconds); null for no header, or one that is neither seconds nor a date. */
export function retryAfterMs(header: string | null, now: number): number | null {
  const text = header?.trim() ?? "";
  if (/^\d{1,12}$/.test(text)) return Number(text) * 1000;
  // A date begins with its weekday; Date.parse would guess at anything else.
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
