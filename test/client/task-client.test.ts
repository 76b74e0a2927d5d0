// The task client against a real server on loopback: what it gives, and what it does when the server fails.

import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  SourceError,
  createTaskClient,
  openSessionCache,
  renewedTokens,
  staticToken,
} from "../../src/index.ts";
import type { SessionCache, Task, TaskClient, TaskClientOptions } from "../../src/index.ts";
import { aTask } from "../support/builders.ts";
import type { MockTask } from "../../src/client/testing/index.ts";
import { answering, startMisbehavingServer } from "../support/misbehaving-server.ts";
import { startTracker, token } from "../support/trackers.ts";
import { startTaskServer } from "../support/task-server.ts";
import type { TaskServer } from "../support/task-server.ts";
import { temporaryFolder } from "../support/temporary.ts";

const board: readonly MockTask[] = [
  { id: "T-1", title: "Water the plants", status: "todo", priority: "low", assignees: ["@Alice"] },
  { id: "T-2", title: "Rotate keys", status: "in_progress", priority: "medium", assignees: "bob" },
  { id: "T-3", title: "Fix login", status: "todo", priority: "high", assignees: "alice,bob" },
  { id: "T-4", title: "Old news", status: "done", priority: "urgent" },
];

const quick = { retryDelaysMs: [5, 5, 5] };

function aCache(): SessionCache {
  const cache = openSessionCache({ file: join(temporaryFolder(), "cache.db") });
  onTestFinished(() => cache[Symbol.dispose]());
  return cache;
}

interface Fixture {
  server: TaskServer;
  client: TaskClient;
}

async function fixture(
  options: Partial<TaskClientOptions> = {},
  tasks: readonly MockTask[] = board,
): Promise<Fixture> {
  const server = await startTaskServer({ tasks });
  const client = createTaskClient({
    url: server.origin,
    name: "board",
    ...options,
    policy: { ...quick, ...options.policy },
  });
  onTestFinished(() => client[Symbol.asyncDispose]());
  return { server, client };
}

const ids = (tasks: readonly Task[]): string[] => tasks.map(({ id }) => id);

describe("open tasks", () => {
  test("open tasks come with the most pressing first, and without finished ones", async () => {
    const { client } = await fixture();
    const response = await client.queryPendingTasks();
    expect(ids(response.value)).toEqual(["T-2", "T-3", "T-1"]);
    expect(response).toMatchObject({ from: "live", ageMs: 0, failure: null });
  });

  test("open tasks are cut at ten, or at the given limit", async () => {
    const many = Array.from({ length: 30 }, (_, at) => ({ title: `Task ${at}` }));
    const { client } = await fixture({}, many);
    expect((await client.queryPendingTasks()).value).toHaveLength(10);
    expect((await client.queryPendingTasks({ limit: 25 })).value).toHaveLength(25);
  });

  test("open tasks of one user are found in any spelling of the name", async () => {
    const { client } = await fixture();
    expect(ids((await client.queryPendingTasks({ userId: "alice" })).value)).toEqual([
      "T-3",
      "T-1",
    ]);
    expect(ids((await client.queryPendingTasks({ userId: "@Bob" })).value)).toEqual(["T-2", "T-3"]);
  });

  test.each(["manage-task", "task-tracking", "tickets"] as const)(
    "open tasks come from %s",
    async (type) => {
      const { client } = await fixture({ type, project: { path: "/shop-api", name: "shop-api" } }, [
        { id: "T-1", project: "shop-api", title: "Fix login", status: "pending" },
      ]);
      expect(ids((await client.queryPendingTasks()).value)).toEqual(["T-1"]);
    },
  );

  test("open tasks come from an MCP server's tool, and from a server with a preset", async () => {
    const server = await startTaskServer({ tasks: board });
    for (const how of [{}, { type: "mcp", preset: "4genthub" }] as const) {
      const client = createTaskClient({ url: server.url, transport: "http", ...how });
      onTestFinished(() => client[Symbol.asyncDispose]());
      expect(ids((await client.queryPendingTasks()).value)).toEqual(["T-2", "T-3", "T-1"]);
      expect((await client.testConnection()).isConnected).toBe(true);
      expect(client.state).toBe("connected");
    }
  });
});

