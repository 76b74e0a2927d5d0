// Keeps tokens for the whole machine: hooks' monitor, commands and library share what one of them was given.

import { createKeptProvider } from "./kept-provider.ts";
import { inTurn } from "./machine-turn.ts";
import type { TokenKeeper, TokenKey } from "./token-keeper-port.ts";
import { openTokenShelf } from "./token-shelf.ts";
import type { TokenShelf, TokenShelfOptions } from "./token-shelf.ts";

export interface TokenKeeperOptions extends TokenShelfOptions {
  /** For one request to the issuer, discovery included. Default 10,000 ms. */
  readonly grantTimeoutMs?: number;
}

const turnMs = 15_000;

const inTurnOf = <T>(shelf: TokenShelf, work: () => T): Promise<T> =>
  inTurn(shelf.lock, turnMs, async () => work());

export function createTokenKeeper(options: TokenKeeperOptions): TokenKeeper {
  const { grantTimeoutMs = 10_000 } = options;
  const shelfOf = (key: TokenKey): TokenShelf => openTokenShelf(options, key);

  return {
    provider: (key, grant, secret = "") =>
      createKeptProvider(shelfOf(key), { key, grant, secret, grantTimeoutMs }),
    put: async (key, granted) => {
      const shelf = shelfOf(key);
      await inTurnOf(shelf, () =>
        shelf.write({ token: shelf.made(granted, null, false), rest: null }),
      );
    },
    get: async (key) => {
      const shelf = shelfOf(key);
      const { token, rest } = shelf.read();
      if (token === null) return null;
      // After a rest the count of failures stays until the new token has worked.
      const isNew = token.isAfterRefusal && !token.isRefused;
      const isRefused = rest?.code === "source-refused" && !isNew;
      const { accessToken, refreshToken, scope, lifeMs } = token;
      const { expiresAt } = shelf.given(token);
      const expiresInSeconds = (lifeMs - shelf.ageOf(token)) / 1000;
      return { accessToken, refreshToken, scope, expiresInSeconds, expiresAt, isRefused };
    },
    forget: async (key) => {
      const shelf = shelfOf(key);
      return inTurnOf(shelf, () => shelf.remove());
    },
  };
}
