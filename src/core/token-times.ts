/** The default of `tokens.renewBeforeSeconds`. */
export const defaultRenewBeforeMs = 60_000;

/** How far an issuer's clock may differ from ours: for our task server and `validateToken`. */
export const defaultClockToleranceSeconds = 5;

/** For a token whose issuer states no life. */
const defaultLifeMs = 300_000;
/** With a shorter life, every request would ask the issuer. */
const shortestLifeMs = 1000;
const maxLifeMs = 10 * 365 * 24 * 3_600_000;

export function lifetimeMs(expiresInSeconds: number | null): number {
  if (expiresInSeconds === null || Number.isNaN(expiresInSeconds)) return defaultLifeMs;
  return Math.min(Math.max(expiresInSeconds * 1000, shortestLifeMs), maxLifeMs);
}

/** The age at which a token is renewed: some time before it expires or at 80 % of its life, whichever is later. */
export const renewAgeMs = (life: number, renewBeforeMs: number): number =>
  Math.max(life - renewBeforeMs, life * 0.8);

/** A token that is refused this soon after it was issued cannot have worked at all. */
export const recentlyIssuedMs = 60_000;

/** Refused credentials wait longer than no response: the issuer may return at any moment. */
const refusedCooldowns = { firstMs: 60_000, maxMs: 900_000 };
const failedCooldowns = { firstMs: 2000, maxMs: 60_000 };

export function cooldownMs(isRefused: boolean, failures: number): number {
  const { firstMs, maxMs } = isRefused ? refusedCooldowns : failedCooldowns;
  return Math.min(firstMs * 2 ** Math.min(failures - 1, 20), maxMs);
}
