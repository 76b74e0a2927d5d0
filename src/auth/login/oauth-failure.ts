// What a failure of openid-client means, by its class and code. The issuer's own words are never passed on.

import { ClientError, ResponseBodyError, WWWAuthenticateChallengeError } from "openid-client";
import { SitrepError } from "../../core/errors.ts";
import { SourceError } from "../../core/source-error.ts";
import { chainOf, networkFailure } from "../../resilience/network-failure.ts";
import { statusFailure } from "../../resilience/status-failure.ts";

/** Error codes of RFC 6749 by which an issuer says that who asks, or what is shown, is not or no longer good. */
const refusals = new Set([
  "invalid_grant",
  "invalid_client",
  "unauthorized_client",
  "access_denied",
]);

/** An error code of OAuth as it may be shown; null for anything else. */
export const oauthCode = (error: unknown): string | null => {
  if (!(error instanceof ResponseBodyError)) return null;
  return /^[a-z_]{1,40}$/.test(error.error) ? error.error : "unknown";
};

/** `name`: of the source. A refusal is `source-refused`: a person must sign in again. */
export function oauthFailure(name: string, error: unknown): SitrepError {
  for (const one of chainOf(error)) if (one instanceof SitrepError) return one;
  const who = `${name}'s identity provider`;
  const code = oauthCode(error);
  if (code !== null && refusals.has(code)) {
    return new SourceError("source-refused", `${name}: sign-in needed (${code}).`, {
      hint: `sitrep login ${name}`,
      cause: error,
    });
  }
  if (code !== null) {
    return new SourceError("source-failed", `${who} reports ${code}.`, { cause: error });
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    return new SourceError("source-refused", `${who} refuses this client (HTTP 401).`, {
      hint: `Check the client: sitrep login ${name} --client-id ID`,
      cause: error,
      status: 401,
    });
  }
  for (const one of chainOf(error)) {
    if (one instanceof ClientError && one.cause instanceof Response && !one.cause.ok) {
      return statusFailure(who, one.cause.status, one.cause.headers, Date.now());
    }
  }
  if (error instanceof ClientError) {
    const why = /^OAUTH_[A-Z_]{1,40}$/.exec(error.code ?? "")?.[0] ?? "unknown";
    return new SourceError("source-invalid-answer", `${who} answered against the rules (${why}).`, {
      cause: error,
    });
  }
  return networkFailure(who, error);
}
