// The circuit breaker: after failures in a row nothing is sent for a while, then one call or a few are let through.

import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleWhen,
} from "cockatiel";
import type { CircuitBreakerPolicy } from "cockatiel";
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
  "source-invalid-answer",
];

/** Failures that speak of the server's health: not a refused sign-in, a wrong request or a limit. */
const isUnhealthy = (error: unknown): boolean =>
  error instanceof SourceError &&
  (unhealthyCodes.includes(error.code) ||
    (error.code === "source-failed" && (error.status === null || error.status >= 500)));

/** Says nothing of the server's health: the one call that was let through did not get there, or was given up. */
const isUnproven = (error: unknown): boolean =>
  error instanceof SourceError &&
  (error.code === "cancelled" || (error.code === "source-rate-limited" && error.isUnsent));

const stateNames: Record<CircuitState, PolicyMetrics["breaker"]> = {
  [CircuitState.Closed]: "closed",
  [CircuitState.Open]: "open",
  [CircuitState.HalfOpen]: "half-open",
  [CircuitState.Isolated]: "open",
};

const off: Breaker = { execute: (attempt) => attempt(), state: "off" };

export function createBreaker(
  settings: PolicySettings["breaker"],
  { name, now }: PolicyDeps,
): Breaker {
  if (settings === null) return off;
  const { failures, cooldownMs, provenBy = 1 } = settings;
  let openedAt = 0;

  function make(initialState?: unknown): CircuitBreakerPolicy {
    const isFailure = (error: unknown): boolean =>
      isUnhealthy(error) || (made.state === CircuitState.HalfOpen && isUnproven(error));
    const made: CircuitBreakerPolicy = circuitBreaker(handleWhen(isFailure), {
      halfOpenAfter: cooldownMs,
      breaker: new ConsecutiveBreaker(failures),
      halfOpenSampling: { calls: provenBy, threshold: 0 },
      ...(initialState === undefined ? {} : { initialState }),
    });
    made.onBreak(() => (openedAt = now()));
    return made;
  }

  let breaker = make();
  /** cockatiel measures the cooldown by the wall clock: when that is set back, the cooldown would last for hours. */
  function endCooldownInTime(): void {
    if (breaker.state !== CircuitState.Open || now() - openedAt < cooldownMs) return;
    const state = breaker.toJSON() as { ownState: object; breakerState: unknown };
    breaker = make({ ...state, ownState: { ...state.ownState, openedAt: 0 } });
  }

  return {
    get state() {
      return stateNames[breaker.state];
    },
    execute: async (attempt) => {
      endCooldownInTime();
      try {
        return await breaker.execute(attempt);
      } catch (error) {
        if (!(error instanceof BrokenCircuitError)) throw error;
        throw new SourceError("source-cooldown", `${name} failed too often and is left alone.`, {
          hint: `It is tried again ${cooldownMs / 1000} s after its last failure.`,
          cause: error,
          retryAfterMs: Math.max(0, cooldownMs - (now() - openedAt)),
          isUnsent: true,
        });
      }
    },
  };
}
