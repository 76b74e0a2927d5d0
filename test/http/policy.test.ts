// The policy around real calls to a real server.

import { describe, expect, onTestFinished, test } from "vitest";
import { createHttpClient } from "../../src/http/http.ts";
import { createPolicy } from "../../src/http/policy.ts";
import type {
  Policy,
  PolicyCall,
  PolicyDeps,
  PolicyMetrics,
  PolicySettings,
  TakePermit,
} from "../../src/http/policy-settings.ts";
import { presetSettings } from "../../src/http/policy-settings.ts";
import { startMisbehavingServer } from "../support/misbehaving-server.ts";
import type { Fault } from "../support/misbehaving-server.ts";

const { basic, resilient, optimized } = presetSettings;

/** A server that counts, a client of it, and a policy. */
async function fixture(settings: PolicySettings, deps: Partial<PolicyDeps> = {}) {
  let count = 0;
  const server = await startMisbehavingServer((_request, response) => {
    count += 1;
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ count }));
  });
  const client = createHttpClient({ name: "board" });
  onTestFinished(() => client[Symbol.asyncDispose]());
  const policy = createPolicy(settings, {
    name: "board",
    origin: server.origin,
    now: () => performance.now(),
    random: () => 0.5,
    takePermit: null,
    ...deps,
  });
  const call = (more: Partial<PolicyCall<unknown>> = {}): PolicyCall<unknown> => ({
    key: "list",
    kind: "read",
    attempt: async (signal) => {
      const method = more.kind === "write" ? "POST" : "GET";
      const request = { method, url: server.url, timeoutMs: 60_000, signal } as const;
      return (await client.requestJson(request)).body;
    },
    ...more,
  });
  return { server, client, policy, call };
}

const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

describe("retries", () => {
  test.for<[string, Fault]>([
    ["reset", "reset"],
    ["cut", "truncated"],
    ["500", { status: 500 }],
    ["503", { status: 503 }],
    ["429", { status: 429 }],
  ])("a read is tried again after %s", async ([, fault]) => {
    const { server, policy, call } = await fixture(resilient);
    server.nextFaults.push(fault, fault);
    expect(await policy.run(call())).toEqual({ count: 1 });
    expect(server.requests).toHaveLength(3);
  });

  test("F62: a failing read is retried three times, after 100, 200 and 400 ms", async () => {
    const { server, policy, call } = await fixture(resilient);
    const at: number[] = [];
    server.fault = { status: 500 };
    const counted = call();
    const attempt = (signal: AbortSignal): Promise<unknown> => {
      at.push(performance.now());
      return counted.attempt(signal);
    };
    expect(await thrownBy(policy.run({ ...counted, attempt }))).toMatchObject({ status: 500 });
    expect(server.requests).toHaveLength(4);
    const waits = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeGreaterThan([95, 195, 395][index] ?? 0);
      expect(wait).toBeLessThan(([100, 200, 400][index] ?? 0) + 150);
    }
  });

  test("F62: the wait before a retry is 0.5 to 1.5 times its setting", async () => {
    const { server, policy, call } = await fixture(
      { ...resilient, retryDelaysMs: [1000] },
      { random: () => 0 },
    );
    server.nextFaults.push({ status: 500 });
    const started = performance.now();
    await policy.run(call());
    expect(performance.now() - started).toBeGreaterThan(495);
    expect(performance.now() - started).toBeLessThan(995);
  });

  test("a read is retried after one try timed out", async () => {
    const { server, policy, call } = await fixture({ ...resilient, tryTimeoutMs: 200 });
    server.nextFaults.push("hang");
    expect(await policy.run(call())).toEqual({ count: 1 });
    expect(server.requests).toHaveLength(2);
  });

  test.for([400, 401, 403, 404, 409, 422])("a read is not retried after %d", async (status) => {
    const { server, policy, call } = await fixture(resilient);
    server.fault = { status };
    expect(await thrownBy(policy.run(call()))).toMatchObject({ status });
    expect(server.requests).toHaveLength(1);
  });

  test("F60: a read is not retried after a page instead of JSON", async () => {
    const { server, policy, call } = await fixture(resilient);
    server.fault = "page";
    expect(await thrownBy(policy.run(call()))).toMatchObject({ code: "source-invalid-response" });
    expect(server.requests).toHaveLength(1);
  });

  test("a call to a stopped server fails after four tries", async () => {
    const { server, policy, call } = await fixture(resilient);
    await server.stop();
    expect(await thrownBy(policy.run(call()))).toMatchObject({ code: "source-unreachable" });
    expect(policy.metrics()).toMatchObject({ attempts: 4, failures: 1, successRate: 0 });
  });

  test("the basic profile tries once", async () => {
    const { server, policy, call } = await fixture(basic);
    server.fault = { status: 500 };
    await thrownBy(policy.run(call()));
    expect(server.requests).toHaveLength(1);
    expect(policy.metrics().breaker).toBe("off");
  });
});