describe("a service by requests of a mapping", () => {
  async function github(options: Partial<TaskClientOptions> = {}) {
    const fake = await startTracker("github", 2);
    const client = createTaskClient({ url: fake.origin, type: "json", ...options });
    onTestFinished(() => client[Symbol.asyncDispose]());
    return { fake, client };
  }

  test("open tasks come from a tracker by its preset, with the program's token", async () => {
    const settings = { repository: "o/r" };
    const tokens = staticToken(token);
    const { client } = await github({ preset: "github", settings, tokens });
    expect(ids((await client.queryPendingTasks()).value)).toEqual(["1", "2"]);
    expect((await client.testConnection()).isConnected).toBe(true);
  });

  test("open tasks come from any service by a mapping, which has its own headers", async () => {
    const list = { path: "/todo", tasks: "list", task: '{"id": n, "title": t}' };
    const { client, fake } = await github({ mapping: { headers: { "x-version": "7" }, list } });
    fake.fault = () => ({ body: { list: [{ n: "A", t: "First" }] } });
    expect(ids((await client.queryPendingTasks()).value)).toEqual(["A"]);
    expect(fake.asked[0]).toMatchObject({ path: "/todo", headers: { "x-version": "7" } });
  });

  test.each<[string, Partial<TaskClientOptions>, string]>([
    ["without a mapping", {}, "has no mapping"],
    ["with a mapping of tools", { mapping: { list: { tool: "list" } } }, "mapping.list.tool"],
    ["with a program", { command: "x", url: undefined as never }, "needs a url"],
  ])("is refused %s", async (_what, options, words) => {
    await expect(github(options)).rejects.toThrow(words);
  });
});

describe("the next task", () => {
  test("the next task is the server's recommendation for the branch, by name or id", async () => {
    const { client, server } = await fixture({}, [{ id: "N-1", title: "Next" }]);
    const byName = await client.getNextRecommendedTask({ branch: "feature/login" });
    expect(byName.value).toMatchObject({ id: "N-1" });
    await client.getNextRecommendedTask({ branchId: "branch-9" });
    const bodies = server.requests.map(({ body }) => body).join("\n");
    expect(bodies).toContain('"git_branch_id":"branch-7"');
    expect(bodies).toContain('"git_branch_id":"branch-9"');
  });

  test("without a recommendation the next task is the most pressing open task, or null", async () => {
    const { client, server } = await fixture({ type: "tickets" });
    expect((await client.getNextRecommendedTask()).value?.id).toBe("T-2");
    server.tasks.length = 0;
    const { client: other } = await fixture({ type: "tickets" }, []);
    expect(await other.getNextRecommendedTask()).toMatchObject({ value: null, from: "live" });
  });

  /** Lists its tasks and has nothing else: every other call is refused in its own way. */
  async function listing(refuse: (action: string, response: ServerResponse) => void) {
    const server = await startMisbehavingServer((request, response) => {
      const { action = "" } = JSON.parse(request.body ?? "{}") as { action?: string };
      const isList = request.url === "/mcp/manage_task" && action === "list";
      if (isList) answering({ success: true, tasks: board })(request, response);
      else refuse(action, response);
    });
    const client = createTaskClient({ url: server.origin, name: "board", policy: quick });
    onTestFinished(() => client[Symbol.asyncDispose]());
    return client;
  }
  const replying = (status: number, body: unknown) => (_: string, response: ServerResponse) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };

  test.each([
    ["404", replying(404, { error: "not found" })],
    ["a failure", replying(200, { success: false, error: "Unknown action: next" })],
    ["something else", replying(200, { hello: 1 })],
    ["none", replying(200, { success: true, data: { task: null } })],
  ])("the next task is the most pressing of the list if the server says %s", async (_, refuse) => {
    const client = await listing(refuse);
    const response = { value: { id: "T-2" }, from: "live", failure: null };
    expect(await client.getNextRecommendedTask()).toMatchObject(response);
    expect(await client.getNextRecommendedTask({ branchId: "b-1" })).toMatchObject(response);
    expect(await client.testConnection()).toMatchObject({ isConnected: true });
  });

  test("the next task and the connection test report a refused sign-in", async () => {
    const client = await listing(replying(401, {}));
    await expect(client.getNextRecommendedTask()).rejects.toMatchObject({ code: "source-refused" });
    expect(await client.testConnection()).toMatchObject({ code: "source-refused" });
  });

  test("the next task is the most pressing cached one when the server fails", async () => {
    const { client, server } = await fixture({ cache: aCache() });
    await client.queryPendingTasks();
    await server.stop();
    const response = await client.getNextRecommendedTask();
    expect(response).toMatchObject({ value: { id: "T-2" }, from: "cache" });
    expect(response.failure?.code).toBe("source-unreachable");
  });
});

