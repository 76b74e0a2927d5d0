// Imports openid-client and jose, so it is loaded only when a token is needed.

import { createPrivateKey, type KeyObject } from "node:crypto";
import { createRemoteJWKSet, customFetch as keysFetch, errors, importPKCS8, jwtVerify } from "jose";
import type { CryptoKey, JWTPayload } from "jose";
import type { ServiceAuth } from "../../config/source/auth.ts";
import { SitrepError } from "../../core/errors.ts";
import { defined, parseObject, readString } from "../../core/read.ts";
import { SourceError } from "../../core/source-error.ts";
import { createIssuerClient, grantedTokens, grantParameters } from "./issuer/client.ts";
import type { ClientProof, IssuerClient, IssuerMetadata } from "./issuer/client.ts";
import { issuerFailure } from "./issuer/failure.ts";
import { openIssuerHttp } from "./issuer/issuer-http.ts";
import { readIssuerMetadata } from "./issuer/metadata.ts";
import { serviceRules, type IssuerAddress } from "./issuer/rules.ts";
import type { Grant } from "./tokens.ts";

type Named = "algorithm" | "keyId" | "scope" | "audience" | "resource";
/** As in a source's settings, but with the secret itself: the client's, or its private key as PEM or JWK. */
export type ServiceAccountSettings = Pick<ServiceAuth, "clientId" | "method" | "secret"> & {
  readonly [Name in Named]?: ServiceAuth[Name] | undefined;
};

/** By curve or type. Other curves use ES256, other types RS256. */
const defaultAlgorithms: Readonly<Record<string, string>> = {
  prime256v1: "ES256",
  secp384r1: "ES384",
  secp521r1: "ES512",
  ed25519: "EdDSA",
  "rsa-pss": "PS256",
};

function defaultAlgorithm({ asymmetricKeyType: type, asymmetricKeyDetails }: KeyObject): string {
  const usual = defaultAlgorithms[asymmetricKeyDetails?.namedCurve ?? type ?? ""];
  return usual ?? (type === "ec" ? "ES256" : "RS256");
}

/** Throws `secret-missing` for a secret that is not a private key. */
async function readKey(
  settings: ServiceAccountSettings,
): Promise<{ key: CryptoKey; kid?: string }> {
  const { secret, algorithm, keyId } = settings;
  const jwk = parseObject(secret);
  try {
    const key = createPrivateKey(jwk === null ? secret : { key: { ...jwk }, format: "jwk" });
    const pem = key.export({ type: "pkcs8", format: "pem" }).toString();
    const signs = algorithm ?? readString(jwk?.["alg"]) ?? defaultAlgorithm(key);
    return {
      key: await importPKCS8(pem, signs),
      ...defined({ kid: keyId ?? readString(jwk?.["kid"]) }),
    };
  } catch (error) {
    const message = "The client's private key cannot be read as PEM or JWK.";
    throw new SitrepError("secret-missing", message, {
      hint: "It must not have a passphrase. To remove the passphrase: openssl pkcs8 -topk8 -nocrypt -in KEY",
      // Only the error's name, because its message could quote the key.
      cause: error instanceof Error ? error.name : null,
    });
  }
}

async function proofOf(settings: ServiceAccountSettings): Promise<ClientProof> {
  const { method, secret } = settings;
  return method === "private_key_jwt"
    ? { method, ...(await readKey(settings)) }
    : { method, secret };
}

async function asking<T>(
  place: IssuerAddress,
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

/** Throws `source-refused` when the issuer refuses the credentials, else another `SourceError`. */
export function serviceAccountGrant(place: IssuerAddress, settings: ServiceAccountSettings): Grant {
  const { scope, resource, audience } = settings;
  const parameters = grantParameters({ scope, resource, audience });
  return (_, signal) =>
    asking(place, settings, signal, async (client) => {
      const response = await client.clientCredentials(parameters);
      // A service account signs in again with its secret.
      return { ...grantedTokens(response), refreshToken: null };
    });
}

/** The issuer's claims about a token's owner; null when it has no such endpoint. Throws `SourceError`. */
export function readUserInfo(
  place: IssuerAddress,
  settings: ServiceAccountSettings,
  token: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>> | null> {
  return asking(place, settings, signal, async (client, metadata) =>
    metadata.userinfo_endpoint === undefined ? null : { ...(await client.userInfo(token)) },
  );
}

export interface CheckedToken {
  readonly token: string;
  readonly audience?: string | undefined;
  readonly clockToleranceSeconds: number;
}

/** Throws `source-refused`, also for a token that never expires, `SourceError` without the keys. */
export function validateToken(
  place: IssuerAddress,
  settings: ServiceAccountSettings,
  { token, audience, clockToleranceSeconds: clockTolerance }: CheckedToken,
  signal: AbortSignal,
): Promise<JWTPayload> {
  return asking(place, settings, signal, async (client, metadata) => {
    const address = metadata.jwks_uri;
    if (address === undefined) {
      throw new SourceError(
        "source-invalid-response",
        `${place.issuer} publishes no keys (jwks_uri).`,
      );
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
      // Failures to read the keys are the issuer's, not the token's.
      if (!(error instanceof errors.JOSEError) || /^ERR_JWKS_(?!NO_M)/.test(error.code))
        throw error;
      throw new SourceError(
        "source-refused",
        `The token is not a valid token from ${place.issuer}.`,
        { cause: error.code },
      );
    }
  });
}