describe("writes", () => {
  test("a write that may have happened is not retried", async () => {
    const { server, policy, call } = await fixture({ ...resilient, tryTimeoutMs: 200 });
    for (const fault of ["reset", "hang", { status: 500 }] as const) {
      server.requests.length = 0;
      server.nextFaults.push(fault);
      // oxlint-disable-next-line no-await-in-loop -- one fault after the other
      await thrownBy(policy.run(call({ kind: "write" })));
      expect(server.requests).toHaveLength(1);
    }
  });

  test("a write that was certainly not sent is retried", async () => {
    const { server, policy, call } = await fixture(resilient);
    await server.stop();
    setTimeout(() => void server.start(), 150);
    expect(await policy.run(call({ kind: "write" }))).toEqual({ count: 1 });
  });

  test("a write with an idempotency key is retried", async () => {
    const { server, policy, call } = await fixture(resilient);
    server.nextFaults.push("reset");
    expect(await policy.run(call({ kind: "write", hasIdempotencyKey: true }))).toEqual({
      count: 1,
    });
  });

  test("identical writes are never shared, and a write drops cached results", async () => {
    const { policy, call } = await fixture(optimized);
    const results = await Promise.all([
      policy.run(call({ kind: "write" })),
      policy.run(call({ kind: "write" })),
    ]);
    expect(new Set(results.map((one) => JSON.stringify(one))).size).toBe(2);
    expect(await policy.run(call())).toEqual({ count: 3 });
    expect(await policy.run(call())).toEqual({ count: 3 });
    await policy.run(call({ kind: "write" }));
    expect(await policy.run(call())).toEqual({ count: 5 });
  });
});

describe("Retry-After", () => {
  test("a Retry-After that fits into the call is waited for", async () => {
    const { server, policy, call } = await fixture(resilient);
    server.nextFaults.push({ status: 429, headers: { "retry-after": "1" } });
    const started = performance.now();
    expect(await policy.run(call())).toEqual({ count: 1 });
    expect(performance.now() - started).toBeGreaterThan(990);
  });

  test("a longer Retry-After ends the call at once, and the server is not asked until then", async () => {
    const { server, policy, call } = await fixture(resilient);
    server.nextFaults.push({ status: 429, headers: { "retry-after": "60" } });
    expect(await thrownBy(policy.run(call()))).toMatchObject({
      code: "source-rate-limited",
      retryAfterMs: 60_000,
    });
    const second = await thrownBy(policy.run(call({ key: "another" })));
    expect(second).toMatchObject({ code: "source-rate-limited", isUnsent: true });
    expect(server.requests).toHaveLength(1);
  });

  test("F61: a Retry-After of ten years counts as 15 minutes", async () => {
    let shift = 0;
    const { server, policy, call } = await fixture(resilient, {
      now: () => performance.now() + shift,
    });
    server.nextFaults.push({ status: 429, headers: { "retry-after": "315360000" } });
    await thrownBy(policy.run(call()));
    shift = 14 * 60_000;
    expect(await thrownBy(policy.run(call()))).toMatchObject({ code: "source-rate-limited" });
    shift = 15 * 60_000 + 1000;
    expect(await policy.run(call())).toEqual({ count: 1 });
  });
});