describe("profiles", () => {
  test.each([
    ["basic", 1],
    ["resilient", 4],
    ["optimized", 4],
  ] as const)("%s sends %d requests to a server that fails", async (profile, count) => {
    const { client, server } = await fixture({
      profile,
      ...(profile === "basic" ? { policy: { retryDelaysMs: [] } } : {}),
    });
    server.fault = { status: 500 };
    await expect(client.queryPendingTasks()).rejects.toMatchObject({ code: "source-failed" });
    expect(server.requests).toHaveLength(count);
  });

  test("the optimized profile asks once for identical calls, at once and within a minute", async () => {
    const { client, server } = await fixture();
    await Promise.all(Array.from({ length: 10 }, () => client.queryPendingTasks()));
    await client.queryPendingTasks();
    expect(server.requests).toHaveLength(1);
    expect(client.getMetrics()).toMatchObject({ calls: 11, attempts: 1, shared: 9, cacheHits: 1 });
  });

  test("the basic profile asks each time", async () => {
    const { client, server } = await fixture({ profile: "basic" });
    await client.queryPendingTasks();
    await client.queryPendingTasks();
    expect(server.requests).toHaveLength(2);
  });

  test("ten different calls at once use at most ten connections, and later calls reuse them", async () => {
    const { client, server } = await fixture();
    const round = (): Promise<unknown> =>
      Promise.all(
        Array.from({ length: 10 }, (_, at) => client.makeRequest(`/tasks/T-${(at % 4) + 1}?${at}`)),
      );
    await round();
    expect(server.sockets.accepted).toBeLessThanOrEqual(10);
    const { accepted } = server.sockets;
    await Promise.all(
      Array.from({ length: 30 }, (_, at) => client.makeRequest(`/tasks/T-1?later=${at}`)),
    );
    expect(server.sockets.accepted).toBeLessThanOrEqual(10);
    const { connections } = client.getMetrics();
    expect(connections.opened).toBe(server.sockets.accepted);
    expect(connections.reused).toBe(40 - connections.opened);
    expect(accepted).toBeGreaterThan(0);
  });

  test("the optimized profile keeps the limit of requests", async () => {
    const { client, server } = await fixture({
      policy: { requestsPerMinute: 2, retryDelaysMs: [] },
    });
    await client.makeRequest("/tasks/T-1");
    await client.makeRequest("/tasks/T-2");
    await expect(client.makeRequest("/tasks/T-3")).rejects.toMatchObject({
      code: "source-rate-limited",
    });
    expect(server.requests).toHaveLength(2);
  });

  test("a limit in a file holds for every client that names the file", async () => {
    const limitsFile = join(temporaryFolder(), "limits.db");
    const { client, server } = await fixture({
      limitsFile,
      policy: { requestsPerMinute: 1, retryDelaysMs: [] },
    });
    await client.makeRequest("/tasks/T-1");
    const other = createTaskClient({
      url: server.origin,
      limitsFile,
      policy: { requestsPerMinute: 1, retryDelaysMs: [] },
    });
    onTestFinished(() => other[Symbol.asyncDispose]());
    await expect(other.makeRequest("/tasks/T-2")).rejects.toMatchObject({
      code: "source-rate-limited",
    });
  });
});

