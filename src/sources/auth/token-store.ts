// Only one process at a time asks for a new token. After a refusal, all wait for the cooldown.

import { SourceError } from "../../core/source-error.ts";
import { withMachineLock, isLockQueued } from "./machine-lock.ts";
import { recentlyIssuedMs } from "../../core/token-times.ts";
import { openTokenEntry, type TokenEntry, type TokenEntryOptions } from "./token-entry.ts";
import type { TokenRecord } from "./token-record.ts";
import type { TokenStore, TokenKey, AccessToken, Grant, TokenProvider } from "./tokens.ts";

interface AskOptions {
  readonly key: TokenKey;
  readonly grant: Grant;
  readonly secret: string;
  readonly grantTimeoutMs: number;
}

/** How long to wait for a new token while the present one is still valid. */
const patienceMs = 3000;
/** Another process's request may take this much longer than our own. */
const spareMs = 5000;

function cooldownError(key: TokenKey, { cooldown }: TokenRecord, leftMs: number): SourceError {
  const isRefused = cooldown?.code === "source-refused";
  const plain = isRefused
    ? `The sign-in to ${key.origin} at ${key.issuer} was refused.`
    : `${key.issuer} did not issue a token for ${key.origin}.`;
  const { message, hint } = cooldown?.said ?? { message: plain, hint: "" };
  const atOnce = isRefused ? ", or immediately with another secret" : "";
  const next = `Next attempt in ${Math.ceil(leftMs / 1000)} s${atOnce}.`;
  return new SourceError(cooldown?.code ?? "source-cooldown", message, {
    hint: hint === "" ? next : `${hint.replace(/[^.]$/, "$&.")} ${next}`,
    retryAfterMs: leftMs,
    isUnsent: true,
  });
}

/** Asks the issuer, and keeps the result. Only under the machine lock. */
async function ask(
  entry: TokenEntry,
  { key, grant, secret, grantTimeoutMs }: AskOptions,
  refused: string | null,
): Promise<AccessToken> {
  const record = entry.read();
  const { token } = record;
  const isRefused = token !== null && (token.isRefused || token.accessToken === refused);
  const marked = isRefused ? { ...record, token: { ...token, isRefused } } : record;
  const isSecond = token?.accessToken === refused && token?.isAfterRefusal === true;
  // The second refusal in a row: the token requested after the first one has never worked.
  if (token !== null && isSecond && entry.ageOf(token) < recentlyIssuedMs) {
    const failed = entry.withFailure(marked, "source-refused", secret);
    entry.write(failed);
    throw cooldownError(key, failed, entry.cooldownLeft(failed, secret) ?? 0);
  }
  const good = entry.usable(record, refused);
  const kept = { refreshToken: token?.refreshToken ?? null };
  // An issuer may have replaced the refresh token already. Giving up would then make a person sign in again.
  const mayGiveUp = good !== null && kept.refreshToken === null;
  const timeoutMs = mayGiveUp ? Math.min(patienceMs, grantTimeoutMs) : grantTimeoutMs;
  try {
    const granted = await grant(kept, AbortSignal.timeout(timeoutMs));
    const made = entry.made(granted, token, isRefused);
    // After a cooldown the failures still count until the new token has worked.
    entry.write({ token: made, cooldown: token?.isRefused === true ? record.cooldown : null });
    return entry.given(made);
  } catch (error) {
    const known = error instanceof SourceError ? error : undefined;
    entry.write(entry.withFailure(marked, known?.code ?? "source-failed", secret, known));
    if (good !== null) return entry.given(good);
    throw error;
  }
}

function createProvider(entry: TokenEntry, options: AskOptions): TokenProvider {
  const { key, secret, grantTimeoutMs } = options;
  let lastGiven: string | null = null;

  /** A token that needs no request, or null. Throws during a cooldown. */
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
      // The lock's holder is renewing it: a token that is merely due will do meanwhile.
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

export interface TokenStoreOptions extends TokenEntryOptions {
  /** For one request to the issuer, discovery included. Default 10,000 ms. */
  readonly grantTimeoutMs?: number;
}

const lockWaitMs = 15_000;

export function createTokenStore(options: TokenStoreOptions): TokenStore {
  const { grantTimeoutMs = 10_000 } = options;
  const entryOf = (key: TokenKey): TokenEntry => openTokenEntry(options, key);
  const underLock = <T>(key: TokenKey, work: (entry: TokenEntry) => T): Promise<T> => {
    const entry = entryOf(key);
    return withMachineLock(entry.lock, lockWaitMs, async () => work(entry));
  };

  return {
    provider: (key, grant, secret = "") =>
      createProvider(entryOf(key), { key, grant, secret, grantTimeoutMs }),
    put: (key, granted) =>
      underLock(key, (entry) =>
        entry.write({ token: entry.made(granted, null, false), cooldown: null }),
      ),
    get: async (key) => {
      const entry = entryOf(key);
      const { token, cooldown } = entry.read();
      if (token === null) return null;
      // As in ask(): the failures still count, but not as a refusal of the new token.
      const isNew = token.isAfterRefusal && !token.isRefused;
      const isRefused = cooldown?.code === "source-refused" && !isNew;
      const { accessToken, refreshToken, scope, lifetimeMs } = token;
      const { expiresAt } = entry.given(token);
      const expiresInSeconds = (lifetimeMs - entry.ageOf(token)) / 1000;
      return { accessToken, refreshToken, scope, expiresInSeconds, expiresAt, isRefused };
    },
    forget: (key) => underLock(key, (entry) => entry.remove()),
  };
}
