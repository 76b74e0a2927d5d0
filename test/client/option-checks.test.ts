// What a program gives to the library: what cannot work is refused by the call that was given it, with the option's name.

import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  createMcpClient,
  createRateLimiter,
  createServerPool,
  createServiceAccount,
  createTaskClient,
  createTaskMonitor,
  getDefaultClient,
  openSessionCache,
} from "../../src/index.ts";
import type {
  DefaultClientOptions,
  FailoverOptions,
  McpClientOptions,
  NextQuery,
  PendingQuery,
  PooledServer,
  RequestOptions,
  ServerPoolOptions,
  ServiceAccountOptions,
  SessionCacheOptions,
  TaskClient,
  TaskClientOptions,
  TaskMonitorOptions,
  ToolCallOptions,
} from "../../src/index.ts";
import type * as z from "zod";
import { givenFields, policyFields } from "../../src/client/option-checks.ts";
import { presetSettings } from "../../src/http/policy-settings.ts";
import { startTaskServer } from "../support/task-server.ts";
import { temporaryFolder } from "../support/temporary.ts";

const url = "http://127.0.0.1:9";

type Fields<T> = { readonly [Name in keyof Required<T>]: z.ZodType };

test("every option in the types is known to the checks", () => {
  const known: {
    createMcpClient: Fields<McpClientOptions>;
    createTaskClient: Fields<TaskClientOptions>;
    getDefaultClient: Fields<DefaultClientOptions>;
    createServerPool: Fields<PooledServer>;
    "createServerPool options": Fields<ServerPoolOptions>;
    createServiceAccount: Fields<ServiceAccountOptions>;
    createTaskMonitor: Fields<TaskMonitorOptions>;
    openSessionCache: Fields<SessionCacheOptions>;
    queryPendingTasks: Fields<PendingQuery>;
    getNextRecommendedTask: Fields<NextQuery>;
    makeRequest: Fields<RequestOptions>;
    callTool: Fields<ToolCallOptions>;
    callWithFailover: Fields<FailoverOptions>;
    waitForConnection: { ms: z.ZodType };
  } = givenFields;
  // What of it is missing is an error of the types, and so in "npm run check".
  expect(Object.keys(known)).toHaveLength(14);
  expect(Object.keys(presetSettings.optimized).toSorted()).toEqual(
    Object.keys(policyFields).toSorted(),
  );
});

/** As a program without types gives it. */
const loosely = (make: (options: never) => unknown) => make as (options: unknown) => unknown;

describe("an option that cannot work is refused by name:", () => {
  test.each<[string, unknown]>([
    ["createTaskClient: profile: ", { url, profile: "optimised" }],
    ["createTaskClient: policy.tryTimeoutMs: ", { url, policy: { tryTimeoutMs: Number.NaN } }],
    ["createTaskClient: policy: .*retrys", { url, policy: { retrys: 3 } }],
    ["createTaskClient: transport: ", { url, transport: "grpc" }],
    ["createTaskClient: fallbackStrategy: ", { url, fallbackStrategy: "hope" }],
    ["createTaskClient: .*timeout", { url, timeout: 3 }],
    ["createTaskClient: type: ", { url, type: "jira" }],
    ["createTaskClient: preset: .*mcp", { url, preset: "linear" }],
    [
      'createTaskClient: settings: manage-task has no setting "brnachId"',
      { url, settings: { brnachId: "7" } },
    ],
    ["createTaskClient: url: must be an http", {}],
    ["createTaskClient: url: cannot be used with command", { url, command: "tasks" }],
    ["createTaskClient: args: .*command", { url, args: ["--x"] }],
    ["createTaskClient: url: fetch does not allow port 6000", { url: "http://127.0.0.1:6000" }],
    [
      'createTaskClient: url: http:// .*pass the option "allowInsecureHosts":\\["tasks.example"',
      { url: "http://tasks.example" },
    ],
  ])("%s", (words, options) => {
    const make = () => loosely(createTaskClient)(options);
    expect(make).toThrow(expect.objectContaining({ code: "config-invalid" }));
    expect(make).toThrow(new RegExp(`^${words}`));
  });

  test("every other call refuses wrong options by name", async () => {
    const file = join(temporaryFolder(), "x.db");
    const refused: [string, () => unknown][] = [
      [
        "createMcpClient: heartbeat.everyMs: ",
        () => loosely(createMcpClient)({ url, heartbeat: { everyMs: 0, withinMs: 1 } }),
      ],
      ["createMcpClient: url: must be an http", () => createMcpClient({ url: "tasks" })],
      [
        "createServerPool: name: two servers",
        () =>
          createServerPool([
            { name: "a", url },
            { name: "a", url },
          ]),
      ],
      [
        "createServiceAccount: method: ",
        () => loosely(createServiceAccount)({ server: url, method: "basic" }),
      ],
      [
        "createServiceAccount: server: http://",
        () => createServiceAccount({ server: "http://tasks.example" }),
      ],
      [
        "createTaskMonitor: everyMs: ",
        () => loosely(createTaskMonitor)({ client: {}, everyMs: Number.NaN }),
      ],
      ["openSessionCache: tasksMs: ", () => openSessionCache({ file, tasksMs: -1 })],
      [
        "createRateLimiter: maxRequests: ",
        () => createRateLimiter({ maxRequests: 0, windowMs: 1000 }),
      ],
      [
        "createRateLimiter: windowMs: ",
        () => createRateLimiter({ maxRequests: 1, windowMs: Number.NaN }),
      ],
    ];
    for (const [words, make] of refused) {
      expect(make).toThrow(words);
      expect(make).toThrow(expect.objectContaining({ code: "config-invalid" }));
    }
    const env = { SITREP_HOME: temporaryFolder(), MCP_SERVER_URL: url };
    const opening = loosely(getDefaultClient)({ env, profile: "fast" });
    await expect(opening).rejects.toThrow("getDefaultClient: profile: ");
    const refusedPort = getDefaultClient({
      env: { ...env, MCP_SERVER_URL: "http://127.0.0.1:6000/mcp" },
    });
    await expect(refusedPort).rejects.toThrow(
      "getDefaultClient: mcp-server: url: fetch does not allow port 6000",
    );
  });
});

