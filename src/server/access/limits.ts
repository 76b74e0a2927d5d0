// How often a principal may ask, and how often an address may fail to sign in. Counted by this server alone.

import { BurstyRateLimiter, RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { Principal } from "../principal.ts";

const windowSeconds = 60;
/** So many more than the limit may come in one minute. */
const burst = 20;
const failuresPerMinute = 20;

export type Limits = ReturnType<typeof createLimits>;

async function waitOf(taking: Promise<unknown>): Promise<number | null> {
  try {
    await taking;
    return null;
  } catch (refused) {
    if (refused instanceof RateLimiterRes) return refused.msBeforeNext;
    throw refused;
  }
}

/** `perMinute` 0 sets no limit for principals. */
export function createLimits(perMinute: number) {
  const requests = new BurstyRateLimiter(
    new RateLimiterMemory({ points: Math.max(1, perMinute), duration: windowSeconds }),
    new RateLimiterMemory({ keyPrefix: "burst", points: burst, duration: windowSeconds }),
  );
  /** By what they allow: those of single keys, which have no burst beside. */
  const own = new Map<string, RateLimiterMemory>();
  const ownLimiter = (points: number, duration: number): RateLimiterMemory => {
    const name = `${points}/${duration}`;
    const limiter = own.get(name) ?? new RateLimiterMemory({ keyPrefix: name, points, duration });
    own.set(name, limiter);
    return limiter;
  };
  const failures = new RateLimiterMemory({
    keyPrefix: "failures",
    points: failuresPerMinute,
    duration: windowSeconds,
  });
  return {
    /** Counts so many requests; null when they may pass, else how long to wait. Milliseconds. */
    take: async ({ organization, user, keyId, limit }: Principal, count: number) => {
      if (limit !== undefined && keyId !== undefined) {
        return waitOf(ownLimiter(limit.requests, limit.seconds).consume(keyId, count));
      }
      if (perMinute === 0) return null;
      return waitOf(requests.consume(JSON.stringify([organization, user]), count));
    },
    /** Null until too many have failed from the address, else for how long that counts. Milliseconds. */
    waitAfterFailures: async (address: string): Promise<number | null> => {
      const state = await failures.get(address);
      return state === null || state.consumedPoints < failuresPerMinute ? null : state.msBeforeNext;
    },
    countFailure: async (address: string): Promise<void> =>
      void (await waitOf(failures.consume(address))),
  };
}
