// What a failure of openid-client means, by its class and code. The issuer's own words, which may quote what it was sent,
// are in no message and no cause.

import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from "openid-client";
import { SitrepError } from "../../../core/errors.ts";
import { readObject } from "../../../core/read.ts";
import { SourceError } from "../../../core/source-error.ts";
import { chainOf, networkFailure, statusFailure } from "../../../http/failures.ts";
import type { IssuerRules } from "./rules.ts";

const codeIn = (error: string): string => (/^[a-z_]{1,40}$/.test(error) ? error : "unknown");

/** The error code of OAuth in an issuer's answer, as it may be shown; null for any other failure. */
export const oauthCode = (error: unknown): string | null =>
  error instanceof ResponseBodyError ? codeIn(error.error) : null;

/** The error code in an answer that came by the browser; null for any other failure. */
export const browserCode = (error: unknown): string | null =>
  error instanceof AuthorizationResponseError ? codeIn(error.error) : null;

/** True where an answer that came by the browser was refused, and nothing was asked of the issuer. */
export function isBrowserAnswerRefused(error: unknown): boolean {
  if (!(error instanceof ClientError) || error.code !== "OAUTH_INVALID_RESPONSE") return false;
  const details = error.cause instanceof Error ? readObject(error.cause.cause) : null;
  return details !== null && "parameters" in details;
}

function reported({ who, refusals, refused }: IssuerRules, error: ResponseBodyError): SourceError {
  const { status, response } = error;
  const code = codeIn(error.error);
  if (refusals.includes(code) || status === 401 || status === 403) return refused(code);
  return status === 429
    ? statusFailure(who, status, response.headers, Date.now())
    : new SourceError("source-failed", `${who} reports ${code} (HTTP ${status}).`, { status });
}

/** The `SourceError` that stands for whatever asking an issuer has thrown; what is ours already as it is. */
export function issuerFailure(rules: IssuerRules, error: unknown): SitrepError {
  for (const one of chainOf(error)) if (one instanceof SitrepError) return one;
  const { who } = rules;
  if (error instanceof ResponseBodyError) return reported(rules, error);
  if (error instanceof WWWAuthenticateChallengeError) return rules.challenged();
  for (const one of chainOf(error)) {
    if (one instanceof ClientError && one.cause instanceof Response && !one.cause.ok) {
      return statusFailure(who, one.cause.status, one.cause.headers, Date.now());
    }
  }
  const broken = error instanceof ClientError ? (error.code ?? "") : "";
  const why = /^OAUTH_(?!ABORT|TIMEOUT)[A-Z_]{1,40}$/.exec(broken)?.[0];
  return why === undefined
    ? networkFailure(who, error)
    : new SourceError("source-invalid-answer", `${who} answered against the rules (${why}).`);
}

/** A person, or the issuer for them, said no. */
export const signInDenied = (name: string): SitrepError =>
  new SitrepError("sign-in-denied", `The sign-in for ${name} was denied.`, {
    hint: `Run it again if that was a mistake: sitrep login ${name}`,
  });