describe("when the live response fails", () => {
  /** A client whose server is down; with a good response kept before, where `hasAnswer`. */
  async function down(
    options: Partial<TaskClientOptions>,
    hasAnswer: boolean,
  ): Promise<TaskClient> {
    const { client, server } = await fixture({
      cache: aCache(),
      ...options,
      policy: { resultCacheMs: 0, retryDelaysMs: [] },
    });
    if (hasAnswer) await client.queryPendingTasks();
    await server.stop();
    return client;
  }

  test.each([
    ["cache_then_skip", ["T-2", "T-3", "T-1"], "cache"],
    ["cache_then_error", ["T-2", "T-3", "T-1"], "cache"],
    ["skip", [], "none"],
  ] as const)("%s gives %j after an earlier good response, with the reason", async (...row) => {
    const [fallbackStrategy, expected, from] = row;
    const client = await down({ fallbackStrategy }, true);
    const response = await client.queryPendingTasks();
    expect(ids(response.value)).toEqual(expected);
    expect(response.from).toBe(from);
    expect(response.failure?.code).toBe("source-unreachable");
  });

  test.each(["cache_then_skip", "skip"] as const)(
    "%s gives nothing without a cached response",
    async (fallbackStrategy) => {
      const client = await down({ fallbackStrategy }, false);
      const response = await client.queryPendingTasks();
      expect(response).toMatchObject({ value: [], from: "none", ageMs: null });
      expect(response.failure?.code).toBe("source-unreachable");
    },
  );

  test("cache_then_error throws without a cached response", async () => {
    const client = await down({ fallbackStrategy: "cache_then_error" }, false);
    await expect(client.queryPendingTasks()).rejects.toMatchObject({ code: "source-unreachable" });
  });

  test("the basic profile throws even with a cache", async () => {
    const client = await down({ profile: "basic" }, false);
    await expect(client.queryPendingTasks()).rejects.toMatchObject({ code: "source-unreachable" });
  });

  test("a cached response has its age", async () => {
    let now = 1_000_000;
    const cache = openSessionCache({ file: join(temporaryFolder(), "c.db"), now: () => now });
    onTestFinished(() => cache[Symbol.dispose]());
    const client = await down({ cache }, true);
    now += 3_600_000;
    expect(await client.queryPendingTasks()).toMatchObject({ from: "cache", ageMs: 3_600_000 });
    now += 8 * 86_400_000;
    expect(await client.queryPendingTasks()).toMatchObject({ from: "none" });
  });

  test("an empty list is a response, and replaces the cached one", async () => {
    const { client, server } = await fixture({ cache: aCache(), policy: { resultCacheMs: 0 } });
    await client.queryPendingTasks();
    server.tasks.length = 0;
    expect(await client.queryPendingTasks()).toMatchObject({ value: [], from: "live" });
    await server.stop();
    expect(await client.queryPendingTasks()).toMatchObject({ value: [], from: "cache" });
  });

  test("another project's tasks are never given", async () => {
    const cache = aCache();
    const { client, server } = await fixture({ cache, project: { path: "/shop" } });
    await client.queryPendingTasks();
    await server.stop();
    const other = createTaskClient({
      url: server.origin,
      cache,
      project: { path: "/blog" },
      policy: quick,
    });
    onTestFinished(() => other[Symbol.asyncDispose]());
    expect(await other.queryPendingTasks()).toMatchObject({ value: [], from: "none" });
  });

  test("a call's fallback comes before the cached response", async () => {
    const client = await down({}, true);
    const spare = aTask({ id: "SPARE" });
    const pending = await client.queryPendingTasks({ fallback: () => [spare] });
    expect([ids(pending.value), pending.from]).toEqual([["SPARE"], "fallback"]);
    const next = await client.getNextRecommendedTask({
      fallback: ({ code }) => ({ ...spare, title: code }),
    });
    expect(next.value?.title).toBe("source-unreachable");
    const own = await client.makeRequest("/tasks/T-1", undefined, { fallback: () => "spare" });
    expect(own).toBe("spare");
  });

  test("a cancelled call does not fall back", async () => {
    const { client, server } = await fixture({ cache: aCache(), policy: { resultCacheMs: 0 } });
    await client.queryPendingTasks();
    server.fault = "hang";
    const signal = AbortSignal.timeout(50);
    await expect(client.queryPendingTasks({ signal })).rejects.toMatchObject({ code: "cancelled" });
  });
});

describe("the program's own requests", () => {
  const created = { action: "create", title: "Add sign-in", assignees: "alice" };

  test("makeRequest creates a task", async () => {
    const { client, server } = await fixture();
    const response = await client.makeRequest("/mcp/manage_task", created);
    expect(response).toMatchObject({ success: true, data: { task: { title: "Add sign-in" } } });
    expect(server.tasks).toHaveLength(board.length + 1);
  });

  test("a write is not repeated if the server may have done it", async () => {
    const { client, server } = await fixture();
    server.fault = { status: 500 };
    await expect(client.makeRequest("/mcp/manage_task", created)).rejects.toMatchObject({
      status: 500,
    });
    expect(server.requests).toHaveLength(1);
  });

  test("a write with a key is repeated, with the same key", async () => {
    const { client, server } = await fixture();
    server.nextFaults.push({ status: 500 }, "reset");
    await client.makeRequest("/mcp/manage_task", created, { idempotencyKey: "k-1" });
    expect(server.requests.map(({ headers }) => headers["idempotency-key"])).toEqual([
      "k-1",
      "k-1",
      "k-1",
    ]);
  });

  test("the sign-in is sent to the client's own server only", async () => {
    const other = await startTaskServer();
    const { client } = await fixture({ tokens: staticToken("secret") });
    for (const path of [
      `${other.origin}/tasks`,
      `//127.0.0.1:${new URL(other.origin).port}/tasks`,
    ]) {
      await expect(client.makeRequest(path)).rejects.toMatchObject({ code: "source-failed" });
    }
    expect(other.requests).toEqual([]);
  });

  test("an address without TLS is refused before anything is sent", () => {
    for (const url of ["http://tasks.acme.example", "http://user:pass@127.0.0.1/", "nonsense"]) {
      expect(() => createTaskClient({ url })).toThrow(
        expect.objectContaining({ code: "config-invalid" }),
      );
    }
  });
});

