// Gives the token that is kept for a key, and asks the issuer for another when it is due or refused. Whoever has refused
// is left alone for a while, by every process.

import { SourceError } from "../../core/source-error.ts";
import { withMachineLock, isLockQueued } from "./machine-lock.ts";
import type { TokenRecord } from "./token-files.ts";
import type { AccessToken, Grant, TokenKey, TokenProvider } from "./tokens.ts";
import { youngMs } from "./token-life.ts";
import type { TokenEntry } from "./token-entry.ts";

export interface AskOptions {
  readonly key: TokenKey;
  readonly grant: Grant;
  /** What the grant signs in with. */
  readonly secret: string;
  /** For one request to the issuer, discovery included. Milliseconds. */
  readonly grantTimeoutMs: number;
}

/** While the present token is still good, nobody waits longer for a better one. */
const patienceMs = 3000;
/** Longer than the request of another process may take. */
const spareMs = 5000;

function cooldownError(key: TokenKey, { rest }: TokenRecord, leftMs: number): SourceError {
  const isRefused = rest?.code === "source-refused";
  return new SourceError(
    rest?.code ?? "source-cooldown",
    isRefused
      ? `The sign-in to ${key.origin} at ${key.issuer} is refused.`
      : `${key.issuer} gives no token for ${key.origin}.`,
    {
      hint: `It is asked again in ${Math.ceil(leftMs / 1000)} s${isRefused ? ", or at once with another secret" : ""}.`,
      retryAfterMs: leftMs,
      isUnsent: true,
    },
  );
}

/** Asks the issuer, and keeps what comes of it. Only in the machine's turn. */
async function ask(
  entry: TokenEntry,
  { key, grant, secret, grantTimeoutMs }: AskOptions,
  refused: string | null,
): Promise<AccessToken> {
  const record = entry.read();
  const { token } = record;
  const isRefused = token !== null && (token.isRefused || token.accessToken === refused);
  const marked = isRefused ? { ...record, token: { ...token, isRefused } } : record;
  if (token !== null && token.accessToken === refused && token.isAfterRefusal) {
    // The second refusal in a row: what was asked for because of the first has never worked.
    if (entry.ageOf(token) < youngMs) {
      const rested = entry.rested(marked, "source-refused", secret);
      entry.write(rested);
      throw cooldownError(key, rested, entry.cooldownLeft(rested, secret) ?? 0);
    }
  }
  const good = entry.usable(record, refused);
  const kept = { refreshToken: token?.refreshToken ?? null };
  // Given up halfway, an issuer that replaces refresh tokens has used the old one up: a person would have to sign in again.
  const mayGiveUp = good !== null && kept.refreshToken === null;
  const timeoutMs = mayGiveUp ? Math.min(patienceMs, grantTimeoutMs) : grantTimeoutMs;
  try {
    const granted = await grant(kept, AbortSignal.timeout(timeoutMs));
    const made = entry.made(granted, token, isRefused);
    // After a rest the count of failures stays until the new token has worked.
    entry.write({ token: made, rest: token?.isRefused === true ? record.rest : null });
    return entry.given(made);
  } catch (error) {
    const code = error instanceof SourceError ? error.code : "source-failed";
    entry.write(entry.rested(marked, code, secret));
    if (good !== null) return entry.given(good);
    throw error;
  }
}

export function createKeptProvider(entry: TokenEntry, options: AskOptions): TokenProvider {
  const { key, secret, grantTimeoutMs } = options;
  let lastGiven: string | null = null;

  /** What there is to say without asking: a token, or null. Throws while the issuer is left alone. */
  function known(refused: string | null, mayBeDue = false): AccessToken | null {
    const record = entry.read();
    const good = entry.usable(record, refused);
    if (good !== null && (mayBeDue || !entry.isDue(good))) return entry.given(good);
    const leftMs = entry.cooldownLeft(record, secret);
    if (leftMs === null) return null;
    if (good !== null) return entry.given(good);
    throw cooldownError(key, record, leftMs);
  }

  async function obtain(refused: string | null): Promise<AccessToken> {
    const atHand = known(refused, isLockQueued(entry.lock));
    if (atHand !== null) return atHand;
    return withMachineLock(
      entry.lock,
      grantTimeoutMs + spareMs,
      async () => known(refused) ?? (await ask(entry, options, refused)),
      // Whoever has the turn is asking already: a token that is merely due will do meanwhile.
      () => known(refused, true),
    );
  }

  return {
    getToken: async (moment = { isAfterRefusal: false }) => {
      const refused = moment.isAfterRefusal ? (moment.refused ?? lastGiven) : null;
      const token = await obtain(refused);
      lastGiven = token.value;
      return token;
    },
  };
}
