// The circuit breaker. It uses a monotonic clock: setting a wall clock back could prolong a cooldown by hours.

import { SourceError } from "../core/source-error.ts";
import type { PolicyDeps, PolicyMetrics, PolicySettings } from "./policy-settings.ts";

export interface Breaker {
  /** Throws `source-cooldown` without calling `attempt` while it is open. */
  execute<T>(attempt: () => Promise<T>): Promise<T>;
  readonly state: PolicyMetrics["breaker"];
}

const unhealthyCodes = [
  "source-unreachable",
  "source-timeout",
  "source-not-started",
  "source-invalid-response",
];

/** True for failures of the server itself, but not for a refused sign-in, a wrong request or a limit. */
const isUnhealthy = (error: unknown): boolean =>
  error instanceof SourceError &&
  (unhealthyCodes.includes(error.code) ||
    (error.code === "source-failed" && (error.status === null || error.status >= 500)));

/** True for errors that say nothing about the server's health: the call was not sent, or its caller gave up. */
const isUnproven = (error: unknown): boolean =>
  !(error instanceof SourceError) ||
  error.code === "cancelled" ||
  (error.code === "source-rate-limited" && error.isUnsent);

interface Closed {
  readonly name: "closed";
  failures: number;
}

/** After a cooldown: some calls are let through, and their outcome decides; the others wait for it. */
interface HalfOpen {
  readonly name: "half-open";
  admitted: number;
  good: number;
  readonly waiting: (() => void)[];
}

type State = Closed | HalfOpen | { readonly name: "open"; readonly since: number };

function coolingDown(name: string, cooldownMs: number, retryAfterMs: number): SourceError {
  const hint = `It will be retried ${cooldownMs / 1000} s after its last failure.`;
  const what = `${name} failed repeatedly, so Sitrep has paused requests to it.`;
  return new SourceError("source-cooldown", what, { hint, retryAfterMs, isUnsent: true });
}

const off: Breaker = { execute: (attempt) => attempt(), state: "off" };

export function createBreaker(
  settings: PolicySettings["breaker"],
  { name, now }: PolicyDeps,
): Breaker {
  if (settings === null) return off;
  const { failures, cooldownMs, provenBy = 1 } = settings;
  let state: State = { name: "closed", failures: 0 };

  async function admit(): Promise<Closed | HalfOpen> {
    if (state.name === "open") {
      const leftMs = state.since + cooldownMs - now();
      if (leftMs > 0) throw coolingDown(name, cooldownMs, leftMs);
      state = { name: "half-open", admitted: 0, good: 0, waiting: [] };
    }
    if (state.name === "closed") return state;
    const { admitted, waiting } = state;
    if (admitted < provenBy) {
      state.admitted += 1;
      return state;
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
    return admit();
  }

  /** Ignores a call that began in an earlier state. */
  function record(during: Closed | HalfOpen, isGood: boolean): void {
    if (during !== state) return;
    if (during.name === "closed") {
      during.failures = isGood ? 0 : during.failures + 1;
      if (during.failures >= failures) state = { name: "open", since: now() };
      return;
    }
    during.good += 1;
    if (!isGood) state = { name: "open", since: now() };
    else if (during.good >= provenBy) state = { name: "closed", failures: 0 };
    if (during !== state) for (const goOn of during.waiting) goOn();
  }

  return {
    get state() {
      return state.name;
    },
    execute: async (attempt) => {
      const during = await admit();
      try {
        const result = await attempt();
        record(during, true);
        return result;
      } catch (error) {
        if (isUnhealthy(error)) record(during, false);
        else if (during.name === "half-open") record(during, !isUnproven(error));
        throw error;
      }
    },
  };
}
