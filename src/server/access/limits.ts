import { RateLimiterMemory } from "rate-limiter-flexible";
import type { Counted, CountRequests } from "../../store/database/connection.ts";
import type { Principal } from "../principal.ts";

const windowSeconds = 60;
/** Extra requests that a principal may make once a minute. */
const burst = 20;
const failuresPerMinute = 20;

export function createOwnCounts(): CountRequests {
  const windows = new Map<number, RateLimiterMemory>();
  return async (name, amount, seconds) => {
    const window = windows.get(seconds) ?? new RateLimiterMemory({ points: 1, duration: seconds });
    windows.set(seconds, window);
    // Only counts: the limit is decided below.
    const { consumedPoints, msBeforeNext } = await window.penalty(name, amount);
    return { count: consumedPoints, endsInMs: msBeforeNext };
  };
}

export type Limits = ReturnType<typeof createLimits>;

const waitFor = ({ count, endsInMs }: Counted, most: number): number | null =>
  count > most ? endsInMs : null;

export function createLimits(perMinute: number, count: CountRequests) {
  const failures = (address: string, more: number): Promise<Counted> =>
    count(`failures ${address}`, more, windowSeconds);
  return {
    /** Counts requests; null if they may pass, else how long to wait. Milliseconds. */
    take: async (
      { organization, user, keyId, limit }: Principal,
      requests: number,
    ): Promise<number | null> => {
      if (limit !== undefined && keyId !== undefined) {
        // The limit is in the name: a key that is made again with another limit starts again.
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
    /** True when too many sign-ins from the address have failed. */
    isSuspect: async (address: string): Promise<boolean> =>
      (await failures(address, 0)).count >= failuresPerMinute,
    /** Counts a failed sign-in; null until there are too many, else how long to wait. Milliseconds. */
    countFailure: async (address: string): Promise<number | null> =>
      waitFor(await failures(address, 1), failuresPerMinute),
  };
}

/** Open connections are counted per key (with every user that it acts for), else per user, else per address. */
export function limitKey({ by, keyId, organization, user }: Principal, address: string): string {
  if (by === "local") return `address ${address}`;
  return keyId === undefined ? `user ${JSON.stringify([organization, user])}` : `key ${keyId}`;
}

export function createConnectionLimit(maxOfOne: number) {
  const held = new Map<string, number>();
  /** Null when the holder has as many as it may. Call the returned function once, at the end of the connection. */
  return (holder: string): (() => void) | null => {
    const count = held.get(holder) ?? 0;
    if (count >= maxOfOne) return null;
    held.set(holder, count + 1);
    return () => {
      const left = (held.get(holder) ?? 1) - 1;
      if (left > 0) held.set(holder, left);
      else held.delete(holder);
    };
  };
}
