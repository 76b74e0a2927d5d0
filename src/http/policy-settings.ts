// A policy's calls, settings and metrics, and the three profiles.

/** Identical calls have the same `key`, which names the operation and everything its response depends on. */
export interface PolicyCall<T> {
  readonly key: string;
  /** A `write` is repeated only if it was certainly not sent, or `hasIdempotencyKey`; it is never shared or cached. */
  readonly kind: "read" | "write";
  readonly hasIdempotencyKey?: boolean;
  readonly signal?: AbortSignal;
  /** At most the policy's own deadline. Milliseconds. */
  readonly deadlineMs?: number;
  /** One try. Must heed its signal. */
  readonly attempt: (signal: AbortSignal) => Promise<T>;
}

export interface PolicyMetrics {
  /** All calls: sent, shared or answered from the cache. */
  readonly calls: number;
  readonly attempts: number;
  readonly failures: number;
  /** The share of ended calls that succeeded; 1 before the first call ended. */
  readonly successRate: number;
  readonly cacheHits: number;
  /** Calls that joined one in flight. */
  readonly shared: number;
  /** The mean over the last 1,000 calls sent. Null before the first. Milliseconds. */
  readonly latencyMeanMs: number | null;
  readonly latencyP95Ms: number | null;
  /** Since the policy was made. Milliseconds. */
  readonly uptimeMs: number;
  readonly breaker: "closed" | "open" | "half-open" | "off";
}

export interface PolicySettings {
  readonly tryTimeoutMs: number;
  /** Deadline for the whole call, waits included. */
  readonly deadlineMs: number;
  /** Waits before each repetition, before jitter. Empty: one try. */
  readonly retryDelaysMs: readonly number[];
  /** A longer `Retry-After` counts as this. */
  readonly maxRetryAfterMs: number;
  readonly breaker: {
    /** This many failures in a row open the breaker. */
    readonly failures: number;
    readonly cooldownMs: number;
    /** This many successful calls close it after the cooldown; a failed one opens it again. Default: 1. */
    readonly provenBy?: number;
  } | null;
  /** Limit across the processes of one user. */
  readonly requestsPerMinute: number | null;
  readonly shareInFlight: boolean;
  /** 0: nothing is kept. */
  readonly resultCacheMs: number;
  /** 0: queued calls run at once. */
  readonly batchWindowMs: number;
}

/** Counts one request against a limit that other processes may share. Null: it may pass; else the wait in milliseconds. */
export type TakePermit = (key: string, perMinute: number) => Promise<number | null>;

export interface PolicyDeps {
  readonly name: string;
  /** The server's origin, by which requests are counted. */
  readonly origin: string;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Uniform, from 0 to below 1. */
  readonly random: () => number;
  /** Null: requests are not counted. */
  readonly takePermit: TakePermit | null;
}

/** Throws what `attempt` throws, and `source-cooldown`, `source-rate-limited`, `source-timeout`, `cancelled`. */
export interface Policy {
  run<T>(call: PolicyCall<T>): Promise<T>;
  /** As `run`, started together with other calls queued within the batch window. */
  queue<T>(call: PolicyCall<T>): Promise<T>;
  forget(): void;
  metrics(): PolicyMetrics;
}

export const policyPresets = ["basic", "resilient", "optimized"] as const;
export type PolicyPreset = (typeof policyPresets)[number];

const basic: PolicySettings = {
  tryTimeoutMs: 5000,
  deadlineMs: 25_000,
  retryDelaysMs: [],
  maxRetryAfterMs: 15 * 60_000,
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

export const presetSettings: Readonly<Record<PolicyPreset, PolicySettings>> = {
  basic,
  resilient,
  optimized,
};
