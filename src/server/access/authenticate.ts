import { setTimeout as sleep } from "node:timers/promises";
import { SitrepError } from "../../core/errors.ts";
import type { ApiKey, ApiKeys } from "../../store/api-keys.ts";
import { localPrincipal, type Principal } from "../principal.ts";
import { findKey, hashKey, shortestSafeKey } from "./keys.ts";
import type { Limits } from "./limits.ts";
import { isToken, type VerifyToken } from "./verify-token.ts";

export interface Credentials {
  readonly secret: string | null;
  readonly user: string | null;
  readonly organization: string | null;
  readonly address: string;
}

export interface Refused {
  readonly principal: null;
  readonly status: 401 | 403 | 429 | 503;
  readonly code: string;
  readonly reason: string;
  readonly retryAfterMs: number | null;
}

export type Authenticated = { readonly principal: Principal } | Refused;

export type Authenticate = (credentials: Credentials) => Promise<Authenticated>;

export interface AuthDeps {
  readonly keys: ApiKeys;
  readonly verifyToken: VerifyToken;
  readonly limits: Limits;
  /** True if a person opened the server: without a key, everybody is the person at this machine. */
  readonly isOpen: boolean;
}

const maxKnown = 1000;
/** After many failures from its address, a key that is short enough to be guessed is checked this much later. */
const guessMs = 1000;

const isShort = (secret: string): boolean => secret.length < shortestSafeKey;

const isName = (text: string): boolean => /^[^\p{Cc}]{1,200}$/u.test(text);

export const refused = (
  status: Refused["status"],
  code: string,
  reason: string,
  retryAfterMs: number | null = null,
): Refused => ({ principal: null, status, code, reason, retryAfterMs });

/** A key with `act_as` stands for the user that the request names. Throws `permission-denied`. */
export function principalOfKey(
  key: ApiKey,
  asked: Pick<Credentials, "user" | "organization">,
): Principal {
  const named = (text: string | null): string | null =>
    key.mayActAs && text !== null && isName(text) ? text : null;
  // A user without an organization on the forwarding server has none here either, instead of the key's.
  const isOfNone = key.mayActAs && asked.organization === "";
  const organization = isOfNone ? "" : (named(asked.organization) ?? key.organization);
  if (organization !== key.organization && !key.inAnyOrganization) {
    throw new SitrepError("permission-denied", "The key can act for its own organization only.", {
      hint: "To create a key for all organizations, use --act-as --any-organization.",
    });
  }
  return {
    organization,
    user: named(asked.user) ?? key.user,
    permissions: key.permissions,
    by: "key",
    keyId: key.id,
    ...(key.rateLimit === null ? {} : { limit: key.rateLimit }),
  };
}

export function createAuthenticate({ keys, verifyToken, limits, isOpen }: AuthDeps): Authenticate {
  const known = new Set<string>();

  async function principalOf(secret: string, credentials: Credentials): Promise<Principal> {
    if (isToken(secret)) return verifyToken(secret);
    const key = await findKey(keys, secret);
    if (key === null) {
      throw new SitrepError("sign-in-refused", "The key is unknown, or was revoked.");
    }
    return principalOfKey(key, credentials);
  }

  async function refusalOf(error: unknown, address: string): Promise<Refused> {
    if (!(error instanceof SitrepError)) throw error;
    const { code, message } = error;
    if (code === "sign-in-unavailable") return refused(503, code, message, 5000);
    if (code === "permission-denied") return refused(403, code, message);
    if (code !== "sign-in-refused") throw error;
    const waitMs = await limits.countFailure(address);
    const tooMany = "Too many failed sign-ins from this address.";
    return waitMs === null
      ? refused(401, code, message)
      : refused(429, "too-many-failures", tooMany, waitMs);
  }

  return async (credentials) => {
    const { secret, address } = credentials;
    if (secret === null) {
      return isOpen
        ? { principal: localPrincipal }
        : refused(401, "sign-in-needed", "A key or a token is required.");
    }
    const mayBeGuess = isShort(secret) && !known.has(hashKey(secret));
    if (mayBeGuess && (await limits.isSuspect(address))) await sleep(guessMs);
    try {
      const principal = await principalOf(secret, credentials);
      if (isShort(secret)) known.add(hashKey(secret));
      const [oldest] = known;
      if (known.size > maxKnown && oldest !== undefined) known.delete(oldest);
      return { principal };
    } catch (error) {
      return await refusalOf(error, address);
    }
  };
}
