// A limit of requests within this process, in windows of any length.

import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { TakePermit } from "./policy-port.ts";

export interface RateLimiter {
  /** How many requests a window lets pass. */
  readonly maxRequests: number;
  /** Counts one request; false when the window is full. */
  allowRequest(): Promise<boolean>;
  /** How long until the next request may pass; 0 when it may now. Counts nothing. Milliseconds. */
  waitMs(): Promise<number>;
  /** The same limit for a policy, all servers together. */
  readonly takePermit: TakePermit;
}

const key = "requests";

/** `windowMs` runs from the first request in it. */
export function createRateLimiter({
  maxRequests,
  windowMs,
}: {
  maxRequests: number;
  windowMs: number;
}): RateLimiter {
  const limiter = new RateLimiterMemory({ points: maxRequests, duration: windowMs / 1000 });
  async function take(): Promise<number | null> {
    try {
      await limiter.consume(key);
      return null;
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return refused.msBeforeNext;
      throw refused;
    }
  }
  return {
    maxRequests,
    allowRequest: async () => (await take()) === null,
    waitMs: async () => {
      const state = await limiter.get(key);
      return state === null || state.consumedPoints < maxRequests ? 0 : state.msBeforeNext;
    },
    takePermit: take,
  };
}
