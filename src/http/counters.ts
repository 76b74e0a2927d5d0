// What happened to the calls of one policy.

import type { PolicyMetrics } from "./policy-settings.ts";

const keptLatencies = 1000;

export interface Counters {
  call(): void;
  attempt(): void;
  cacheHit(): void;
  share(): void;
  /** A call that was sent and is over. */
  end(isSuccess: boolean, latencyMs: number): void;
  read(): Omit<PolicyMetrics, "breaker">;
}

/** `now` is monotonic milliseconds. */
export function createCounters(now: () => number): Counters {
  const started = now();
  const latencies: number[] = [];
  const counts = { calls: 0, attempts: 0, failures: 0, cacheHits: 0, shared: 0, ended: 0 };
  return {
    call: () => void (counts.calls += 1),
    attempt: () => void (counts.attempts += 1),
    cacheHit: () => void (counts.cacheHits += 1),
    share: () => void (counts.shared += 1),
    end: (isSuccess, latencyMs) => {
      if (!isSuccess) counts.failures += 1;
      latencies[counts.ended % keptLatencies] = latencyMs;
      counts.ended += 1;
    },
    read: () => {
      const { ended, ...shown } = counts;
      const sorted = latencies.toSorted((a, b) => a - b);
      const sum = sorted.reduce((total, one) => total + one, 0);
      return {
        ...shown,
        successRate: ended === 0 ? 1 : (ended - counts.failures) / ended,
        latencyMeanMs: sorted.length === 0 ? null : sum / sorted.length,
        latencyP95Ms: sorted[Math.ceil(sorted.length * 0.95) - 1] ?? null,
        uptimeMs: now() - started,
      };
    },
  };
}
