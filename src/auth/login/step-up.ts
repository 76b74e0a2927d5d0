// Calls a server that may want a sign-in first, or a wider one later (`insufficient_scope`, RFC 6750).

import { SourceError } from "../../core/source-error.ts";
import { readChallenge } from "./challenge.ts";
import type { Challenge } from "./challenge.ts";

/** What a refusal asks for; null where it is no refusal that a sign-in could mend. */
export function wantedBy(error: unknown): Challenge | null {
  if (!(error instanceof SourceError) || error.code !== "source-refused") return null;
  const challenge = readChallenge(error.challenge);
  if (error.status === 401)
    return challenge ?? { error: null, scope: null, resourceMetadata: null };
  return challenge?.error === "insufficient_scope" ? challenge : null;
}

/** Both, each once; null for nothing. */
export function joinScopes(one: string | null, other: string | null): string | null {
  const scopes = new Set([...(one?.split(" ") ?? []), ...(other?.split(" ") ?? [])]);
  return scopes.size === 0 ? null : [...scopes].join(" ");
}

/** A server that is never content must not have a person sign in for ever. */
const mostSignIns = 2;

/**
 * What `work` gives, after as many sign-ins as it takes, two at most: one, and one with the scopes that turned out to be
 * missing, beside those asked for before. Throws what `work` and `signIn` throw.
 */
export async function withSignIn<T>(
  work: () => Promise<T>,
  signIn: (challenge: Challenge) => Promise<void>,
): Promise<T> {
  let asked: string | null = null;
  for (let signIns = 0; ; signIns += 1) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- each try depends on the one before
      return await work();
    } catch (error) {
      const challenge = wantedBy(error);
      if (challenge === null || signIns === mostSignIns) throw error;
      asked = joinScopes(asked, challenge.scope);
      // oxlint-disable-next-line no-await-in-loop -- each try depends on the one before
      await signIn({ ...challenge, scope: asked });
    }
  }
}
