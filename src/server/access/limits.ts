// How often a principal may ask, and how often an address may fail to sign in.

import { RateLimiterMemory } from "rate-limiter-flexible";
import type { Counted, CountRequests } from "../../store/database/connection.ts";
import type { Principal } from "../principal.ts";

const windowSeconds = 60;
/** So many more than the limit may come in one minute. */
const burst = 20;
const failuresPerMinute = 20;

/** By this server alone. */
export function createOwnCounts(): CountRequests {
  /** By how long a window is. */
  const windows = new Map<number, RateLimiterMemory>();
  return async (name, amount, seconds) => {
    const window = windows.get(seconds) ?? new RateLimiterMemory({ points: 1, duration: seconds });
    windows.set(seconds, window);
    // Counts without a limit: what is too many is decided here.
    const { consumedPoints, msBeforeNext } = await window.penalty(name, amount);
    return { count: consumedPoints, endsInMs: msBeforeNext };
  };
}

export type Limits = ReturnType<typeof createLimits>;

/** Null while there are no more than `most`, else how long to wait. Milliseconds. */
const waitFor = ({ count, endsInMs }: Counted, most: number): number | null =>
  count > most ? endsInMs : null;

/** `perMinute` 0 sets no limit for principals. Its methods throw what `count` throws. */
export function createLimits(perMinute: number, count: CountRequests) {
  const failures = (address: string, more: number): Promise<Counted> =>
    count(`failures ${address}`, more, windowSeconds);
  return {
    /** Counts so many requests; null when they may pass, else how long to wait. Milliseconds. */
    take: async (
      { organization, user, keyId, limit }: Principal,
      requests: number,
    ): Promise<number | null> => {
      if (limit !== undefined && keyId !== undefined) {
        // By what it allows: a key that is made anew with another limit begins anew.
        const name = `key ${limit.requests}/${limit.seconds} ${keyId}`;
        return waitFor(await count(name, requests, limit.seconds), limit.requests);
      }
      if (perMinute === 0) return null;
      const name = JSON.stringify([organization, user]);
      const usual = await count(`user ${name}`, requests, windowSeconds);
      if (usual.count <= perMinute) return null;
      const more = waitFor(await count(`burst ${name}`, requests, windowSeconds), burst);
      return more === null ? null : Math.min(more, usual.endsInMs);
    },
    /** True when too many have failed from the address. */
    isSuspect: async (address: string): Promise<boolean> =>
      (await failures(address, 0)).count >= failuresPerMinute,
    /** Counts a sign-in that failed: null until there are too many, else for how long that counts. Milliseconds. */
    countFailure: async (address: string): Promise<number | null> =>
      waitFor(await failures(address, 1), failuresPerMinute),
  };
}
