// Calls a server that may want a sign-in first, or a wider one later (`insufficient_scope`, RFC 6750).

import { SourceError } from "../../../core/source-error.ts";
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

/**
 * What `work` gives, after the sign-ins that it takes: one, and where that turns out to lack a scope, one more with it
 * beside those asked for before. A server that refuses what it has just been shown is not asked again. Throws what `work`
 * and `signIn` throw.
 */
export async function withSignIn<T>(
  work: () => Promise<T>,
  signIn: (challenge: Challenge) => Promise<void>,
): Promise<T> {
  const first = await tryOnce(work);
  if (!("wanted" in first)) return first.value;
  await signIn(first.wanted);
  const second = await tryOnce(work);
  if (!("wanted" in second)) return second.value;
  const { wanted } = second;
  const scope = joinScopes(first.wanted.scope, wanted.scope);
  if (wanted.error !== "insufficient_scope" || scope === first.wanted.scope) throw second.refusal;
  await signIn({ ...wanted, scope });
  return work();
}

async function tryOnce<T>(
  work: () => Promise<T>,
): Promise<{ value: T } | { wanted: Challenge; refusal: unknown }> {
  try {
    return { value: await work() };
  } catch (refusal) {
    const wanted = wantedBy(refusal);
    if (wanted === null) throw refusal;
    return { wanted, refusal };
  }
}
