// Keeps tokens for the whole machine: hooks' monitor, commands and library share what one of them was given.

import { createKeptProvider } from "./token-provider.ts";
import { withMachineLock } from "./machine-lock.ts";
import type { TokenStore, TokenKey } from "./tokens.ts";
import { openTokenEntry } from "./token-entry.ts";
import type { TokenEntry, TokenEntryOptions } from "./token-entry.ts";

export interface TokenStoreOptions extends TokenEntryOptions {
  /** For one request to the issuer, discovery included. Default 10,000 ms. */
  readonly grantTimeoutMs?: number;
}

const lockWaitMs = 15_000;

const underLock = <T>(entry: TokenEntry, work: () => T): Promise<T> =>
  withMachineLock(entry.lock, lockWaitMs, async () => work());

export function createTokenStore(options: TokenStoreOptions): TokenStore {
  const { grantTimeoutMs = 10_000 } = options;
  const entryOf = (key: TokenKey): TokenEntry => openTokenEntry(options, key);

  return {
    provider: (key, grant, secret = "") =>
      createKeptProvider(entryOf(key), { key, grant, secret, grantTimeoutMs }),
    put: async (key, granted) => {
      const entry = entryOf(key);
      await underLock(entry, () =>
        entry.write({ token: entry.made(granted, null, false), rest: null }),
      );
    },
    get: async (key) => {
      const entry = entryOf(key);
      const { token, rest } = entry.read();
      if (token === null) return null;
      // After a rest the count of failures stays until the new token has worked.
      const isNew = token.isAfterRefusal && !token.isRefused;
      const isRefused = rest?.code === "source-refused" && !isNew;
      const { accessToken, refreshToken, scope, lifeMs } = token;
      const { expiresAt } = entry.given(token);
      const expiresInSeconds = (lifeMs - entry.ageOf(token)) / 1000;
      return { accessToken, refreshToken, scope, expiresInSeconds, expiresAt, isRefused };
    },
    forget: async (key) => {
      const entry = entryOf(key);
      return underLock(entry, () => entry.remove());
    },
  };
}
