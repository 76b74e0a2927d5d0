// Limits of requests: within this process, in windows of any length, and across the processes of one user (the monitor,
// commands and the MCP server together).

import type { TakePermit } from "./policy-settings.ts";
import { SitrepError } from "../core/errors.ts";
import { openForWriting } from "../state/sqlite/sqlite.ts";

export interface RateLimiter {
  readonly maxRequests: number;
  /** Counts one request; false when the window is full. */
  allowRequest(): Promise<boolean>;
  /** How long until the next request may pass; 0: now. Counts nothing. Milliseconds. */
  waitMs(): Promise<number>;
  /** The same limit for a policy, all servers together. */
  readonly takePermit: TakePermit;
}

/** A window starts with the first request in it. */
function createWindow(maxRequests: number, windowMs: number) {
  let count = 0;
  let endsAt = 0;
  const leftMs = (): number => Math.max(0, endsAt - performance.now());
  return {
    /** Counts one request; null when it may pass, else how long to wait. */
    take: (): number | null => {
      if (leftMs() === 0) [count, endsAt] = [0, performance.now() + windowMs];
      count += 1;
      return count > maxRequests ? leftMs() : null;
    },
    waitMs: () => (count < maxRequests ? 0 : leftMs()),
  };
}

/** Throws `config-invalid`. */
export function createRateLimiter(given: { maxRequests: number; windowMs: number }): RateLimiter {
  for (const [name, value] of Object.entries(given)) {
    if (Number.isInteger(value) && value > 0) continue;
    const what = `createRateLimiter: ${name}: must be a whole number above 0, not ${value}`;
    throw new SitrepError("config-invalid", what);
  }
  const { maxRequests, windowMs } = given;
  const window = createWindow(maxRequests, windowMs);
  return {
    maxRequests,
    allowRequest: async () => window.take() === null,
    waitMs: async () => window.waitMs(),
    takePermit: async () => window.take(),
  };
}

const windowMs = 60_000;
const table = `CREATE TABLE IF NOT EXISTS request_windows
  (name TEXT PRIMARY KEY, count INTEGER NOT NULL, ends_at INTEGER NOT NULL) STRICT`;
// If a window's end is further away than its length, the clock was set back since it began.
const isOpen = `ends_at BETWEEN @now + 1 AND @now + ${windowMs}`;
const countOne = `INSERT INTO request_windows VALUES (@name, 1, @now + ${windowMs})
  ON CONFLICT (name) DO UPDATE SET count = iif(${isOpen}, count + 1, 1),
    ends_at = iif(${isOpen}, ends_at, @now + ${windowMs})
  RETURNING count, ends_at AS endsAt`;

export interface SharedLimit extends Disposable {
  readonly takePermit: TakePermit;
}

/**
 * Counts in an SQLite file, made when missing. Windows of a minute, so twice the limit can pass around the end of one. When
 * the file cannot be used each process counts for itself: a limit that cannot be kept must not stop the work. Throws what
 * opening the file throws.
 */
export function openSharedLimit(file: string): SharedLimit {
  const db = openForWriting(file, { timeoutMs: 250, synchronous: "NORMAL" });
  const own = new Map<string, ReturnType<typeof createWindow>>();
  const prepare = () => {
    db.exec(table);
    return db.prepare<unknown[], { count: number; endsAt: number }>(countOne);
  };
  let statement: ReturnType<typeof prepare> | null = null;

  function countAlone(name: string, perMinute: number): number | null {
    const window = own.get(name) ?? createWindow(perMinute, windowMs);
    own.set(name, window);
    return window.take();
  }

  return {
    takePermit: async (name, perMinute) => {
      try {
        statement ??= prepare();
        const now = Date.now();
        const { count, endsAt } = statement.get({ name, now }) ?? { count: 0, endsAt: 0 };
        return count > perMinute ? endsAt - now : null;
      } catch {
        return countAlone(name, perMinute);
      }
    },
    [Symbol.dispose]: () => db.close(),
  };
}
