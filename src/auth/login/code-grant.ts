// Signs a person in through the browser: authorization code with PKCE (RFC 7636, S256), `state` and `iss` (RFC 9207)
// checked before the code goes anywhere, and only to the issuer that was asked.

import {
  authorizationCodeGrant,
  AuthorizationResponseError,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientError,
  randomPKCECodeVerifier,
  randomState,
} from "openid-client";
import type {
  Configuration,
  TokenEndpointResponse,
  TokenEndpointResponseHelpers,
} from "openid-client";
import { SitrepError } from "../../core/errors.ts";
import { readObject } from "../../core/read.ts";
import type { LoopbackRedirect } from "./loopback-redirect.ts";
import { oauthFailure } from "./oauth-failure.ts";

export type Answered = TokenEndpointResponse & TokenEndpointResponseHelpers;

export interface CodeRequest {
  readonly name: string;
  readonly config: Configuration;
  readonly redirect: LoopbackRedirect;
  /** `scope`, `resource`, `audience`: those that are to be sent. */
  readonly parameters: Readonly<Record<string, string>>;
  /** How long a person has. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Shows the address to open. */
  readonly onAddress: (url: URL) => void;
}

// Without a cause: what openid-client gives as one holds the code and the state.
const mismatch = (name: string, what: string): SitrepError =>
  new SitrepError("sign-in-failed", `The answer of ${name}'s identity provider ${what}.`, {
    hint: `No code was sent on. Run it again: sitrep login ${name}`,
  });

/** True where the answer in the browser was refused, and nothing was asked of the issuer. */
function isAnswerRefused(error: unknown): boolean {
  if (!(error instanceof ClientError) || error.code !== "OAUTH_INVALID_RESPONSE") return false;
  const details = error.cause instanceof Error ? readObject(error.cause.cause) : null;
  return details !== null && "parameters" in details;
}

/** What is wrong with an answer in the browser. Anything else is a failure of the exchange. */
function failureOf(name: string, error: unknown): Error {
  if (error instanceof AuthorizationResponseError) {
    if (error.error === "access_denied") {
      return new SitrepError("sign-in-denied", `The sign-in for ${name} was denied.`, {
        hint: `Run it again if that was a mistake: sitrep login ${name}`,
      });
    }
    const code = /^[a-z_]{1,40}$/.test(error.error) ? error.error : "unknown";
    return mismatch(name, `is an error: ${code}`);
  }
  if (isAnswerRefused(error)) return mismatch(name, "is not for this sign-in (state or issuer)");
  return oauthFailure(name, error);
}

/** `offline_access` asks for a refresh token, and an OpenID provider gives one only where it asks the person. */
const promptFor = (scope: string | undefined): Record<string, string> =>
  scope?.split(" ").includes("offline_access") === true ? { prompt: "consent" } : {};

/** Throws `sign-in-denied`, `sign-in-expired`, `sign-in-failed`, `cancelled`, `SourceError`. */
export async function signInByBrowser(request: CodeRequest): Promise<Answered> {
  const { name, config, redirect, parameters, signal } = request;
  const pkceCodeVerifier = randomPKCECodeVerifier();
  const expectedState = randomState();
  const address = buildAuthorizationUrl(config, {
    ...parameters,
    ...promptFor(parameters["scope"]),
    redirect_uri: redirect.uri,
    state: expectedState,
    code_challenge: await calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
  });
  request.onAddress(address);
  const answer = await redirect.answer(request.timeoutMs, signal);
  const { scope: _asked, ...more } = parameters;
  try {
    return await authorizationCodeGrant(config, answer, { pkceCodeVerifier, expectedState }, more);
  } catch (error) {
    throw failureOf(name, error);
  }
}
