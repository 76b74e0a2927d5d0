// Limits of requests: within this process, in windows of any length, and across the processes of one user (the monitor,
// commands and the MCP server together).

import { RateLimiterMemory, RateLimiterRes, RateLimiterSQLite } from "rate-limiter-flexible";
import type { TakePermit } from "./policy-settings.ts";
import { SitrepError } from "../core/errors.ts";
import { keepStatements } from "../state/sqlite/kept-statements.ts";
import { openForWriting } from "../state/sqlite/sqlite.ts";

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

/** All servers are counted together. */
const oneKey = "requests";

/** `windowMs` runs from the first request in it. Throws `config-invalid`. */
export function createRateLimiter({
  maxRequests,
  windowMs,
}: {
  maxRequests: number;
  windowMs: number;
}): RateLimiter {
  const given = { maxRequests, windowMs };
  for (const [name, value] of Object.entries(given)) {
    if (Number.isInteger(value) && value > 0) continue;
    const what = `createRateLimiter: ${name}: not a whole number above 0: ${value}`;
    throw new SitrepError("config-invalid", what);
  }
  const limiter = new RateLimiterMemory({ points: maxRequests, duration: windowMs / 1000 });
  async function take(): Promise<number | null> {
    try {
      await limiter.consume(oneKey);
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
      const state = await limiter.get(oneKey);
      return state === null || state.consumedPoints < maxRequests ? 0 : state.msBeforeNext;
    },
    takePermit: take,
  };
}

const windowSeconds = 60;

export interface SharedLimit extends Disposable {
  readonly takePermit: TakePermit;
}

/**
 * Counts in an SQLite file, made when missing. Windows of a minute, so that twice the limit can pass around the end of
 * one. When the file cannot be used each process counts for itself: a limit that cannot be kept must not stop the work.
 * Throws what opening the file throws.
 */
export function openSharedLimit(file: string): SharedLimit {
  const db = keepStatements(openForWriting(file, { timeoutMs: 250, synchronous: "NORMAL" }));
  const limiters = new Map<number, Promise<RateLimiterSQLite>>();

  function make(perMinute: number): Promise<RateLimiterSQLite> {
    const window = { points: perMinute, duration: windowSeconds };
    return new Promise((resolve) => {
      const made: RateLimiterSQLite = new RateLimiterSQLite(
        {
          ...window,
          storeClient: db,
          storeType: "better-sqlite3",
          tableName: "requests",
          insuranceLimiter: new RateLimiterMemory(window),
        },
        // Called later, once the table is there or could not be made; then the insurance counts.
        () => resolve(made),
      );
    });
  }

  function limiterOf(perMinute: number): Promise<RateLimiterSQLite> {
    const known = limiters.get(perMinute) ?? make(perMinute);
    limiters.set(perMinute, known);
    return known;
  }

  return {
    takePermit: async (key, perMinute) => {
      const limiter = await limiterOf(perMinute);
      try {
        await limiter.consume(key);
        return null;
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) return null;
        if (refused.msBeforeNext <= windowSeconds * 1000) return refused.msBeforeNext;
        // The window ends further away than it is long: the clock was set back since it began.
        await limiter.delete(key);
        return null;
      }
    },
    [Symbol.dispose]: () => db.close(),
  };
}
