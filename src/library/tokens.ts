// Tokens that sign a client in. One interface: a token that is known, or one that somebody gives out and renews.

import { SourceError } from "../core/source-error.ts";

export interface AccessToken {
  /** Sent as `Authorization: Bearer …`. */
  readonly value: string;
  /** Epoch milliseconds; null where it is not known to expire. */
  readonly expiresAt: number | null;
}

/** When a token is asked for. */
export interface TokenMoment {
  /** The server has just answered 401 to the token before. */
  readonly isAfterRefusal: boolean;
}

export interface TokenProvider {
  /** A token to send now. Throws `source-refused` when none is to be had. */
  getToken(moment?: TokenMoment): Promise<AccessToken>;
}

/** A token that never changes: one that the server has refused is given again. */
export function staticToken(value: string): TokenProvider {
  const token: AccessToken = { value, expiresAt: null };
  return { getToken: async () => token };
}

const renewBeforeMs = 60_000;
const shareOfLife = 0.8;

interface Kept {
  token: AccessToken;
  /** Epoch milliseconds. */
  renewAt: number;
}

/**
 * Tokens from `obtain`, which is asked once for concurrent callers. One is kept until 60 s before it expires or 80 % of
 * its life, whichever is later, and dropped when the server refuses it. `now` is epoch milliseconds.
 */
export function renewedTokens(
  obtain: () => Promise<AccessToken>,
  now: () => number = Date.now,
): TokenProvider {
  let kept: Kept | null = null;
  let asking: Promise<Kept> | null = null;

  async function ask(): Promise<Kept> {
    const askedAt = now();
    const token = await obtain().catch((cause: unknown) => {
      if (cause instanceof SourceError) throw cause;
      throw new SourceError("source-refused", "No token was to be had.", { cause });
    });
    const { expiresAt } = token;
    const renewAt =
      expiresAt === null
        ? Number.POSITIVE_INFINITY
        : Math.max(expiresAt - renewBeforeMs, askedAt + (expiresAt - askedAt) * shareOfLife);
    kept = { token, renewAt };
    return kept;
  }

  return {
    getToken: async ({ isAfterRefusal } = { isAfterRefusal: false }) => {
      if (!isAfterRefusal && kept !== null && now() < kept.renewAt) return kept.token;
      asking ??= ask().finally(() => (asking = null));
      return (await asking).token;
    },
  };
}
