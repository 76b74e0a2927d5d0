// The sign-in: from the credentials of a request to a principal, or to a refusal.

import { setTimeout as sleep } from "node:timers/promises";
import { SitrepError } from "../../core/errors.ts";
import type { ApiKey, ApiKeys } from "../../store/api-keys.ts";
import { localPrincipal, type Principal } from "../principal.ts";
import { findKey, hashKey, shortestSafeKey } from "./keys.ts";
import type { Limits } from "./limits.ts";
import { isToken, type VerifyToken } from "./tokens.ts";

/** What a request shows of who sent it. */
export interface Credentials {
  /** The bearer token or API key; null when there is none. */
  readonly secret: string | null;
  /** `X-User-ID` and `X-Organization-ID`; null when they are not there. */
  readonly user: string | null;
  readonly organization: string | null;
  /** Where it comes from, for the limit of failures. */
  readonly address: string;
}

export type SignedIn =
  | { readonly principal: Principal }
  | {
      readonly principal: null;
      readonly status: 401 | 403 | 429 | 503;
      readonly code: string;
      readonly reason: string;
      /** Null when waiting does not help. */
      readonly retryAfterMs: number | null;
    };

/** Throws what the database throws. */
export type SignIn = (credentials: Credentials) => Promise<SignedIn>;

export interface SignInDeps {
  readonly keys: ApiKeys;
  readonly verifyToken: VerifyToken;
  readonly limits: Limits;
  /** True where the person has opened the server: without a key everybody is the person at this machine. */
  readonly isOpen: boolean;
}

const mostKnown = 1000;
/** Others' failures refuse no good key. One that is short enough to be guessed is looked at this much later then. */
const guessMs = 1000;

const isShort = (secret: string): boolean => secret.length < shortestSafeKey;

const isName = (text: string): boolean => /^[^\p{Cc}]{1,200}$/u.test(text);

/**
 * A key with `act_as` stands for whom the request names; for any other key such names are as if they were not there. Throws
 * `permission-denied` for another organisation than the key's own: it is not served its own tasks in their place.
 */
function principalOfKey(key: ApiKey, asked: Credentials): Principal {
  const named = (text: string | null): string | null =>
    key.mayActAs && text !== null && isName(text) ? text : null;
  // A user without an organisation at the server in front has none here either, and not the key's.
  const isOfNone = key.mayActAs && asked.organization === "";
  const organization = isOfNone ? "" : (named(asked.organization) ?? key.organization);
  if (organization !== key.organization && !key.inAnyOrganization) {
    throw new SitrepError("permission-denied", "The key acts for its own organisation only.", {
      hint: "One for all of them is made with --act-as --any-organization.",
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

export function createSignIn(deps: SignInDeps): SignIn {
  /** Secrets that could be guessed and were good a moment ago, by their hash. */
  const known = new Set<string>();

  async function principalOf(secret: string, credentials: Credentials): Promise<Principal> {
    if (isToken(secret)) return deps.verifyToken(secret);
    const key = await findKey(deps.keys, secret);
    if (key === null) {
      throw new SitrepError("sign-in-refused", "The key is not known, or was revoked.");
    }
    return principalOfKey(key, credentials);
  }

  async function tryToSignIn(secret: string, credentials: Credentials): Promise<SignedIn> {
    try {
      const principal = await principalOf(secret, credentials);
      if (isShort(secret)) known.add(hashKey(secret));
      const [oldest] = known;
      if (known.size > mostKnown && oldest !== undefined) known.delete(oldest);
      return { principal };
    } catch (error) {
      if (!(error instanceof SitrepError)) throw error;
      const { code, message: reason } = error;
      if (code === "sign-in-unavailable") {
        return { principal: null, status: 503, code, reason, retryAfterMs: 5000 };
      }
      if (code === "permission-denied") {
        return { principal: null, status: 403, code, reason, retryAfterMs: null };
      }
      if (code !== "sign-in-refused") throw error;
      const retryAfterMs = await deps.limits.countFailure(credentials.address);
      if (retryAfterMs === null)
        return { principal: null, status: 401, code, reason, retryAfterMs };
      const tooMany = "Too many sign-ins failed from this address.";
      return {
        principal: null,
        status: 429,
        code: "too-many-failures",
        reason: tooMany,
        retryAfterMs,
      };
    }
  }

  return async (credentials) => {
    const { secret, address } = credentials;
    if (secret === null) {
      if (deps.isOpen) return { principal: localPrincipal };
      const reason = "A key or a token is needed.";
      return { principal: null, status: 401, code: "sign-in-needed", reason, retryAfterMs: null };
    }
    const mayBeGuess = isShort(secret) && !known.has(hashKey(secret));
    if (mayBeGuess && (await deps.limits.isSuspect(address))) await sleep(guessMs);
    return tryToSignIn(secret, credentials);
  };
}
