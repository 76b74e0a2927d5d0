// Each kind of key has its algorithms pinned: no public key passes for a secret (RFC 8725).

import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  jwtVerify,
  SignJWT,
  type JWTVerifyOptions,
} from "jose";
import { SitrepError } from "../../core/errors.ts";
import { defaultClockToleranceSeconds } from "../../core/token-times.ts";
import type { Permission, Principal } from "../principal.ts";
import { createIssuerKeys } from "./issuer-keys.ts";

export interface TokenSettings {
  readonly issuer: string | null;
  /** A token must be for one of these. */
  readonly audiences: readonly string[];
  readonly jwksUrl: string | null;
  /** For tokens that `sitrep serve token create` signs: 32 bytes or more; null for none. */
  readonly secret: Uint8Array | null;
  /** The claims that may name the organization; the first that is present counts. */
  readonly organizationClaims: readonly string[];
  readonly organization: string | null;
}

export const ownIssuer = "sitrep";

export const ownAudience = ({ audiences }: Pick<TokenSettings, "audiences">): string =>
  audiences[0] ?? ownIssuer;

/** RFC 7518, 3.2: a key for HS256 is at least as long as the hash. */
export const smallestSecretBytes = 32;

type Claims = Readonly<Record<string, unknown>>;

/** The permissions of our OAuth scopes; other scopes grant none. */
export const scopePermissions: Readonly<Record<string, Permission>> = {
  "mcp.tools": "tools",
  "mcp.resources": "resources",
  "mcp.admin": "admin",
};

/** A list, or words with spaces between them (RFC 6749, 3.3). */
function words(claim: unknown): string[] {
  if (typeof claim === "string") return claim.split(" ").filter((word) => word !== "");
  return Array.isArray(claim) ? claim.filter((word) => typeof word === "string") : [];
}

function permissionsOf(claims: Claims): Permission[] {
  const scoped = [...words(claims["scope"]), ...words(claims["scp"])].flatMap(
    (scope) => scopePermissions[scope] ?? [],
  );
  return [...new Set([...scoped, ...words(claims["permissions"])])];
}

/** Throws `sign-in-refused` for a token without a user, or without an organization if none is set. */
function principalOf(
  claims: Claims,
  names: Pick<TokenSettings, "organizationClaims" | "organization">,
): Principal {
  const named = names.organizationClaims
    .map((claim) => claims[claim])
    .find((value) => typeof value === "string" && value !== "");
  const organization = typeof named === "string" ? named : names.organization;
  if (organization === null) {
    throw new SitrepError("sign-in-refused", "The token has no organization.", {
      hint: `Add the claim ${names.organizationClaims.join(" or ")} at the issuer, or set SITREP_ORGANIZATION.`,
    });
  }
  const user = claims["sub"];
  if (typeof user !== "string" || user === "") {
    throw new SitrepError("sign-in-refused", "The token has no user.");
  }
  return { organization, user, permissions: permissionsOf(claims), by: "token" };
}

const signatures = ["RS", "PS", "ES"].flatMap((kind) =>
  [256, 384, 512].map((bits) => `${kind}${bits}`),
);
const asymmetric = [...signatures, "EdDSA", "Ed25519"];

/** When a token that was verified expires; null if it does not say. */
export function tokenEnd(token: string): Date | null {
  const { exp } = decodeJwt(token);
  return exp === undefined ? null : new Date(exp * 1000);
}

export const tokenLifeSeconds = 3600;

/** Throws `sign-in-refused`, or `sign-in-unavailable` while the issuer's keys cannot be fetched. */
export type VerifyToken = (token: string) => Promise<Principal>;

const refused = (why: string, cause?: unknown): SitrepError =>
  new SitrepError("sign-in-refused", `The token was refused: ${why}.`, { cause });

/** Why a token is refused, without quoting it; null if the issuer is at fault. */
function reasonOf(error: unknown): string | null {
  if (error instanceof errors.JWTExpired) return "it has expired";
  if (error instanceof errors.JWTClaimValidationFailed)
    return `its claim ${error.claim} is not valid here`;
  if (error instanceof errors.JOSEAlgNotAllowed) return "its algorithm is not allowed";
  if (error instanceof errors.JWSSignatureVerificationFailed) return "its signature is not valid";
  if (error instanceof errors.JWKSNoMatchingKey) return "the issuer has no such key";
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return null;
  return error instanceof errors.JOSEError && error.code !== "ERR_JOSE_GENERIC"
    ? "it is not a valid token"
    : null;
}

/** True for three parts of which the first is a header: API keys do not look like this. */
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
  clockTolerance: defaultClockToleranceSeconds,
  requiredClaims: ["exp", "sub", "aud"],
});

export function createTokenVerifier(settings: TokenSettings): VerifyToken {
  const { issuer, audiences, secret } = settings;
  const issuerKeys = createIssuerKeys(issuer, settings.jwksUrl);
  const ownRules: JWTVerifyOptions = rules(ownIssuer, [ownAudience(settings)], ["HS256"]);

  async function claimsOf(token: string): Promise<Claims> {
    if (decodeProtectedHeader(token).alg === "HS256") {
      if (secret === null) throw refused("its algorithm is not allowed");
      return (await jwtVerify(token, secret, ownRules)).payload;
    }
    if (issuer === null) throw refused("this server has no issuer configured");
    return (await jwtVerify(token, issuerKeys, rules(issuer, audiences, asymmetric))).payload;
  }

  return async (token) => {
    try {
      return principalOf(await claimsOf(token), settings);
    } catch (error) {
      if (error instanceof SitrepError) throw error;
      const reason = reasonOf(error);
      if (reason !== null) throw refused(reason, error);
      throw new SitrepError("sign-in-unavailable", `Could not reach the issuer ${issuer}.`, {
        cause: error,
      });
    }
  };
}

interface NewToken extends Omit<Principal, "by"> {
  readonly audience: string;
  readonly lifeSeconds: number;
}

/** The server accepts the token as long as it has the same secret. */
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
