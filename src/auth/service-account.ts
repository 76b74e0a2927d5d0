// Tokens of a service account: client credentials at a configured issuer. With `issuer-fetch.ts` all that knows
// openid-client for it; loaded when the first such token is needed.

import {
  createRemoteJWKSet,
  customFetch as keysFetch,
  errors,
  importJWK,
  importPKCS8,
  jwtVerify,
} from "jose";
import type { CryptoKey, JWTPayload } from "jose";
import {
  ClientError,
  ClientSecretPost,
  PrivateKeyJwt,
  allowInsecureRequests,
  clientCredentialsGrant,
  customFetch,
  discovery,
  fetchUserInfo,
  skipSubjectCheck,
} from "openid-client";
import type { ClientAuth, Configuration, CustomFetch } from "openid-client";
import { SitrepError } from "../core/errors.ts";
import { parseObject, readString } from "../core/read.ts";
import { SourceError } from "../core/source-error.ts";
import { clientSecretBasic } from "./client-secret-basic.ts";
import { issuerFailure, otherIssuer } from "./issuer-failure.ts";
import { openIssuerFetch } from "./issuer-fetch.ts";
import type { IssuerFetch, IssuerPlace } from "./issuer-fetch.ts";
import type { Grant } from "./token-keeper-port.ts";

export interface ServiceAccountSettings {
  readonly clientId: string;
  readonly method: "client_secret_basic" | "client_secret_post" | "private_key_jwt";
  /** The client's secret; for `private_key_jwt` its private key, as PEM (PKCS #8) or JWK. */
  readonly secret: string;
  /** For `private_key_jwt`. Default: that of a JWK, else RS256. */
  readonly algorithm?: string | undefined;
  readonly keyId?: string | undefined;
  readonly scope?: string | undefined;
  readonly audience?: string | undefined;
  /** RFC 8707. */
  readonly resource?: string | undefined;
}

const badKey = (cause: unknown): SitrepError =>
  new SitrepError(
    "secret-missing",
    "The client's private key cannot be read as PEM (PKCS #8) or JWK.",
    {
      hint: "openssl pkcs8 -topk8 -nocrypt -in KEY makes PKCS #8 of other forms.",
      cause: cause instanceof Error ? cause.name : null,
    },
  );

async function readKey(
  settings: ServiceAccountSettings,
): Promise<{ key: CryptoKey; kid?: string }> {
  const { secret, algorithm, keyId } = settings;
  const jwk = parseObject(secret);
  const kid = keyId ?? readString(jwk?.["kid"]);
  const named = kid === undefined ? {} : { kid };
  try {
    if (jwk === null) return { key: await importPKCS8(secret, algorithm ?? "RS256"), ...named };
    const key = await importJWK(jwk, algorithm ?? readString(jwk["alg"]) ?? "RS256");
    if (key instanceof Uint8Array) throw new TypeError("a symmetric key");
    return { key, ...named };
  } catch (error) {
    throw badKey(error);
  }
}

async function clientAuthOf(settings: ServiceAccountSettings): Promise<ClientAuth> {
  const { method, secret } = settings;
  if (method === "client_secret_post") return ClientSecretPost(secret);
  return method === "private_key_jwt"
    ? PrivateKeyJwt(await readKey(settings))
    : clientSecretBasic(secret);
}

const isMissing = (error: unknown): boolean =>
  error instanceof ClientError && error.cause instanceof Response && error.cause.status === 404;

