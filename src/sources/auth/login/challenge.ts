// `WWW-Authenticate` of a refusal (RFC 9110, RFC 6750, RFC 9728) is untrusted text.

import { SourceError } from "../../../core/source-error.ts";

export interface Challenge {
  readonly error: string | null;
  readonly scope: string | null;
  readonly resourceMetadata: string | null;
}

const longest = 4096;
const parameter = /([a-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/gi;
const scopeWords = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;

/** Scopes as RFC 6749 spells them; null for anything else. */
export const readScope = (text: string | null | undefined): string | null =>
  text && text.length <= 2000 && scopeWords.test(text) ? text : null;

export function readChallenge(header: string | null): Challenge | null {
  const text = header?.slice(0, longest) ?? "";
  const begin = /(?:^|,)\s*bearer(?=\s|$|,)/i.exec(text);
  if (begin === null) return null;
  const found = new Map<string, string>();
  for (const [, name = "", quoted, plain] of text.slice(begin.index).matchAll(parameter)) {
    const value = quoted?.replace(/\\(.)/g, "$1") ?? plain ?? "";
    if (!found.has(name.toLowerCase())) found.set(name.toLowerCase(), value);
  }
  return {
    error: found.get("error") ?? null,
    scope: readScope(found.get("scope")),
    resourceMetadata: found.get("resource_metadata") ?? null,
  };
}

/** What a refusal requires of a sign-in; null when a sign-in does not help. */
export function findChallenge(error: unknown): Challenge | null {
  if (!(error instanceof SourceError) || error.code !== "source-refused") return null;
  const challenge = readChallenge(error.challenge);
  if (error.status === 401) {
    return challenge ?? { error: null, scope: null, resourceMetadata: null };
  }
  return challenge?.error === "insufficient_scope" ? challenge : null;
}

export function joinScopes(one: string | null, other: string | null): string | null {
  const scopes = new Set([...(one?.split(" ") ?? []), ...(other?.split(" ") ?? [])]);
  return scopes.size === 0 ? null : [...scopes].join(" ");
}

/** A second sign-in adds a missing scope. Any other refusal of the new token is final. */
export async function signInAndRetry<T>(
  work: () => Promise<T>,
  signIn: (challenge: Challenge) => Promise<void>,
): Promise<T> {
  let asked = null as Challenge | null;
  for (let signIns = 0; signIns < 2; signIns += 1) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- each try needs the sign-in before it
      return await work();
    } catch (refusal) {
      const wanted = findChallenge(refusal);
      if (wanted === null) throw refusal;
      const scope = joinScopes(asked?.scope ?? null, wanted.scope);
      const isWider = wanted.error === "insufficient_scope" && scope !== asked?.scope;
      if (asked !== null && !isWider) throw refusal;
      asked = { ...wanted, scope };
    }
    // oxlint-disable-next-line no-await-in-loop
    await signIn(asked);
  }
  return work();
}
