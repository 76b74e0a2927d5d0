// The policy around every call to a server: time limits, retries, the breaker, limits, sharing, a short cache, counters.

import { setTimeout } from "node:timers/promises";
import { SourceError } from "../core/source-error.ts";
import { createBreaker, type Breaker } from "./breaker.ts";
import { abortable, startDeadline } from "./deadline.ts";
import { createSingleFlight } from "./single-flight.ts";
import { networkFailure } from "./http-failures.ts";
import type {
  Policy,
  PolicyCall,
  PolicyDeps,
  PolicyMetrics,
  PolicySettings,
} from "./policy-settings.ts";
import { createResultCache } from "./result-cache.ts";
import { mayRetry, waitBefore, requestedWaitMs } from "./retry.ts";

function limited(why: string, retryAfterMs: number): SourceError {
  const message = `${why}; retry in ${Math.ceil(retryAfterMs / 1000)} s.`;
  return new SourceError("source-rate-limited", message, { retryAfterMs, isUnsent: true });
}

const keptLatencies = 1000;

function createCounters(now: () => number) {
  const started = now();
  const latencies: number[] = [];
  const counts = { calls: 0, attempts: 0, failures: 0, cacheHits: 0, shared: 0, ended: 0 };
  return {
    call: () => void (counts.calls += 1),
    attempt: () => void (counts.attempts += 1),
    cacheHit: () => void (counts.cacheHits += 1),
    share: () => void (counts.shared += 1),
    end: (isSuccess: boolean, latencyMs: number): void => {
      if (!isSuccess) counts.failures += 1;
      latencies[counts.ended % keptLatencies] = latencyMs;
      counts.ended += 1;
    },
    read: (): Omit<PolicyMetrics, "breaker"> => {
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

type Counters = ReturnType<typeof createCounters>;

function createTry(settings: PolicySettings, deps: PolicyDeps, counters: Counters) {
  const { name, now } = deps;
  /** The server asked for no requests until then; applies to all calls. Monotonic milliseconds. */
  let cooldownUntil = 0;

  async function takePermit(): Promise<void> {
    const cooldownMs = cooldownUntil - now();
    if (cooldownMs > 0) throw limited(`${name} asked Sitrep to wait`, cooldownMs);
    const perMinute = settings.requestsPerMinute;
    if (perMinute === null || deps.takePermit === null) return;
    const waitMs = await deps.takePermit(deps.origin, perMinute);
    if (waitMs === null) return;
    throw limited(`Reached the limit of ${perMinute} requests per minute for ${name}`, waitMs);
  }

  return async <T>({ attempt }: PolicyCall<T>, signal: AbortSignal): Promise<T> => {
    signal.throwIfAborted();
    await takePermit();
    counters.attempt();
    const deadline = startDeadline(name, settings.tryTimeoutMs, signal);
    try {
      return await abortable(deadline.signal, () => attempt(deadline.signal));
    } catch (error) {
      const failure = deadline.failure() ?? networkFailure(name, error);
      const wish = requestedWaitMs(settings, failure);
      if (wish > 0) cooldownUntil = Math.max(cooldownUntil, now() + wish);
      throw failure;
    }
  };
}

function createSender(
  settings: PolicySettings,
  deps: PolicyDeps,
  counters: Counters,
  breaker: Breaker,
) {
  const { name, now, random } = deps;
  const tryOnce = createTry(settings, deps, counters);

  async function retrying<T>(call: PolicyCall<T>, signal: AbortSignal, until: number): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one try after the other
        return await breaker.execute(() => tryOnce(call, signal));
      } catch (error) {
        const isLast = attempt > settings.retryDelaysMs.length;
        if (isLast || !mayRetry(settings, call, error, until - now())) throw error;
        const waitMs = waitBefore(settings, attempt, error, random());
        // oxlint-disable-next-line no-await-in-loop
        await setTimeout(waitMs, undefined, { signal });
      }
    }
  }

  return async <T>(call: PolicyCall<T>, caller: AbortSignal | undefined): Promise<T> => {
    const started = now();
    const deadlineMs = Math.min(call.deadlineMs ?? settings.deadlineMs, settings.deadlineMs);
    const { signal, failure } = startDeadline(name, deadlineMs, caller);
    let isSuccess = false;
    try {
      const result = await abortable(signal, () => retrying(call, signal, started + deadlineMs));
      isSuccess = true;
      return result;
    } catch (error) {
      throw failure() ?? error;
    } finally {
      counters.end(isSuccess, now() - started);
    }
  };
}

/** From the outside in: cache, single-flight, deadline, retries, breaker, limits, one try's time. */
export function createPolicy(settings: PolicySettings, deps: PolicyDeps): Policy {
  const { name, now } = deps;
  const counters = createCounters(now);
  const cache = createResultCache(settings.resultCacheMs, now);
  const singleFlight = createSingleFlight(name);
  const breaker = createBreaker(settings.breaker, deps);
  const send = createSender(settings, deps, counters, breaker);

  async function read<T>(call: PolicyCall<T>): Promise<T> {
    const known = cache.get(call.key);
    if (known !== null) {
      counters.cacheHit();
      // The key names the operation, and with it the type of its response.
      return known.value as T;
    }
    const start = (signal?: AbortSignal): Promise<T> =>
      cache.keep(call.key, () => send(call, signal));
    if (!settings.shareInFlight) return start(call.signal);
    if (singleFlight.has(call.key)) counters.share();
    // A caller who joins keeps its own deadline, which the request in flight does not know.
    const own = startDeadline(name, call.deadlineMs ?? settings.deadlineMs, call.signal);
    try {
      return await singleFlight.join(call.key, own.signal, start);
    } catch (error) {
      throw own.failure() ?? error;
    }
  }

  async function write<T>(call: PolicyCall<T>): Promise<T> {
    try {
      return await send(call, call.signal);
    } finally {
      // Also after a failure, because the write may have happened.
      cache.forget("");
    }
  }

  async function run<T>(call: PolicyCall<T>): Promise<T> {
    counters.call();
    return call.kind === "read" ? read(call) : write(call);
  }

  /** Calls queued within the window are started together, so that identical ones become one. */
  let batch: Promise<void> | null = null;
  return {
    run,
    queue: async (call) => {
      if (settings.batchWindowMs > 0) {
        batch ??= setTimeout(settings.batchWindowMs).then(() => void (batch = null));
        await batch;
      }
      return run(call);
    },
    forget: () => cache.forget(""),
    metrics: () => ({ ...counters.read(), breaker: breaker.state }),
  };
}
