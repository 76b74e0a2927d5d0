// JSON Web Tokens: which are believed, and signing them where there is no identity provider. Each kind of key has its
// algorithms pinned, so that a public key can never pass for a secret (RFC 8725, 2.1 and 3.1).

import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from "jose";
import type { JWTVerifyOptions } from "jose";
import { SitrepError } from "../../core/errors.ts";
import type { Principal } from "../principal.ts";
import { principalOf } from "./claims.ts";
import { createIssuerKeys } from "./issuer-keys.ts";
import { ownAudience, ownIssuer } from "./token-settings.ts";
import type { TokenSettings } from "./token-settings.ts";

const signatures = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
];
const asymmetric = [...signatures, "EdDSA", "Ed25519"];

export const tokenLifeSeconds = 3600;
const clockToleranceSeconds = 5;

/** Gives the principal. Throws `sign-in-refused`, or `sign-in-unavailable` while the issuer's keys cannot be had. */
export type VerifyToken = (token: string) => Promise<Principal>;

const refused = (why: string, cause?: unknown): SitrepError =>
  new SitrepError("sign-in-refused", `The token was refused: ${why}.`, { cause });

/** What is wrong with it, in words that quote nothing of it. */
function reasonOf(error: unknown): string | null {
  if (error instanceof errors.JWTExpired) return "it has expired";
  if (error instanceof errors.JWTClaimValidationFailed)
    return `its claim ${error.claim} does not fit`;
  if (error instanceof errors.JOSEAlgNotAllowed) return "its algorithm is not allowed";
  if (error instanceof errors.JWSSignatureVerificationFailed) return "its signature does not fit";
  if (error instanceof errors.JWKSNoMatchingKey) return "the issuer has no such key";
  // These speak of the issuer and not of the token.
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return null;
  return error instanceof errors.JOSEError && error.code !== "ERR_JOSE_GENERIC"
    ? "it is no valid token"
    : null;
}

/** True for three parts of which the first is a header: no API key of ours looks so. */
export function isToken(secret: string): boolean {
  if (secret.split(".").length !== 3) return false;
  try {
    return typeof decodeProtectedHeader(secret) === "object";
  } catch {
    return false;
  }
}

const rules = (from: string, audience: readonly string[], algorithms: string[]) => ({
  issuer: from,
  audience: [...audience],
  algorithms,
  clockTolerance: clockToleranceSeconds,
  requiredClaims: ["exp", "sub", "aud"],
});

/** Verifies tokens of the issuer and tokens signed with the secret, each by its own rules. */
export function createTokenVerifier(settings: TokenSettings): VerifyToken {
  const { issuer, audiences, secret } = settings;
  const issuerKeys = createIssuerKeys(settings);
  const ownRules: JWTVerifyOptions = rules(ownIssuer, [ownAudience(settings)], ["HS256"]);

  async function claimsOf(token: string): Promise<Readonly<Record<string, unknown>>> {
    const isOwn = decodeProtectedHeader(token).alg === "HS256";
    if (isOwn) {
      if (secret === null) throw refused("its algorithm is not allowed");
      return (await jwtVerify(token, secret, ownRules)).payload;
    }
    if (issuer === null) throw refused("no issuer is set");
    return (await jwtVerify(token, issuerKeys, rules(issuer, audiences, asymmetric))).payload;
  }

  return async (token) => {
    try {
      return principalOf(await claimsOf(token), settings);
    } catch (error) {
      if (error instanceof SitrepError) throw error;
      const reason = reasonOf(error);
      if (reason !== null) throw refused(reason, error);
      throw new SitrepError("sign-in-unavailable", `The issuer ${issuer} cannot be asked.`, {
        cause: error,
      });
    }
  };
}

export interface NewToken {
  readonly organization: string;
  readonly user: string;
  readonly permissions: readonly string[];
  readonly audience: string;
  readonly lifeSeconds: number;
}

/** Signs a token that this server believes as long as it has the same secret. */
export function signToken(token: NewToken, secret: Uint8Array, now: Date): Promise<string> {
  const issuedAt = Math.floor(now.getTime() / 1000);
  return new SignJWT({ organization_id: token.organization, permissions: [...token.permissions] })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuer(ownIssuer)
    .setAudience(token.audience)
    .setSubject(token.user)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + token.lifeSeconds)
    .sign(secret);
}
