// Token providers for a program's own tokens: a fixed token, or tokens that are obtained, kept and renewed in memory.

import type { AccessToken, TokenMoment, TokenProvider } from "../sources/auth/tokens.ts";
import { SourceError } from "../core/source-error.ts";
import {
  cooldownMs,
  renewAgeMs,
  defaultRenewBeforeMs,
  recentlyIssuedMs,
} from "../core/token-times.ts";

export type { AccessToken, TokenMoment, TokenProvider };

/** Provides a token that never changes, even after the server has refused it. */
export function staticToken(value: string): TokenProvider {
  const token: AccessToken = { value, expiresAt: null };
  return { getToken: async () => token };
}

/**
 * Provides tokens from `obtain`; concurrent callers share a token. A token is kept until 60 s before it expires or 80 %
 * of its lifetime, whichever is later, and dropped if the server refuses it. If the server also refuses the next token,
 * `obtain` is not called for a minute, growing to 15. `now`: epoch milliseconds.
 */
export function renewedTokens(
  obtain: () => Promise<AccessToken>,
  now: () => number = Date.now,
): TokenProvider {
  let kept: Awaited<ReturnType<typeof ask>> | null = null;
  let asking: ReturnType<typeof ask> | null = null;
  let cooldown = { until: 0, failures: 0 };

  async function ask(isAfterRefusal: boolean) {
    const askedAt = now();
    const token = await obtain().catch((cause: unknown) => {
      if (cause instanceof SourceError) throw cause;
      throw new SourceError("source-refused", "Could not get a token.", { cause });
    });
    const { expiresAt } = token;
    const renewAt =
      expiresAt === null
        ? Number.POSITIVE_INFINITY
        : askedAt + renewAgeMs(expiresAt - askedAt, defaultRenewBeforeMs);
    return { token, renewAt, askedAt, isAfterRefusal };
  }

  function requireNoCooldown(): void {
    const retryAfterMs = cooldown.until - now();
    if (retryAfterMs <= 0) return;
    throw new SourceError("source-refused", "The server refuses every token.", {
      hint: `Next attempt in ${Math.ceil(retryAfterMs / 1000)} s.`,
      retryAfterMs,
      isUnsent: true,
    });
  }

  /** Starts a cooldown after the second refusal in a row: the token that replaced the first one never worked. */
  function noteRefusal(): void {
    if (kept === null || !kept.isAfterRefusal || now() - kept.askedAt >= recentlyIssuedMs) return;
    const failures = cooldown.failures + 1;
    cooldown = { until: now() + cooldownMs(true, failures), failures };
    kept = null;
  }

  return {
    getToken: async (moment = { isAfterRefusal: false }) => {
      const isRefused =
        moment.isAfterRefusal &&
        kept !== null &&
        (moment.refused === undefined || moment.refused === kept.token.value);
      if (isRefused && asking === null) noteRefusal();
      if (!isRefused && kept !== null && now() < kept.renewAt) return kept.token;
      if (!isRefused && kept !== null) cooldown = { until: 0, failures: 0 };
      requireNoCooldown();
      asking ??= ask(isRefused || cooldown.failures > 0)
        .then((made) => (kept = made))
        .finally(() => (asking = null));
      return (await asking).token;
    },
  };
}