describe("the deadline", () => {
  test("the deadline covers the whole call, waits and retries included", async () => {
    const { server, policy, call } = await fixture({
      ...resilient,
      tryTimeoutMs: 400,
      deadlineMs: 1000,
    });
    server.fault = "drip";
    const started = performance.now();
    expect(await thrownBy(policy.run(call()))).toMatchObject({ code: "source-timeout" });
    expect(performance.now() - started).toBeLessThan(1300);
  });

  test("the deadline ends a call even if its attempt ignores the signal", async () => {
    const { policy, call } = await fixture({ ...basic, deadlineMs: 200 });
    const deaf = call({ attempt: () => new Promise(() => {}) });
    expect(await thrownBy(policy.run(deaf))).toMatchObject({ code: "source-timeout" });
  });

  test("the time of one try ends it even if its attempt ignores the signal", async () => {
    const { policy, call } = await fixture({ ...basic, tryTimeoutMs: 150 });
    const started = performance.now();
    const deaf = call({ attempt: () => new Promise(() => {}) });
    expect(await thrownBy(policy.run(deaf))).toMatchObject({ code: "source-timeout" });
    expect(performance.now() - started).toBeLessThan(1000);
  });

  test("a caller who gives up between two tries does not wait for the next one", async () => {
    const { server, policy, call } = await fixture({ ...resilient, retryDelaysMs: [2000] });
    server.fault = { status: 500 };
    const caller = new AbortController();
    const started = performance.now();
    const failure = thrownBy(policy.run(call({ signal: caller.signal })));
    await expect.poll(() => policy.metrics().attempts).toBe(1);
    setTimeout(() => caller.abort(), 100);
    expect(await failure).toMatchObject({ code: "cancelled" });
    expect(performance.now() - started).toBeLessThan(900);
  });

  test("a call that was cancelled before it started sends nothing and takes no permit", async () => {
    let permits = 0;
    const { server, policy, call } = await fixture(
      { ...optimized, shareInFlight: false },
      {
        takePermit: async () => {
          permits += 1;
          return null;
        },
      },
    );
    const deaf = call({ attempt: () => new Promise(() => {}), signal: AbortSignal.abort() });
    expect(await thrownBy(policy.run(deaf))).toMatchObject({ code: "cancelled" });
    expect(await thrownBy(policy.run({ ...deaf, kind: "write" }))).toMatchObject({
      code: "cancelled",
    });
    expect(permits).toBe(0);
    expect(server.requests).toHaveLength(0);
  });

  test("a caller can cancel a call", async () => {
    const { server, policy, call } = await fixture(optimized);
    server.fault = "hang";
    const caller = new AbortController();
    const failure = thrownBy(policy.run(call({ signal: caller.signal })));
    setTimeout(() => caller.abort(), 50);
    expect(await failure).toMatchObject({ code: "cancelled" });
  });
});

