// What surrounds every call to a backend: time limits, retries, the breaker, limits, sharing, a short cache, counters.

import { DelegateBackoff, handleWhen, retry, type IRetryBackoffContext } from "cockatiel";
import { setTimeout } from "node:timers/promises";
import { SourceError } from "../core/source-error.ts";
import { createBreaker } from "./breaker.ts";
import { abortable, startDeadline } from "./deadline.ts";
import { createSingleFlight } from "./single-flight.ts";
import { networkFailure } from "./failures.ts";
import type {
  Policy,
  PolicyCall,
  PolicyDeps,
  PolicyMetrics,
  PolicySettings,
} from "./policy-settings.ts";
import { createResultCache } from "./result-cache.ts";
import { mayRetry, waitBefore, wishedWaitMs } from "./retry.ts";

const limited = (why: string, retryAfterMs: number): SourceError =>
  new SourceError("source-rate-limited", why, { retryAfterMs, isUnsent: true });

const keptLatencies = 1000;

/** What happened to the calls of one policy. `now` is monotonic milliseconds. */
function createCounters(now: () => number) {
  const started = now();
  const latencies: number[] = [];
  const counts = { calls: 0, attempts: 0, failures: 0, cacheHits: 0, shared: 0, ended: 0 };
  return {
    call: () => void (counts.calls += 1),
    attempt: () => void (counts.attempts += 1),
    cacheHit: () => void (counts.cacheHits += 1),
    share: () => void (counts.shared += 1),
    /** A call that was sent and is over. */
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

/** The parts, from the outside in: fallback, cache, single-flight, deadline, retries, breaker, limits, one try's time. */
export function createPolicy(settings: PolicySettings, deps: PolicyDeps): Policy {
  const { name, now } = deps;
  const counters = createCounters(now);
  const cache = createResultCache(settings.resultCacheMs, now);
  const singleFlight = createSingleFlight(name);
  const breaker = createBreaker(settings.breaker, deps);
  /** Until when the server asked to be left alone, for all calls. Monotonic milliseconds. */
  let cooldownUntil = 0;

  async function takePermit(): Promise<void> {
    const cooldownMs = cooldownUntil - now();
    if (cooldownMs > 0) throw limited(`${name} asked to wait.`, cooldownMs);
    const perMinute = settings.requestsPerMinute;
    if (perMinute === null || deps.takePermit === null) return;
    const waitMs = await deps.takePermit(deps.origin, perMinute);
    if (waitMs === null) return;
    throw limited(`${name} was asked ${perMinute} times in a minute.`, waitMs);
  }

  async function tryOnce<T>(call: PolicyCall<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    await takePermit();
    counters.attempt();
    const deadline = startDeadline(name, settings.tryTimeoutMs, signal);
    try {
      return await abortable(deadline.signal, () => call.attempt(deadline.signal));
    } catch (error) {
      const failure = deadline.failure() ?? networkFailure(name, error);
      const wish = wishedWaitMs(settings, failure);
      if (wish > 0) cooldownUntil = Math.max(cooldownUntil, now() + wish);
      throw failure;
    }
  }

  async function send<T>(call: PolicyCall<T>, caller: AbortSignal | undefined): Promise<T> {
    const started = now();
    const deadlineMs = Math.min(call.deadlineMs ?? settings.deadlineMs, settings.deadlineMs);
    const deadline = startDeadline(name, deadlineMs, caller);
    const leftMs = (): number => deadlineMs - (now() - started);
    const retries = retry(
      handleWhen((error) => mayRetry(settings, call, error, leftMs())),
      {
        maxAttempts: settings.retryDelaysMs.length,
        backoff: new DelegateBackoff(({ attempt, result }: IRetryBackoffContext<unknown>) =>
          waitBefore(settings, attempt, "error" in result ? result.error : null, deps.random()),
        ),
      },
    );
    const tries = (): Promise<T> =>
      retries.execute(() => breaker.execute(() => tryOnce(call, deadline.signal)), deadline.signal);
    let isSuccess = false;
    try {
      const result = await abortable(deadline.signal, tries);
      isSuccess = true;
      return result;
    } catch (error) {
      throw deadline.failure() ?? error;
    } finally {
      counters.end(isSuccess, now() - started);
    }
  }

  async function read<T>(call: PolicyCall<T>): Promise<T> {
    const known = cache.get(call.key);
    if (known !== null) {
      counters.cacheHit();
      // The key names the operation, and with it the type of its answer.
      return known.value as T;
    }
    const { generation } = cache;
    const start = async (signal: AbortSignal | undefined): Promise<T> => {
      const value = await send(call, signal);
      if (generation === cache.generation) cache.set(call.key, value);
      return value;
    };
    if (!settings.shareInFlight) return start(call.signal);
    if (singleFlight.has(call.key)) counters.share();
    // Whoever joins keeps their own deadline, which the request under way does not know.
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
      // Also after a failure: it may have happened all the same.
      cache.forget("");
    }
  }

  async function run<T>(call: PolicyCall<T>): Promise<T> {
    counters.call();
    try {
      return await (call.kind === "read" ? read(call) : write(call));
    } catch (error) {
      if (call.fallback === undefined) throw error;
      return call.fallback(networkFailure(name, error));
    }
  }

  /** Calls that are queued within the window are started together, so that identical ones become one. */
  let batch: Promise<void> | null = null;
  async function queue<T>(call: PolicyCall<T>): Promise<T> {
    if (settings.batchWindowMs > 0) {
      batch ??= setTimeout(settings.batchWindowMs).then(() => void (batch = null));
      await batch;
    }
    return run(call);
  }

  return {
    run,
    queue,
    forget: (keyPrefix = "") => cache.forget(keyPrefix),
    metrics: () => ({ ...counters.read(), breaker: breaker.state }),
  };
}
