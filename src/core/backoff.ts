// When a failed refresh is tried again.

import type { Failure } from "./snapshot.ts";

const firstDelayMs = 60_000;
const longestDelayMs = 15 * 60_000;

/** The wait after `count` failures in a row: 60 s, doubling to 15 min. */
export function retryDelayMs(count: number): number {
  return Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(count - 1, 10));
}

/**
 * The failure record after one more failure with this code. `previous` is null after a success. `askedDelayMs` is the
 * wait that the server itself asks for, at most 15 min of it.
 */
export function nextFailure(
  previous: Failure | null,
  code: string,
  now: number,
  askedDelayMs = 0,
): Failure {
  const count = (previous?.count ?? 0) + 1;
  const delay = Math.max(retryDelayMs(count), Math.min(longestDelayMs, askedDelayMs));
  return { code, at: now, count, nextTryAt: now + delay };
}
