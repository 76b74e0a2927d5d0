// A limit of requests that holds across the processes of one user: hooks' monitor, commands and MCP server together.

import { RateLimiterMemory, RateLimiterRes, RateLimiterSQLite } from "rate-limiter-flexible";
import { openForWriting } from "../state/sqlite/sqlite.ts";
import type { TakePermit } from "./policy-port.ts";

const windowSeconds = 60;

export interface SharedLimit extends Disposable {
  readonly takePermit: TakePermit;
}

/**
 * Counts in an SQLite file, made when missing. Windows of a minute, so that twice the limit can pass around the turn of
 * one. When the file cannot be used each process counts for itself: a limit that cannot be kept must not stop the work.
 * Throws what opening the file throws.
 */
export function openSharedLimit(file: string): SharedLimit {
  const db = openForWriting(file, { timeoutMs: 250, synchronous: "NORMAL" });
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
