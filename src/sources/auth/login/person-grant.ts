// Renews a person's tokens with their refresh token, and revokes them.

import { SourceError } from "../../../core/source-error.ts";
import { grantedTokens, grantParameters } from "../issuer/client.ts";
import { issuerFailure, oauthCode } from "../issuer/failure.ts";
import { readIssuerMetadata } from "../issuer/metadata.ts";
import type { Grant, TokenStore } from "../tokens.ts";
import { clientAt } from "./client-registration.ts";
import { openPersonIssuerHttp } from "./discover.ts";
import type { IssuerReach } from "./discover.ts";
import { tokenKeyOf } from "./sign-in-record.ts";
import type { ClientIdentity, SignInRecord } from "./sign-in-record.ts";

/** What is asked of the issuer for somebody who has signed in. */
export interface PersonDeps extends IssuerReach {
  /** Of a client that was configured with one; null for a public client. Throws `secret-missing`, `secret-unsafe`. */
  readonly clientSecret: () => string | null;
}

const signInNeeded = (name: string): SourceError =>
  new SourceError("source-refused", `${name}: sign-in needed.`, {
    hint: `sitrep login ${name}`,
  });

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

/** What became of a sign-in that was ended. `failed`: what the issuer may still take, and why. */
export interface Revocation {
  readonly revoked: readonly ("refresh token" | "access token")[];
  readonly failed: readonly {
    readonly what: "refresh token" | "access token";
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
  if (key === null || client === null) return { revoked: [], failed: [] };
  const kept = await tokenStore.get(key);
  await tokenStore.forget(key);
  const tokens = [
    { what: "refresh token" as const, token: kept?.refreshToken ?? null },
    { what: "access token" as const, token: kept?.accessToken ?? null },
  ].filter(({ token }) => token !== null);
  const results = await revokeAll(record, client, tokens, deps);
  return {
    revoked: results.filter(({ code }) => code === null).map(({ what }) => what),
    failed: results.flatMap(({ what, code }) => (code === null ? [] : [{ what, code }])),
  };
}

interface ToRevoke {
  readonly what: "refresh token" | "access token";
  readonly token: string | null;
}

async function revokeAll(
  record: SignInRecord,
  client: ClientIdentity,
  tokens: readonly ToRevoke[],
  deps: PersonDeps,
): Promise<{ what: ToRevoke["what"]; code: string | null }[]> {
  const all = (code: string | null) => tokens.map(({ what }) => ({ what, code }));
  await using http = await openPersonIssuerHttp(deps, record.isNamed);
  try {
    const metadata = await readIssuerMetadata(record.issuer, http);
    if (metadata.revocation_endpoint === undefined) return all("not-offered");
    const asked = clientAt(metadata, withSecret(client, deps), http);
    const results: { what: ToRevoke["what"]; code: string | null }[] = [];
    for (const { what, token } of tokens) {
      const kind = what === "refresh token" ? "refresh_token" : "access_token";
      // oxlint-disable-next-line no-await-in-loop -- the refresh token first: with it the others end at most issuers
      const code = await asked.revoke(token ?? "", kind).then(
        () => null,
        (error: unknown) =>
          oauthCode(error) === "unsupported_token_type"
            ? "not-offered"
            : issuerFailure(http.rules, error).code,
      );
      results.push({ what, code });
    }
    return results;
  } catch (error) {
    return all(issuerFailure(http.rules, error).code);
  }
}
