// What a failure of openid-client means, by its class and code. The issuer's own words, which may quote what it was sent,
// are in no message and no cause.

import { ClientError, ResponseBodyError, WWWAuthenticateChallengeError } from "openid-client";
import { SitrepError } from "../core/errors.ts";
import { SourceError } from "../core/source-error.ts";
import { chainOf, networkFailure } from "../resilience/network-failure.ts";
import { statusFailure } from "../resilience/status-failure.ts";

/** Error codes of RFC 6749 and RFC 8707 that only a person can mend. */
const refusals = new Set([
  "invalid_client",
  "unauthorized_client",
  "invalid_grant",
  "access_denied",
  "invalid_scope",
  "invalid_target",
  "invalid_request",
  "unsupported_grant_type",
]);

function refused(issuer: string, clientId: string, code: string): SourceError {
  return new SourceError(
    "source-refused",
    `${issuer} refuses the service account ${clientId} (${code}).`,
    { hint: "Check the client's id, secret and grants there; then: sitrep source test" },
  );
}

/** The `SourceError` that stands for whatever asking an issuer until `signal` has thrown; `tls-off` as it is. */
export function issuerFailure(
  issuer: string,
  clientId: string,
  error: unknown,
  signal: AbortSignal,
): SitrepError {
  for (const one of chainOf(error)) if (one instanceof SitrepError) return one;
  if (signal.aborted) {
    return new SourceError("source-timeout", `${issuer} did not answer in time.`, {
      hint: "Check that it runs and that its address is right.",
    });
  }
  if (error instanceof ResponseBodyError) {
    if (refusals.has(error.error)) return refused(issuer, clientId, error.error);
    return error.status < 500 && error.status !== 400
      ? statusFailure(issuer, error.status, error.response.headers, Date.now())
      : new SourceError("source-failed", `${issuer} reports an error (HTTP ${error.status}).`, {
          status: error.status,
        });
  }
  if (error instanceof WWWAuthenticateChallengeError) return refused(issuer, clientId, "HTTP 401");
  const response = error instanceof ClientError ? error.cause : null;
  if (response instanceof Response && !response.ok) {
    return statusFailure(issuer, response.status, response.headers, Date.now());
  }
  if (error instanceof ClientError && /^OAUTH_(?!ABORT|TIMEOUT)/.test(error.code ?? "")) {
    const isOther = error.code === "OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED";
    return isOther
      ? otherIssuer(issuer)
      : new SourceError("source-invalid-answer", `${issuer} answers against the rules.`);
  }
  return networkFailure(issuer, error);
}

/** The metadata names another issuer: believing it could send the secret to whoever wrote it. */
export const otherIssuer = (issuer: string): SourceError =>
  new SourceError("source-invalid-answer", `${issuer} names itself otherwise in its metadata.`, {
    hint: `No secret was sent. Configure the issuer exactly as ${issuer.replace(/\/$/, "")}/.well-known/openid-configuration has it.`,
  });