describe("the breaker", () => {
  const quick: PolicySettings = {
    ...resilient,
    retryDelaysMs: [],
    breaker: { failures: 5, cooldownMs: 300 },
  };

  const failTimes = async (policy: Policy, call: PolicyCall<unknown>, times: number) => {
    for (let time = 0; time < times; time += 1) {
      // oxlint-disable-next-line no-await-in-loop -- in a row
      await thrownBy(policy.run(call));
    }
  };

  test("F62: the breaker opens after 5 failures, lets one call through after its cooldown, and closes when that succeeds", async () => {
    const { server, policy, call } = await fixture(quick);
    server.fault = { status: 500 };
    await failTimes(policy, call(), 5);
    expect(policy.metrics().breaker).toBe("open");
    const cooldown = await thrownBy(policy.run(call()));
    expect(cooldown).toMatchObject({ code: "source-cooldown", isUnsent: true });
    expect(server.requests).toHaveLength(5);
    await new Promise((resolve) => setTimeout(resolve, 320));
    await Promise.all([1, 2, 3].map(() => thrownBy(policy.run(call()))));
    expect(server.requests).toHaveLength(6);
    server.fault = null;
    await new Promise((resolve) => setTimeout(resolve, 320));
    expect(await policy.run(call())).toEqual({ count: 1 });
    expect(policy.metrics().breaker).toBe("closed");
  });

  test("with provenBy 3 the breaker closes after the third good call, and opens again after a failed one", async () => {
    const proven = { ...quick, breaker: { failures: 5, cooldownMs: 300, provenBy: 3 } };
    const { server, policy, call } = await fixture(proven);
    const coolDown = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 320));
    server.fault = { status: 500 };
    await failTimes(policy, call(), 5);
    await coolDown();
    server.nextFaults.push(null, { status: 500 });
    server.fault = null;
    await policy.run(call());
    expect(policy.metrics().breaker).toBe("half-open");
    await thrownBy(policy.run(call()));
    expect(policy.metrics().breaker).toBe("open");
    await coolDown();
    await policy.run(call());
    await policy.run(call());
    expect(policy.metrics().breaker).toBe("half-open");
    await policy.run(call());
    expect(policy.metrics().breaker).toBe("closed");
  });

  test("a 500 now and then never opens the breaker", async () => {
    const { server, policy, call } = await fixture(quick);
    for (let round = 0; round < 6; round += 1) {
      server.nextFaults.push({ status: 500 }, { status: 500 }, null);
      // oxlint-disable-next-line no-await-in-loop -- in a row
      await failTimes(policy, call(), 3);
    }
    expect(policy.metrics()).toMatchObject({ breaker: "closed", failures: 12 });
  });

  test("401, 404 and cancelled calls do not open the breaker", async () => {
    const { server, policy, call } = await fixture(quick);
    server.fault = { status: 401 };
    await failTimes(policy, call(), 6);
    server.fault = { status: 404 };
    await failTimes(policy, call(), 6);
    await failTimes(policy, call({ signal: AbortSignal.abort() }), 6);
    expect(policy.metrics().breaker).toBe("closed");
  });

  test("a call that never reached the server does not close the breaker", async () => {
    let hasPermit = true;
    const { server, policy, call } = await fixture(
      { ...quick, requestsPerMinute: 100 },
      { takePermit: async () => (hasPermit ? null : 40_000) },
    );
    server.fault = { status: 500 };
    await failTimes(policy, call(), 5);
    await new Promise((resolve) => setTimeout(resolve, 320));
    hasPermit = false;
    expect(await thrownBy(policy.run(call()))).toMatchObject({ code: "source-rate-limited" });
    expect(policy.metrics().breaker).toBe("open");
  });

  test("F37: a clock that is set back does not prolong the breaker's cooldown", async () => {
    const realNow = Date.now;
    const { server, policy, call } = await fixture(quick);
    server.fault = { status: 500 };
    await failTimes(policy, call(), 5);
    server.fault = null;
    Date.now = () => realNow() - 3_600_000;
    onTestFinished(() => void (Date.now = realNow));
    await new Promise((resolve) => setTimeout(resolve, 320));
    expect(await policy.run(call())).toEqual({ count: 1 });
  });

  test("a dead server costs one try per cooldown, however many calls there are", async () => {
    const { server, policy, call } = await fixture({ ...resilient, retryDelaysMs: [1, 1, 1] });
    await server.stop();
    await failTimes(policy, call(), 50);
    expect(policy.metrics()).toMatchObject({ calls: 50, attempts: 5, failures: 50 });
  });
});

