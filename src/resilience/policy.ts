// What surrounds every call to a backend: time limits, retries, the breaker, limits, sharing, a short cache, counters.

import { handleWhen, retry, DelegateBackoff } from "cockatiel";
import type { IRetryBackoffContext } from "cockatiel";
import { SourceError } from "../core/source-error.ts";
import { createBatch } from "./batch.ts";
import { createBreaker } from "./breaker.ts";
import { createCounters } from "./counters.ts";
import { startDeadline } from "./deadline.ts";
import { createFlights } from "./flights.ts";
import { networkFailure } from "./network-failure.ts";
import { createResultCache } from "./result-cache.ts";
import { mayRetry, waitBefore, wishedWaitMs } from "./retrying.ts";

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
  readonly breaker: { readonly failures: number; readonly restMs: number } | null;
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

/** Throws `SourceError`, besides what `attempt` can give: `source-resting`, `source-rate-limited`, `source-timeout`, `cancelled`. */
export interface Policy {
  run<T>(call: PolicyCall<T>): Promise<T>;
  /** As `run`, together with what else is queued within the batch window. */
  queue<T>(call: PolicyCall<T>): Promise<T>;
  /** Forgets cached results whose key begins so; all of them without it. */
  forget(keyPrefix?: string): void;
  metrics(): PolicyMetrics;
}

/** The parts, from the outside in: fallback, cache, flight, deadline, retries, breaker, limits, one try's time. */
export function createPolicy(settings: PolicySettings, deps: PolicyDeps): Policy {
  const { name, now } = deps;
  const counters = createCounters(now);
  const cache = createResultCache(settings.resultCacheMs, now);
  const flights = createFlights(name);
  const breaker = createBreaker(settings.breaker, deps);
  /** Until when the server asked to be left alone, for all calls. Monotonic milliseconds. */
  let restUntil = 0;

  async function takeTurn(): Promise<void> {
    const asked = restUntil - now();
    const perMinute = settings.requestsPerMinute;
    const wait =
      asked > 0
        ? asked
        : perMinute === null
          ? null
          : ((await deps.takePermit?.(deps.origin, perMinute)) ?? null);
    if (wait === null) return;
    throw new SourceError(
      "source-rate-limited",
      asked > 0 ? `${name} asked to wait.` : `${name} was asked ${perMinute} times in a minute.`,
      { retryAfterMs: wait, isUnsent: true },
    );
  }

  async function tryOnce<T>(call: PolicyCall<T>, signal: AbortSignal): Promise<T> {
    await takeTurn();
    counters.attempt();
    const deadline = startDeadline(name, settings.tryTimeoutMs, signal);
    try {
      return await heeding(deadline.signal, call.attempt(deadline.signal));
    } catch (error) {
      const failure = deadline.failure() ?? networkFailure(name, error);
      const wish = wishedWaitMs(settings, failure);
      if (wish > 0) restUntil = Math.max(restUntil, now() + wish);
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
    const tries = retries.execute(
      () => breaker.execute(() => tryOnce(call, deadline.signal)),
      deadline.signal,
    );
    let isSuccess = false;
    try {
      const result = await heeding(deadline.signal, tries);
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
    if (flights.has(call.key)) counters.share();
    // Whoever joins keeps their own deadline, which the request under way does not know.
    const own = startDeadline(name, call.deadlineMs ?? settings.deadlineMs, call.signal);
    try {
      return await flights.join(call.key, own.signal, start);
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

  const batch = createBatch(settings.batchWindowMs);
  return {
    run,
    queue: (call) => batch(() => run(call)),
    forget: (keyPrefix = "") => cache.forget(keyPrefix),
    metrics: () => ({ ...counters.read(), breaker: breaker.state }),
  };
}

/** The work, or a rejection as soon as the signal is aborted, whether or not the work heeds it. */
function heeding<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
