// Tokens of a service account: client credentials at a configured issuer. Brings openid-client and jose along; loaded when
// the first such token is needed.

import { createPrivateKey, type KeyObject } from "node:crypto";
import { createRemoteJWKSet, customFetch as keysFetch, errors, importPKCS8, jwtVerify } from "jose";
import type { CryptoKey, JWTPayload } from "jose";
import type { ServiceAuth } from "../../config/source-auth.ts";
import { SitrepError } from "../../core/errors.ts";
import { parseObject, readString } from "../../core/read.ts";
import { SourceError } from "../../core/source-error.ts";
import { createIssuerClient, grantedTokens, grantParameters } from "./issuer/client.ts";
import type { ClientProof, IssuerClient, IssuerMetadata } from "./issuer/client.ts";
import { issuerFailure } from "./issuer/failure.ts";
import { openIssuerHttp } from "./issuer/issuer-http.ts";
import { readIssuerMetadata } from "./issuer/metadata.ts";
import { serviceRules, type IssuerPlace } from "./issuer/rules.ts";
import type { Grant } from "./tokens.ts";

type Named = "algorithm" | "keyId" | "scope" | "audience" | "resource";
/** As in the settings of a source, with the secret itself: a client's, or its private key as PEM or JWK. */
export type ServiceAccountSettings = Pick<ServiceAuth, "clientId" | "method" | "secret"> & {
  readonly [Name in Named]?: ServiceAuth[Name] | undefined;
};

const badKey = (cause: unknown): SitrepError =>
  new SitrepError("secret-missing", "The client's private key cannot be read as PEM or JWK.", {
    hint: "A key with a passphrase is of no use here: openssl pkcs8 -topk8 -nocrypt -in KEY makes one without.",
    cause: cause instanceof Error ? cause.name : null,
  });

const byCurve: Readonly<Record<string, string>> = {
  prime256v1: "ES256",
  secp384r1: "ES384",
  secp521r1: "ES512",
};

/** What a key of its kind signs with where nobody says. */
function usualAlgorithm({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  if (asymmetricKeyType === "ec") return byCurve[asymmetricKeyDetails?.namedCurve ?? ""] ?? "ES256";
  if (asymmetricKeyType === "ed25519") return "EdDSA";
  return asymmetricKeyType === "rsa-pss" ? "PS256" : "RS256";
}

async function readKey(
  settings: ServiceAccountSettings,
): Promise<{ key: CryptoKey; kid?: string }> {
  const { secret, algorithm, keyId } = settings;
  const jwk = parseObject(secret);
  const kid = keyId ?? readString(jwk?.["kid"]);
  const named = kid === undefined ? {} : { kid };
  try {
    const key = createPrivateKey(jwk === null ? secret : { key: { ...jwk }, format: "jwk" });
    const pem = key.export({ type: "pkcs8", format: "pem" }).toString();
    const signs = algorithm ?? readString(jwk?.["alg"]) ?? usualAlgorithm(key);
    return { key: await importPKCS8(pem, signs), ...named };
  } catch (error) {
    throw badKey(error);
  }
}

async function proofOf(settings: ServiceAccountSettings): Promise<ClientProof> {
  const { method, secret } = settings;
  return method === "private_key_jwt"
    ? { method, ...(await readKey(settings)) }
    : { method, secret };
}

/** What is asked of an issuer, from its description to the end of the answer, all failures made ours. */
async function asking<T>(
  place: IssuerPlace,
  settings: ServiceAccountSettings,
  signal: AbortSignal,
  ask: (client: IssuerClient, metadata: IssuerMetadata) => Promise<T>,
): Promise<T> {
  const { clientId } = settings;
  const rules = serviceRules(place, clientId);
  await using http = openIssuerHttp(rules, { signal });
  try {
    const proof = await proofOf(settings);
    const metadata = await readIssuerMetadata(place.issuer, http);
    return await ask(createIssuerClient(metadata, clientId, proof, http), metadata);
  } catch (error) {
    throw issuerFailure(rules, error);
  }
}

/** Throws `source-refused` for credentials that the issuer refuses, else the `SourceError` that kept it from answering. */
export function serviceAccountGrant(place: IssuerPlace, settings: ServiceAccountSettings): Grant {
  const { scope, resource, audience } = settings;
  const parameters = grantParameters({ scope, resource, audience });
  return (_, signal) =>
    asking(place, settings, signal, async (client) => {
      const answer = await client.clientCredentials(parameters);
      // A service account signs in anew with its secret.
      return { ...grantedTokens(answer), refreshToken: null };
    });
}

/** The claims that the issuer tells of a token's owner; null where it tells none. Throws `SourceError`. */
export function readUserInfo(
  place: IssuerPlace,
  settings: ServiceAccountSettings,
  token: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>> | null> {
  return asking(place, settings, signal, async (client, metadata) =>
    metadata.userinfo_endpoint === undefined ? null : { ...(await client.userInfo(token)) },
  );
}

export interface JudgedToken {
  readonly token: string;
  readonly audience?: string | undefined;
  /** By which the issuer's clock may differ from ours. */
  readonly clockToleranceSeconds: number;
}

/**
 * The claims of a token that the issuer's present keys have signed, for `audience` where one is given. Throws
 * `source-refused` for any other token and for one without an end, `SourceError` where the keys cannot be had.
 */
export function validateToken(
  place: IssuerPlace,
  settings: ServiceAccountSettings,
  { token, audience, clockToleranceSeconds: clockTolerance }: JudgedToken,
  signal: AbortSignal,
): Promise<JWTPayload> {
  return asking(place, settings, signal, async (client, metadata) => {
    const address = metadata.jwks_uri;
    if (address === undefined) {
      throw new SourceError("source-invalid-answer", `${place.issuer} names no keys (jwks_uri).`);
    }
    const keys = createRemoteJWKSet(new URL(address), {
      [keysFetch]: (url, { headers, signal: inTime }) =>
        client.http.fetch(url, { headers: Object.fromEntries(headers), signal: inTime }),
    });
    const expected = { issuer: place.issuer, ...(audience === undefined ? {} : { audience }) };
    const rules = { ...expected, clockTolerance, requiredClaims: ["exp"] };
    try {
      const { payload } = await jwtVerify(token, keys, rules);
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
