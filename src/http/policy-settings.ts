// What a policy is asked, what it is made of, what it tells of itself, and the three client profiles.

import type { SourceError } from "../core/source-error.ts";

/** One call. Identical calls have the same `key`, which names the operation and everything its answer depends on. */
export interface PolicyCall<T> {
  readonly key: string;
  /** A `write` is repeated only when it was certainly not sent, or when `hasIdempotencyKey`; it is never shared or cached. */
  readonly kind: "read" | "write";
  readonly hasIdempotencyKey?: boolean;
  /** Ends the whole call early. */
  readonly signal?: AbortSignal;
  /** Not longer than the policy's own deadline. Milliseconds. */
  readonly deadlineMs?: number;
  /** One try. Must heed its signal. */
  readonly attempt: (signal: AbortSignal) => Promise<T>;
  /** What to give instead when the call fails. It may throw. */
  readonly fallback?: (failure: SourceError) => T | Promise<T>;
}

export interface PolicyMetrics {
  /** Calls that were asked for, whether they were sent, shared or answered from the cache. */
  readonly calls: number;
  /** Tries that were started. */
  readonly attempts: number;
  readonly failures: number;
  /** Of calls that ended; 1 before the first. */
  readonly successRate: number;
  readonly cacheHits: number;
  /** Calls that joined one in flight. */
  readonly shared: number;
  /** Of calls that were sent, over the last 1,000. Null before the first. Milliseconds. */
  readonly latencyMeanMs: number | null;
  readonly latencyP95Ms: number | null;
  /** Since the policy was made. Milliseconds. */
  readonly uptimeMs: number;
  readonly breaker: "closed" | "open" | "half-open" | "off";
}

export interface PolicySettings {
  /** For one try. */
  readonly tryTimeoutMs: number;
  /** For the whole call, waits included. */
  readonly deadlineMs: number;
  /** Waits before each repetition, before jitter. Empty: one try. */
  readonly retryDelaysMs: readonly number[];
  /** The longest `Retry-After` that is heeded; a longer one counts as this. */
  readonly longestRetryAfterMs: number;
  readonly breaker: {
    /** So many in a row open it. */
    readonly failures: number;
    /** How long nothing is sent then. */
    readonly cooldownMs: number;
    /** So many good calls in a row close it after the cooldown; one that fails opens it again. Default: 1. */
    readonly provenBy?: number;
  } | null;
  /** Holds across the processes of one user. */
  readonly requestsPerMinute: number | null;
  readonly shareInFlight: boolean;
  /** 0: nothing is kept. */
  readonly resultCacheMs: number;
  /** 0: queued calls run at once. */
  readonly batchWindowMs: number;
}

/** Counts one request against a limit that other processes may share. Null: go on; else the wait in milliseconds. */
export type TakePermit = (key: string, perMinute: number) => Promise<number | null>;

export interface PolicyDeps {
  /** The server's name, for messages. */
  readonly name: string;
  /** What the rate limit is counted by: the server's origin. */
  readonly origin: string;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Uniform, from 0 to below 1. */
  readonly random: () => number;
  /** Null: no limit is counted, whatever the settings say. */
  readonly takePermit: TakePermit | null;
}

/** Throws `SourceError`, besides what `attempt` can give: `source-cooldown`, `source-rate-limited`, `source-timeout`, `cancelled`. */
export interface Policy {
  run<T>(call: PolicyCall<T>): Promise<T>;
  /** As `run`, together with what else is queued within the batch window. */
  queue<T>(call: PolicyCall<T>): Promise<T>;
  /** Forgets cached results whose key begins so; all of them without it. */
  forget(keyPrefix?: string): void;
  metrics(): PolicyMetrics;
}

export const policyPresets = ["basic", "resilient", "optimized"] as const;
export type PolicyPreset = (typeof policyPresets)[number];

const basic: PolicySettings = {
  tryTimeoutMs: 5000,
  deadlineMs: 25_000,
  retryDelaysMs: [],
  longestRetryAfterMs: 15 * 60_000,
  breaker: null,
  requestsPerMinute: null,
  shareInFlight: false,
  resultCacheMs: 0,
  batchWindowMs: 0,
};

const resilient: PolicySettings = {
  ...basic,
  retryDelaysMs: [100, 200, 400],
  breaker: { failures: 5, cooldownMs: 30_000 },
};

const optimized: PolicySettings = {
  ...resilient,
  requestsPerMinute: 100,
  shareInFlight: true,
  resultCacheMs: 60_000,
  batchWindowMs: 100,
};

/** The settings of a preset; spread over it to change single ones. */
export const presetSettings: Readonly<Record<PolicyPreset, PolicySettings>> = {
  basic,
  resilient,
  optimized,
};