describe("sign-in", () => {
  test("a token that the server refuses is renewed once, and the call sent again", async () => {
    let given = 0;
    const tokens = renewedTokens(async () => ({ value: `token-${++given}`, expiresAt: null }));
    const { client, server } = await fixture({ tokens });
    server.key = "token-2";
    expect((await client.queryPendingTasks()).value).toHaveLength(3);
    expect(given).toBe(2);
    expect(server.requests).toHaveLength(2);
  });

  test("a lasting refusal is reported with its code, and not retried", async () => {
    const { client, server } = await fixture({ tokens: staticToken("wrong") });
    server.key = "right";
    await expect(client.queryPendingTasks()).rejects.toMatchObject({ code: "source-refused" });
    expect(server.requests).toHaveLength(1);
    expect(await client.testConnection()).toMatchObject({
      isConnected: false,
      code: "source-refused",
    });
  });
});

describe("the connection", () => {
  test("testConnection asks the server now, past the cache", async () => {
    const { client, server } = await fixture();
    expect(await client.testConnection()).toMatchObject({ isConnected: true, code: null });
    await server.stop();
    expect(await client.testConnection()).toMatchObject({
      isConnected: false,
      code: "source-unreachable",
    });
    await server.start();
    expect(await client.testConnection()).toMatchObject({ isConnected: true });
  });

  test("connection events are reported, and a listener that throws harms no other", async () => {
    const { client, server } = await fixture({ profile: "basic", policy: { retryDelaysMs: [] } });
    const heard: string[] = [];
    client.on("connected", () => {
      throw new Error("of the listener");
    });
    for (const event of ["connected", "disconnected", "error"] as const) {
      client.on(event, () => heard.push(event));
    }
    await client.queryPendingTasks();
    await server.stop();
    await expect(client.queryPendingTasks()).rejects.toThrow(SourceError);
    await server.start();
    await client.queryPendingTasks();
    expect(heard).toEqual(["connected", "disconnected", "error", "connected"]);
  });

  test("waitForConnection waits until the server answers", async () => {
    const { client, server } = await fixture();
    await server.stop();
    const waiting = client.waitForConnection(10_000);
    setTimeout(() => void server.start(), 300);
    await waiting;
    expect(client.state).toBe("connected");
  });

  test("testConnection and waitForConnection work while the breaker is open", async () => {
    const { client, server } = await fixture();
    await server.stop();
    for (const _ of [1, 2]) await expect(client.queryPendingTasks()).rejects.toThrow(SourceError);
    expect(client.getMetrics().breaker).toBe("open");
    await server.start();
    await client.waitForConnection();
    expect(await client.testConnection()).toMatchObject({ isConnected: true });
  });

  test("waitForConnection ends in its time, and at once if the server refuses", async () => {
    const { client, server } = await fixture();
    await server.stop();
    await expect(client.waitForConnection(300)).rejects.toMatchObject({ code: "source-timeout" });
    await server.start();
    server.key = "right";
    await expect(client.waitForConnection()).rejects.toMatchObject({ code: "source-refused" });
  });

  test("the metrics count how calls went", async () => {
    const { client, server } = await fixture({ profile: "basic" });
    await client.queryPendingTasks();
    server.fault = { status: 500 };
    await expect(client.queryPendingTasks()).rejects.toThrow(SourceError);
    const metrics = client.getMetrics();
    expect(metrics).toMatchObject({ calls: 2, failures: 1, successRate: 0.5 });
    expect(metrics.latencyMeanMs).toBeGreaterThan(0);
    expect(metrics.latencyP95Ms).toBeGreaterThanOrEqual(metrics.latencyMeanMs ?? 0);
    expect(metrics.uptimeMs).toBeGreaterThan(0);
  });
});
