// Signs a person in at the identity provider, by the authorization code with PKCE. Any server can finish a sign-in that another
// began, because its state is in the browser's cookie.

import { parseObject, readString } from "../../core/read.ts";
import { createIssuerClient, type IssuerClient } from "../../sources/auth/issuer/client.ts";
import { openIssuerHttp } from "../../sources/auth/issuer/issuer-http.ts";
import { readIssuerMetadata } from "../../sources/auth/issuer/metadata.ts";
import { personRules } from "../../sources/auth/issuer/rules.ts";
import { isSafeAddress } from "../http/host-check.ts";

export interface IdentitySettings {
  readonly issuer: string;
  readonly clientId: string;
  /** Null: a public client. */
  readonly clientSecret: string | null;
  readonly scope: string;
  /** The audience that the access token is for (RFC 8707); null for none. */
  readonly resource: string | null;
}

export interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** Where the person goes afterwards. */
  readonly to: string;
}

export const writeAttempt = (attempt: Attempt): string =>
  Buffer.from(JSON.stringify(attempt)).toString("base64url");

export function readAttempt(text: string | undefined): Attempt | null {
  const from = parseObject(Buffer.from(text ?? "", "base64url").toString());
  const [state, nonce] = [readString(from?.["state"]), readString(from?.["nonce"])];
  const [verifier, to] = [readString(from?.["verifier"]), readString(from?.["to"])];
  if (!state || !nonce || !verifier || to === undefined) return null;
  return { state, nonce, verifier, to };
}

/** The issuer's metadata is read with the first sign-in. Errors are openid-client's and `SourceError`. */
export function createIdentity(settings: IdentitySettings) {
  const { issuer, clientId, clientSecret, scope, resource } = settings;
  const rules = personRules({
    name: "the board",
    mayBePrivate: true,
    whyInsecure: (url) => (isSafeAddress(url) ? null : "it does not use TLS"),
  });
  const http = openIssuerHttp(rules);
  let known: Promise<IssuerClient> | null = null;
  const open = async (): Promise<IssuerClient> => {
    const metadata = await readIssuerMetadata(issuer, http);
    return createIssuerClient(
      metadata,
      clientId,
      clientSecret === null
        ? { method: "none" }
        : { method: "client_secret_basic", secret: clientSecret },
      http,
    );
  };
  const client = async (): Promise<IssuerClient> => {
    known ??= open();
    try {
      return await known;
    } catch (error) {
      known = null;
      throw error;
    }
  };
  const more: Record<string, string> = resource === null ? {} : { resource };
  return {
    begin: async (redirectUri: string, to: string) => {
      const { address, ...rest } = await (
        await client()
      ).beginSignIn(redirectUri, { scope, ...more });
      return { address, attempt: { ...rest, to } satisfies Attempt };
    },
    /** The access token. `response`: the redirect's address, with the code. */
    finish: async (response: URL, attempt: Attempt): Promise<string> =>
      (await (await client()).finishSignIn(response, attempt, more)).access_token,
    close: async (): Promise<void> => http[Symbol.asyncDispose](),
  };
}
