// A token store in memory, for tests that are not about storage.

import type { GrantedTokens, TokenStore, TokenKey } from "../../src/sources/auth/tokens.ts";

export function createMemoryKeeper(): TokenStore & { readonly kept: Map<string, GrantedTokens> } {
  const kept = new Map<string, GrantedTokens>();
  const nameOf = (key: TokenKey): string => JSON.stringify(key);
  return {
    kept,
    provider: (key, grant) => ({
      getToken: async (moment) => {
        const name = nameOf(key);
        let tokens = kept.get(name);
        if (tokens === undefined || moment?.isAfterRefusal === true) {
          const refreshToken = tokens?.refreshToken ?? null;
          const granted = await grant({ refreshToken }, AbortSignal.timeout(10_000));
          tokens = { ...granted, refreshToken: granted.refreshToken ?? refreshToken };
          kept.set(name, tokens);
        }
        return { value: tokens.accessToken, expiresAt: null };
      },
    }),
    put: async (key, granted) => void kept.set(nameOf(key), granted),
    get: async (key) => {
      const tokens = kept.get(nameOf(key));
      return tokens === undefined ? null : { ...tokens, expiresAt: null, isRefused: false };
    },
    forget: async (key) => kept.delete(nameOf(key)),
  };
}