async function aClient(): Promise<TaskClient> {
  const { origin } = await startTaskServer({ tasks: [{ id: "A", title: "Fix login" }] });
  const client = createTaskClient({ url: origin, name: "team", profile: "basic" });
  onTestFinished(() => client[Symbol.asyncDispose]());
  return client;
}

describe("a call of the client", () => {
  test("a wrong option of a call is refused by name, and nothing is sent", async () => {
    const client = await aClient();
    const refused: [string, () => Promise<unknown>][] = [
      ["queryPendingTasks: limit: ", () => client.queryPendingTasks({ limit: -1 })],
      ["queryPendingTasks: userId: ", () => client.queryPendingTasks({ userId: "" })],
      ["getNextRecommendedTask: branchId: ", () => client.getNextRecommendedTask({ branchId: "" })],
      ["makeRequest: method: ", () => client.makeRequest("/x", {}, { method: "FETCH" as "GET" })],
      ["waitForConnection: ", () => client.waitForConnection(Number.NaN)],
    ];
    for (const [message, ask] of refused) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await expect(ask()).rejects.toMatchObject({
        code: "usage",
        message: expect.stringContaining(message),
      });
    }
    expect(client.getMetrics().calls).toBe(0);
    expect(() => client.on("conected" as "connected", () => {})).toThrow(
      'on: "conected" is not an event',
    );
    const monitor = createTaskMonitor({ client });
    expect(() => monitor.on("task" as "tasks", () => {})).toThrow('on: "task" is not an event');
  });

  test("a failure has the call's name and keeps its code", async () => {
    const server = await startTaskServer();
    const client = createTaskClient({ url: server.origin, name: "team", profile: "basic" });
    onTestFinished(() => client[Symbol.asyncDispose]());
    server.fault = { status: 503 };
    const status = { code: "source-failed", status: 503 };
    await expect(client.queryPendingTasks()).rejects.toMatchObject({
      ...status,
      message: "queryPendingTasks: team answered with HTTP 503.",
    });
    await expect(client.makeRequest("/tasks/7")).rejects.toMatchObject({
      ...status,
      message: "makeRequest /tasks/7: team answered with HTTP 503.",
    });
    const response = await client.queryPendingTasks({ fallback: () => [] });
    expect(response.failure).toMatchObject({
      message: expect.stringMatching(/^queryPendingTasks: /),
    });
  });

  test("a closed client refuses every call, even with a cached response", async () => {
    const { origin } = await startTaskServer({ tasks: [{ id: "A", title: "Fix login" }] });
    using cache = openSessionCache({ file: join(temporaryFolder(), "x.db") });
    const client = createTaskClient({ url: origin, name: "team", cache });
    expect((await client.queryPendingTasks()).from).toBe("live");
    await client[Symbol.asyncDispose]();
    await client[Symbol.asyncDispose]();
    const closed = { code: "usage", message: "queryPendingTasks: the client for team was closed." };
    await expect(client.queryPendingTasks()).rejects.toMatchObject(closed);
    expect(await client.testConnection()).toMatchObject({ isConnected: false, code: "usage" });
  });
});

test("the hint for an MCP server's address without a path names /mcp", async () => {
  const { origin } = await startTaskServer();
  await using client = createMcpClient({ url: origin, name: "board", profile: "basic" });
  await expect(client.callTool("plain", { say: "x" })).rejects.toMatchObject({
    code: "source-failed",
    message: "callTool plain: board answered with HTTP 404 at an address without a path.",
    hint: `MCP servers are usually at ${origin}/mcp`,
  });
});

test("the session cache refuses values that are not JSON", () => {
  using cache = openSessionCache({ file: join(temporaryFolder(), "x.db") });
  cache.set("k", 1);
  const circle: Record<string, unknown> = {};
  circle["itself"] = circle;
  for (const value of [undefined, () => 1, 1n, circle]) {
    const keep = () => cache.set("k", value);
    expect(keep).toThrow(expect.objectContaining({ code: "usage" }));
    expect(keep).toThrow("cache.set k: value: ");
  }
  expect(() => cache.cacheGitStatus(undefined)).toThrow("cacheGitStatus: value: undefined");
  expect(cache.get("k")).toBe(1);
});
