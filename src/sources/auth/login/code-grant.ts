// Signs a person in through the browser: authorization code with PKCE (RFC 7636, S256), `state` and `iss` (RFC 9207)
// checked before the code goes anywhere, and only to the issuer that was asked.

import { SitrepError } from "../../../core/errors.ts";
import type { GrantParameters, IssuerAnswer, IssuerClient } from "../issuer/client.ts";
import { browserCode, isBrowserAnswerRefused, issuerFailure } from "../issuer/failure.ts";
import type { LoopbackRedirect } from "./loopback-redirect.ts";

export interface CodeRequest {
  readonly name: string;
  readonly client: IssuerClient;
  readonly redirect: LoopbackRedirect;
  readonly parameters: GrantParameters;
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

/** What is wrong with an answer in the browser. Anything else is a failure of the exchange. */
function failureOf({ name, client }: CodeRequest, error: unknown): Error {
  const code = browserCode(error);
  if (code === "access_denied") {
    return new SitrepError("sign-in-denied", `The sign-in for ${name} was denied.`, {
      hint: `Run it again if that was a mistake: sitrep login ${name}`,
    });
  }
  if (code !== null) return mismatch(name, `is an error: ${code}`);
  return isBrowserAnswerRefused(error)
    ? mismatch(name, "is not for this sign-in (state or issuer)")
    : issuerFailure(client.line.rules, error);
}

/** `offline_access` asks for a refresh token, and an OpenID provider gives one only where it asks the person. */
const promptFor = (scope: string | undefined): Record<string, string> =>
  scope?.split(" ").includes("offline_access") === true ? { prompt: "consent" } : {};

/** Throws `sign-in-denied`, `sign-in-expired`, `sign-in-failed`, `cancelled`, `SourceError`. */
export async function signInByBrowser(request: CodeRequest): Promise<IssuerAnswer> {
  const { client, redirect, parameters, signal } = request;
  const grant = await client.startBrowser(redirect.uri, {
    ...parameters,
    ...promptFor(parameters["scope"]),
  });
  request.onAddress(grant.address);
  const answer = await redirect.answer(request.timeoutMs, signal);
  const { scope: _asked, ...more } = parameters;
  try {
    return await grant.exchange(answer, more);
  } catch (error) {
    throw failureOf(request, error);
  }
}
