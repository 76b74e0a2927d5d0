// When a failed refresh is tried again.

import type { Failure } from "./snapshot.ts";

const firstDelayMs = 60_000;
const longestDelayMs = 15 * 60_000;

/** The wait after `count` failures in a row: 60 s, doubling to 15 min. */
export function retryDelayMs(count: number): number {
  return Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(count - 1, 10));
}

/** The failure record after one more failure with this code. `previous` is null after a success. */
export function nextFailure(previous: Failure | null, code: string, now: number): Failure {
  const count = (previous?.count ?? 0) + 1;
  return { code, at: now, count, nextTryAt: now + retryDelayMs(count) };
}
