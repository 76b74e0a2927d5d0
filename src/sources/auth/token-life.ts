// When a token is renewed, and how long to leave an issuer alone that has refused or does not answer. Pure.

/** Of a token whose issuer does not say. */
const usualLifeMs = 300_000;
/** A shorter life, or none, would ask the issuer with every request. */
const shortestLifeMs = 1000;
const longestLifeMs = 10 * 365 * 24 * 3_600_000;
const shareOfLife = 0.8;

/** A token that is refused so soon after it was had cannot have worked at all. */
export const youngMs = 60_000;

/** `TOKEN_REFRESH_BEFORE_EXPIRY`. */
export const usualRenewBeforeMs = 60_000;

/** From what the token endpoint said, in seconds. */
export function lifeMs(expiresInSeconds: number | null): number {
  if (expiresInSeconds === null || Number.isNaN(expiresInSeconds)) return usualLifeMs;
  return Math.min(Math.max(expiresInSeconds * 1000, shortestLifeMs), longestLifeMs);
}

/** The age at which a token is renewed: some time before its end, or at 80 % of its life, whichever is later. */
export const renewAgeMs = (life: number, renewBeforeMs: number): number =>
  Math.max(life - renewBeforeMs, life * shareOfLife);

/** Refused credentials are tried at most once a minute, growing to 15; a silent issuer may come back any moment. */
const refusedRests = { firstMs: 60_000, longestMs: 900_000 };
const failedRests = { firstMs: 2000, longestMs: 60_000 };

/** How long to leave an issuer alone after so many failures in a row. */
export function cooldownMs(isRefused: boolean, failures: number): number {
  const { firstMs, longestMs } = isRefused ? refusedRests : failedRests;
  return Math.min(firstMs * 2 ** Math.min(failures - 1, 20), longestMs);
}
