// The issuer's own words may quote what we sent, so they are in no message and no cause.

import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from "openid-client";
import { SitrepError } from "../../../core/errors.ts";
import { readObject } from "../../../core/read.ts";
import { SourceError } from "../../../core/source-error.ts";
import { errorChain, networkFailure, statusFailure } from "../../../http/http-failures.ts";
import type { IssuerRules } from "./rules.ts";

const codeIn = (error: string): string => (/^[a-z_]{1,40}$/.test(error) ? error : "unknown");

/** The OAuth error code in an issuer's response, fit to be shown; null for any other error. */
export const oauthCode = (error: unknown): string | null =>
  error instanceof ResponseBodyError ? codeIn(error.error) : null;

export const browserCode = (error: unknown): string | null =>
  error instanceof AuthorizationResponseError ? codeIn(error.error) : null;

/** True when the browser's response was rejected before anything was sent to the issuer. */
export function isBrowserResponseRefused(error: unknown): boolean {
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

export function issuerFailure(rules: IssuerRules, error: unknown): SitrepError {
  for (const one of errorChain(error)) if (one instanceof SitrepError) return one;
  const { who } = rules;
  if (error instanceof ResponseBodyError) return reported(rules, error);
  if (error instanceof WWWAuthenticateChallengeError) return rules.challenged();
  for (const one of errorChain(error)) {
    if (one instanceof ClientError && one.cause instanceof Response && !one.cause.ok) {
      return statusFailure(who, one.cause.status, one.cause.headers, Date.now());
    }
  }
  const broken = error instanceof ClientError ? (error.code ?? "") : "";
  const why = /^OAUTH_(?!ABORT|TIMEOUT)[A-Z_]{1,40}$/.exec(broken)?.[0];
  return why === undefined
    ? networkFailure(who, error)
    : new SourceError("source-invalid-response", `${who} sent an invalid response (${why}).`);
}

export const signInDenied = (name: string): SitrepError =>
  new SitrepError("sign-in-denied", `The sign-in for ${name} was denied.`, {
    hint: `If that was a mistake, sign in again: sitrep login ${name}`,
  });
