// The last good answer of a source, how far it can be trusted now, and when a failed refresh is tried again. Pure: the
// clock is an argument.

import { or, readNumber, readString, shape } from "./read.ts";

/** A refresh that failed after the value was fetched: the last one. Instants are epoch milliseconds. */
export interface Failure {
  /** A stable error code, never a server's own words. */
  code: string;
  at: number;
  /** The first failure since the last success, for whatever reason. */
  since: number;
  /** Failures in a row but for tries out of turn, at least 1. */
  count: number;
  /** No new try before this instant. */
  nextTryAt: number;
}

/** A value that may be old. Milliseconds. */
export interface StaleEntry {
  value: unknown;
  ageMs: number;
  isExpired: boolean;
}

const readFields = shape(
  { code: readString, at: readNumber, count: or(readNumber, 1) },
  { since: readNumber, nextTryAt: readNumber },
);

/** The failure in an object that another process wrote, or null. */
export function readFailure(value: unknown): Failure | null {
  const failure = readFields(value);
  return failure === undefined ? null : { since: failure.at, nextTryAt: failure.at, ...failure };
}

export const freshnessStates = ["fresh", "stale", "expired", "absent"] as const;
export type Freshness = (typeof freshnessStates)[number];

/** How long a value counts as current, and how long it is worth showing at all. Milliseconds. */
export interface FreshnessLimits {
  freshMs: number;
  expireMs: number;
}

/** Clocks of one machine differ by this much between processes at most; more is a clock that was moved. */
const clockSlackMs = 60_000;

/**
 * `fresh` up to `freshMs`, `stale` up to `expireMs`, then `expired`; `absent` when there never was an answer. A value
 * from the future (the clock was put back) is `stale`: its age is not known.
 */
export function freshness(
  snapshot: { fetchedAt: number } | null,
  limits: FreshnessLimits,
  now: number,
): Freshness {
  if (snapshot === null) return "absent";
  const age = now - snapshot.fetchedAt;
  if (age < -clockSlackMs) return "stale";
  if (age <= limits.freshMs) return "fresh";
  return age <= limits.expireMs ? "stale" : "expired";
}

/** Milliseconds since `then`, at least 0; null when the clock was put back and the age is not known. */
export function ageMs(then: number, now: number): number | null {
  const age = now - then;
  return age < -clockSlackMs ? null : Math.max(0, age);
}

const firstDelayMs = 60_000;
const longestDelayMs = 15 * 60_000;

/** The wait after `count` failures in a row: 60 s, doubling to 15 min. */
export function retryDelayMs(count: number): number {
  return Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(count - 1, 10));
}

/**
 * The failure record after one more failure with this code. `previous` is null after a success. `askedDelayMs` is the
 * wait that the server itself asks for, at most 15 min of it. A try out of turn (`isForced`) does not make the waits
 * longer: it leaves the next one as it was.
 */
export function nextFailure(
  previous: Failure | null,
  code: string,
  now: number,
  { askedDelayMs = 0, isForced = false }: { askedDelayMs?: number; isForced?: boolean } = {},
): Failure {
  const isExtra = isForced && previous !== null;
  const count = (previous?.count ?? 0) + (isExtra ? 0 : 1);
  const isDue = !isExtra || previous.nextTryAt <= now;
  const own = isDue ? now + retryDelayMs(count) : previous.nextTryAt;
  const nextTryAt = Math.max(own, now + Math.min(longestDelayMs, askedDelayMs));
  return { code, at: now, since: previous?.since ?? now, count, nextTryAt };
}