describe("sharing", () => {
  test("identical reads in flight share one request", async () => {
    const { server, policy, call } = await fixture({ ...optimized, resultCacheMs: 0 });
    const results = await Promise.all(Array.from({ length: 20 }, () => policy.run(call())));
    expect(new Set(results)).toEqual(new Set([results[0]]));
    expect(server.requests).toHaveLength(1);
    expect(policy.metrics()).toMatchObject({ calls: 20, attempts: 1, shared: 19 });
    await policy.run(call());
    expect(server.requests).toHaveLength(2);
  });

  test("a caller who leaves a shared request does not end it; the last one does", async () => {
    const { server, policy, call } = await fixture(optimized);
    server.fault = "hang";
    const [first, second] = [new AbortController(), new AbortController()];
    const calls = [first, second].map((one) => thrownBy(policy.run(call({ signal: one.signal }))));
    await expect.poll(() => server.requests.length).toBe(1);
    first.abort();
    expect(await calls[0]).toMatchObject({ code: "cancelled" });
    expect(server.sockets.open).toBe(1);
    second.abort();
    expect(await calls[1]).toMatchObject({ code: "cancelled" });
    await expect.poll(() => server.sockets.open).toBe(0);
  });

  test("a caller who joins a shared request keeps its own shorter deadline", async () => {
    const { server, policy, call } = await fixture(optimized);
    server.fault = "hang";
    const caller = new AbortController();
    const long = thrownBy(policy.run(call({ signal: caller.signal })));
    expect(await thrownBy(policy.run(call({ deadlineMs: 100 })))).toMatchObject({
      code: "source-timeout",
    });
    caller.abort();
    await long;
  });

  test("a result is cached for its time, and a failure never", async () => {
    let shift = 0;
    const { server, policy, call } = await fixture(optimized, {
      now: () => performance.now() + shift,
    });
    server.nextFaults.push({ status: 404 });
    await thrownBy(policy.run(call()));
    expect(await policy.run(call())).toEqual({ count: 1 });
    expect(await policy.run(call())).toEqual({ count: 1 });
    expect(await policy.run(call({ key: "another" }))).toEqual({ count: 2 });
    shift = 60_001;
    expect(await policy.run(call())).toEqual({ count: 3 });
    expect(policy.metrics()).toMatchObject({ cacheHits: 1 });
    policy.forget();
    expect(await policy.run(call())).toEqual({ count: 4 });
  });

  test("a read that started before a write is not cached after it", async () => {
    const { server, policy, call } = await fixture(optimized);
    let response: (() => void) | undefined;
    const slow = policy.run(
      call({ attempt: () => new Promise((resolve) => (response = () => resolve("old"))) }),
    );
    await expect.poll(() => response).toBeDefined();
    await policy.run(call({ kind: "write" }));
    response?.();
    expect(await slow).toBe("old");
    expect(await policy.run(call())).toEqual({ count: 2 });
    expect(server.requests).toHaveLength(2);
  });

  test("calls queued within 100 ms start together, and identical ones share one request", async () => {
    const { server, policy, call } = await fixture(optimized);
    const started = performance.now();
    const queued = [policy.queue(call()), policy.queue(call()), policy.queue(call({ key: "b" }))];
    await new Promise((resolve) => setTimeout(resolve, 50));
    queued.push(policy.queue(call({ key: "c" })));
    expect(server.requests).toHaveLength(0);
    await Promise.all(queued);
    expect(performance.now() - started).toBeGreaterThan(95);
    expect(performance.now() - started).toBeLessThan(400);
    expect(server.requests).toHaveLength(3);
  });

  test("10 different calls at once and the next 10 share at most 10 connections", async () => {
    const { server, client, policy, call } = await fixture(optimized);
    const ten = (from: number): Promise<unknown> =>
      Promise.all(
        Array.from({ length: 10 }, (_, index) => policy.queue(call({ key: `${from + index}` }))),
      );
    await ten(0);
    await ten(10);
    expect(server.requests).toHaveLength(20);
    expect(server.sockets.accepted).toBeLessThanOrEqual(10);
    expect(client.counters()).toEqual({
      opened: server.sockets.accepted,
      reused: 20 - server.sockets.accepted,
    });
  });
});

describe("the limit of requests", () => {
  test("the limit counts each try, and a refusal says how long to wait", async () => {
    const taken: string[] = [];
    const { server, policy, call } = await fixture(
      { ...optimized, resultCacheMs: 0 },
      {
        takePermit: async (key) => {
          taken.push(key);
          return taken.length > 3 ? 40_000 : null;
        },
      },
    );
    server.nextFaults.push({ status: 500 });
    await policy.run(call());
    await policy.run(call());
    expect(taken).toEqual([server.origin, server.origin, server.origin]);
    expect(await thrownBy(policy.run(call()))).toMatchObject({
      code: "source-rate-limited",
      retryAfterMs: 40_000,
      isUnsent: true,
    });
    expect(server.requests).toHaveLength(3);
  });

  test("a call waits for the limit if the wait is short", async () => {
    let refusals = 1;
    const takePermit: TakePermit = async () => (refusals-- > 0 ? 300 : null);
    const { policy, call } = await fixture(optimized, { takePermit });
    const started = performance.now();
    expect(await policy.run(call())).toEqual({ count: 1 });
    expect(performance.now() - started).toBeGreaterThan(290);
  });
});

describe("counters", () => {
  test("metrics count calls, failures, latency and uptime", async () => {
    const { server, policy, call } = await fixture(basic);
    expect(policy.metrics()).toMatchObject({ calls: 0, latencyMeanMs: null, successRate: 1 });
    await policy.run(call());
    server.nextFaults.push({ status: 404 });
    await thrownBy(policy.run(call()));
    const metrics: PolicyMetrics = policy.metrics();
    const { latencyMeanMs, latencyP95Ms, uptimeMs, ...counts } = metrics;
    expect(counts).toEqual({
      calls: 2,
      attempts: 2,
      failures: 1,
      successRate: 0.5,
      cacheHits: 0,
      shared: 0,
      breaker: "off",
    });
    expect(latencyMeanMs).toBeGreaterThan(0);
    expect(latencyP95Ms).toBeGreaterThanOrEqual(latencyMeanMs ?? 0);
    expect(uptimeMs).toBeGreaterThanOrEqual(latencyP95Ms ?? 0);
  });
});
