import { orElse, readNumber, readString, shape } from "./read.ts";

/** The last failed refresh since the value was fetched. Instants are epoch milliseconds. */
export interface Failure {
  /** A stable error code, never a server's own words. */
  code: string;
  at: number;
  since: number;
  /** Failures in a row, at least 1; manual retries do not count. */
  count: number;
  nextTryAt: number;
}

export interface StaleEntry {
  value: unknown;
  ageMs: number;
  isExpired: boolean;
}

const readFields = shape(
  { code: readString, at: readNumber, count: orElse(readNumber, 1) },
  { since: readNumber, nextTryAt: readNumber },
);

export function readFailure(value: unknown): Failure | null {
  const failure = readFields(value);
  return failure === undefined ? null : { since: failure.at, nextTryAt: failure.at, ...failure };
}

export const freshnessStates = ["fresh", "stale", "expired", "absent"] as const;
export type Freshness = (typeof freshnessStates)[number];

/** How long a value counts as fresh, and how long it is shown at all. Milliseconds. */
export interface FreshnessLimits {
  freshMs: number;
  expireMs: number;
}

/** A larger difference between two processes of one machine is a clock that was set. */
const clockSlackMs = 60_000;

/** A value from the future (the clock was put back) is `stale`: its age is unknown. */
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

/** Milliseconds since `then`, at least 0; null when the clock was put back, so that the age is unknown. */
export function ageMs(then: number, now: number): number | null {
  const age = now - then;
  return age < -clockSlackMs ? null : Math.max(0, age);
}

const firstDelayMs = 60_000;
const maxDelayMs = 15 * 60_000;

/** The wait after `count` failures in a row: 60 s, doubling to 15 min. */
export function retryDelayMs(count: number): number {
  return Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(count - 1, 10));
}

/** `askedDelayMs`: the wait that the server asks for. `isForced`: a manual retry; it does not lengthen the backoff. */
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
  const nextTryAt = Math.max(own, now + Math.min(maxDelayMs, askedDelayMs));
  return { code, at: now, since: previous?.since ?? now, count, nextTryAt };
}
