import { grantedTokens, grantParameters } from "../issuer/client.ts";
import { issuerFailure, oauthCode } from "../issuer/failure.ts";
import { readIssuerMetadata } from "../issuer/metadata.ts";
import type { Grant, TokenStore } from "../tokens.ts";
import { openClient } from "./choose-client.ts";
import { openPersonIssuerHttp, type IssuerAccess } from "./discover-issuer.ts";
import { signInNeeded, signInTokenKey } from "./sign-in-record.ts";
import type { ClientIdentity, SignInRecord } from "./sign-in-record.ts";

export interface PersonDeps extends IssuerAccess {
  /** The client's configured secret; null for a public client. Throws `secret-missing`, `secret-unsafe`. */
  readonly clientSecret: () => string | null;
}

const withSecret = (client: ClientIdentity, deps: PersonDeps): ClientIdentity =>
  client.method === "none" || client.clientSecret !== null
    ? client
    : { ...client, clientSecret: deps.clientSecret() };

/** Throws `source-refused` (sign-in needed) without a refresh token, or if the issuer refuses it; else `SourceError`. */
export function createPersonGrant(record: SignInRecord, deps: PersonDeps): Grant {
  const { client, person, issuer, isNamed } = record;
  return async ({ refreshToken }, signal) => {
    if (refreshToken === null || client === null || person === null) throw signInNeeded(deps.name);
    await using http = await openPersonIssuerHttp({ ...deps, signal }, isNamed);
    const metadata = await readIssuerMetadata(issuer, http);
    const asked = openClient(metadata, withSecret(client, deps), http);
    const { resource, audience } = person;
    // Without a scope the new token has the refresh token's (RFC 6749, section 6).
    const parameters = grantParameters({ scope: null, resource, audience });
    try {
      return grantedTokens(await asked.refresh(refreshToken, parameters));
    } catch (error) {
      throw issuerFailure(http.rules, error);
    }
  };
}

type TokenName = "refresh token" | "access token";

export interface Revocation {
  readonly revoked: readonly TokenName[];
  /** The tokens that the issuer may still accept, and why. `not-offered`: it does not revoke tokens of this kind. */
  readonly failed: readonly { readonly what: TokenName; readonly code: string }[];
}

/** Asks the issuer to revoke the tokens (RFC 7009) and forgets them in any case. */
export async function revokeSignIn(
  record: SignInRecord,
  tokenStore: TokenStore,
  deps: PersonDeps,
): Promise<Revocation> {
  const key = signInTokenKey(record);
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
      await openClient(metadata, withSecret(client, deps), http).revoke(token, kind);
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
    // oxlint-disable-next-line no-await-in-loop -- the refresh token first: at most issuers it ends the others
    const code = await failureOf(what, tokens[what]);
    if (code === null) revoked.push(what);
    else failed.push({ what, code });
  }
  return { revoked, failed };
}
