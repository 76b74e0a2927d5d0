// Renews a person's tokens with their refresh token, and revokes them.

import { grantedTokens, grantParameters } from "../issuer/client.ts";
import { issuerFailure, oauthCode } from "../issuer/failure.ts";
import { readIssuerMetadata } from "../issuer/metadata.ts";
import type { Grant, TokenStore } from "../tokens.ts";
import { clientAt } from "./client-registration.ts";
import { openPersonIssuerHttp, type IssuerReach } from "./discover.ts";
import { signInNeeded, tokenKeyOf } from "./sign-in-record.ts";
import type { ClientIdentity, SignInRecord } from "./sign-in-record.ts";

/** What is asked of the issuer for somebody who has signed in. */
export interface PersonDeps extends IssuerReach {
  /** Of a client that was configured with one; null for a public client. Throws `secret-missing`, `secret-unsafe`. */
  readonly clientSecret: () => string | null;
}

const withSecret = (client: ClientIdentity, deps: PersonDeps): ClientIdentity =>
  client.method === "none" || client.clientSecret !== null
    ? client
    : { ...client, clientSecret: deps.clientSecret() };

/** Throws `source-refused` (sign-in needed) when there is no refresh token or the issuer refuses it, else `SourceError`. */
export function createPersonGrant(record: SignInRecord, deps: PersonDeps): Grant {
  const { name } = deps;
  const { client, person, issuer, isNamed } = record;
  return async ({ refreshToken }, signal) => {
    if (refreshToken === null || client === null || person === null) throw signInNeeded(name);
    await using http = await openPersonIssuerHttp({ ...deps, signal }, isNamed);
    const metadata = await readIssuerMetadata(issuer, http);
    const asked = clientAt(metadata, withSecret(client, deps), http);
    const { resource, audience } = person;
    // Without a scope: that of the refresh token is meant (RFC 6749, section 6).
    const parameters = grantParameters({ scope: null, resource, audience });
    try {
      return grantedTokens(await asked.refresh(refreshToken, parameters));
    } catch (error) {
      throw issuerFailure(http.rules, error);
    }
  };
}

type TokenName = "refresh token" | "access token";

/** What became of a sign-in that was ended. `failed`: what the issuer may still take, and why. */
export interface Revocation {
  readonly revoked: readonly TokenName[];
  readonly failed: readonly {
    readonly what: TokenName;
    /** `not-offered`: the issuer revokes nothing, or no such tokens. */
    readonly code: string;
  }[];
}

/** Asks the issuer to take the tokens back (RFC 7009) and forgets them, whatever it says. */
export async function revokeSignIn(
  record: SignInRecord,
  tokenStore: TokenStore,
  deps: PersonDeps,
): Promise<Revocation> {
  const key = tokenKeyOf(record);
  const { client } = record;
  const kept = key === null ? null : await tokenStore.get(key);
  if (key !== null) await tokenStore.forget(key);
  if (kept === null || client === null) return { revoked: [], failed: [] };
  await using http = await openPersonIssuerHttp(deps, record.isNamed);
  const described = readIssuerMetadata(record.issuer, http);
  const failureOf = async (what: TokenName, token: string): Promise<string | null> => {
    try {
      const metadata = await described;
      if (metadata.revocation_endpoint === undefined) return "not-offered";
      const kind = what === "refresh token" ? "refresh_token" : "access_token";
      await clientAt(metadata, withSecret(client, deps), http).revoke(token, kind);
      return null;
    } catch (error) {
      if (oauthCode(error) === "unsupported_token_type") return "not-offered";
      return issuerFailure(http.rules, error).code;
    }
  };
  const revoked: TokenName[] = [];
  const failed: { what: TokenName; code: string }[] = [];
  const tokens = { "refresh token": kept.refreshToken, "access token": kept.accessToken };
  for (const what of ["refresh token", "access token"] as const) {
    if (tokens[what] === null) continue;
    // oxlint-disable-next-line no-await-in-loop -- the refresh token first: with it the others end at most issuers
    const code = await failureOf(what, tokens[what]);
    if (code === null) revoked.push(what);
    else failed.push({ what, code });
  }
  return { revoked, failed };
}