/** What the issuer says of itself, when it names itself as it is configured. */
async function discover(
  place: IssuerPlace,
  settings: ServiceAccountSettings,
  line: IssuerFetch,
): Promise<Configuration> {
  const auth = await clientAuthOf(settings);
  const fetch: CustomFetch = (url, { body, headers, method, signal }) =>
    line.fetch(url, { body, headers, method, ...(signal === undefined ? {} : { signal }) });
  const find = (algorithm: "oidc" | "oauth2"): Promise<Configuration> =>
    discovery(new URL(place.issuer), settings.clientId, {}, auth, {
      algorithm,
      // Which addresses may be in the clear is judged by our own fetch.
      execute: [allowInsecureRequests],
      [customFetch]: fetch,
    });
  // Issuers of OAuth without OpenID describe themselves by RFC 8414 only.
  const config = await find("oidc").catch((error: unknown) => {
    if (isMissing(error)) return find("oauth2");
    throw error;
  });
  // openid-client compares as addresses; `https://id.example` and `https://id.example/` are two issuers.
  if (config.serverMetadata().issuer !== place.issuer) throw otherIssuer(place.issuer);
  config[customFetch] = fetch;
  return config;
}

/** What is asked of an issuer, from discovery to the end of the answer, all failures made ours. */
async function asking<T>(
  place: IssuerPlace,
  settings: ServiceAccountSettings,
  signal: AbortSignal,
  ask: (config: Configuration, line: IssuerFetch) => Promise<T>,
): Promise<T> {
  await using line = openIssuerFetch(place, signal);
  try {
    return await ask(await discover(place, settings, line), line);
  } catch (error) {
    throw issuerFailure(place.issuer, settings.clientId, error, signal);
  }
}

/** Throws `source-refused` for credentials that the issuer refuses, else the `SourceError` that kept it from answering. */
export function serviceAccountGrant(place: IssuerPlace, settings: ServiceAccountSettings): Grant {
  const { scope, audience, resource } = settings;
  const parameters = {
    ...(scope === undefined ? {} : { scope }),
    ...(audience === undefined ? {} : { audience }),
    ...(resource === undefined ? {} : { resource }),
  };
  return (_, signal) =>
    asking(place, settings, signal, async (config) => {
      const tokens = await clientCredentialsGrant(config, parameters);
      return {
        accessToken: tokens.access_token,
        expiresInSeconds: tokens.expires_in ?? null,
        refreshToken: null,
        scope: tokens.scope ?? null,
      };
    });
}

/** The claims that the issuer tells of a token's owner; null where it tells none. Throws `SourceError`. */
export function readUserInfo(
  place: IssuerPlace,
  settings: ServiceAccountSettings,
  token: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>> | null> {
  return asking(place, settings, signal, async (config) => {
    if (config.serverMetadata().userinfo_endpoint === undefined) return null;
    return { ...(await fetchUserInfo(config, token, skipSubjectCheck)) };
  });
}

/** Seconds by which the issuer's clock may differ from ours. */
const clockTolerance = 600;

/**
 * The claims of a token that the issuer's present keys have signed, for `audience` where one is given. Throws
 * `source-refused` for any other token, `SourceError` where the keys cannot be had.
 */
export function validateToken(
  place: IssuerPlace,
  settings: ServiceAccountSettings,
  { token, audience }: { readonly token: string; readonly audience?: string | undefined },
  signal: AbortSignal,
): Promise<JWTPayload> {
  return asking(place, settings, signal, async (config, line) => {
    const address = config.serverMetadata().jwks_uri;
    if (address === undefined) throw otherIssuer(place.issuer);
    const keys = createRemoteJWKSet(new URL(address), {
      [keysFetch]: (url, { headers, signal: inTime }) =>
        line.fetch(url, { headers: Object.fromEntries(headers), signal: inTime }),
    });
    const expected = { issuer: place.issuer, ...(audience === undefined ? {} : { audience }) };
    try {
      const { payload } = await jwtVerify(token, keys, { ...expected, clockTolerance });
      return payload;
    } catch (error) {
      // Those of fetching the keys are the issuer's and not the token's.
      if (!(error instanceof errors.JOSEError) || /^ERR_JWKS_(?!NO_M)/.test(error.code))
        throw error;
      throw new SourceError("source-refused", `The token is no valid one of ${place.issuer}.`, {
        cause: error.code,
      });
    }
  });
}
