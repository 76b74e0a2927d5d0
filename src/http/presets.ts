// The three client profiles, as settings of one policy.

import type { PolicySettings } from "./policy-port.ts";

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
