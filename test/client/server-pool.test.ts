// Several real MCP servers as one.

import { describe, expect, onTestFinished, test } from "vitest";
import { createServerPool } from "../../src/index.ts";
import type { PooledServer, ServerPool } from "../../src/index.ts";
import { httpV1, httpV2 } from "../support/mcp/listening.ts";
import { startTaskServer } from "../support/task-server.ts";

const quick = { retryDelaysMs: [], resultCacheMs: 0, breaker: null };

function pool(...servers: PooledServer[]): ServerPool {
  const made = createServerPool(servers.map((one) => ({ policy: quick, ...one })));
  onTestFinished(() => made[Symbol.asyncDispose]());
  return made;
}

async function two(policy: PooledServer["policy"] = quick) {
  const [first, second] = [await startTaskServer(), await startTaskServer()];
  const servers = pool(
    { name: "first", url: first.url, capabilities: ["tasks"], policy },
    { name: "second", url: second.url, capabilities: ["tasks"], policy },
  );
  return { first, second, servers };
}

const toolCalls = (server: { requests: { body: string }[] }): number =>
  server.requests.filter(({ body }) => body.includes('"tools/call"')).length;

describe("connections", () => {
  const three = async () => {
    const names = ["one", "two", "three"];
    const started = await Promise.all(names.map(async (name) => ({ name, ...(await httpV2()) })));
    return started.map(({ name, url }) => ({ name, url, policy: quick }));
  };

  test("connections are counted, reused, and closed by clear", async () => {
    const servers = createServerPool(await three());
    onTestFinished(() => servers[Symbol.asyncDispose]());
    expect(servers.connections()).toEqual({ open: 0, opened: 0, reused: 0 });
    await servers.discoverServers();
    expect(servers.connections()).toEqual({ open: 3, opened: 3, reused: 0 });
    await servers.client("one").callTool("plain", { say: "hello" });
    expect(servers.connections()).toMatchObject({ open: 3, opened: 3, reused: 1 });
    await servers.clear();
    expect(servers.connections().open).toBe(0);
    expect(servers.client("one").state).toBe("disconnected");
    await servers.client("one").callTool("plain", { say: "hello" });
    expect(servers.connections()).toMatchObject({ open: 1, opened: 4 });
  });

  test("only maxConnections stay open, the last used ones; a call under way keeps its own", async () => {
    const servers = createServerPool(await three(), { maxConnections: 1 });
    onTestFinished(() => servers[Symbol.asyncDispose]());
    const { server } = await servers.callWithFailover("plain", "plain", { say: "hello" });
    expect(servers.connections().open).toBe(1);
    expect(servers.client(server).state).toBe("connected");
    const working = servers.client("one").callTool("slow", { steps: 3 });
    const others = ["two", "three"].map((name) => servers.client(name).ping());
    await Promise.all(others);
    await servers.discoverServers();
    expect(servers.client("one").state).toBe("connected");
    expect(await working).toMatchObject({ isError: false });
    expect(() => createServerPool([], { maxConnections: 0 })).toThrow(
      "createServerPool options: maxConnections",
    );
  });

  test("connections are closed after their idle time", async () => {
    const servers = createServerPool(await three(), { idleMs: 20 });
    onTestFinished(() => servers[Symbol.asyncDispose]());
    await servers.discoverServers();
    await expect.poll(() => servers.connections().open).toBe(0);
  });
});

describe("discovery", () => {
  test("servers are found by a capability of their own or by a tool", async () => {
    const tasks = await startTaskServer();
    const servers = pool(
      { name: "board", url: tasks.url, capabilities: ["tasks"] },
      { name: "other", url: (await httpV1()).url },
    );
    const names = async (capability?: string) =>
      (await servers.discoverServers(capability === undefined ? {} : { capability })).map(
        ({ name }) => name,
      );
    expect(await names()).toEqual(["board", "other"]);
    expect(await names("tasks")).toEqual(["board"]);
    expect(await names("list_tasks")).toEqual(["other"]);
    expect(await names("nothing")).toEqual([]);
  });

  test("discovery reports a server that cannot be asked, and is not delayed by it", async () => {
    const { first, servers } = await two();
    await first.stop();
    const found = await servers.discoverServers({ capability: "tasks" });
    expect(found.map(({ name, failure }) => [name, failure])).toEqual([
      ["first", "source-unreachable"],
      ["second", null],
    ]);
  });

  test("the error for an unknown capability or server lists the servers", async () => {
    const { servers } = await two();
    await expect(servers.bestSource("weather")).rejects.toMatchObject({
      code: "source-unknown",
      hint: expect.stringContaining("first, second"),
    });
    expect(() => servers.client("third")).toThrow(
      expect.objectContaining({ code: "source-unknown" }),
    );
  });
});

describe("the best server", () => {
  test("the best server is one that answers and fails least", async () => {
    const { first, servers } = await two();
    await first.stop();
    expect((await servers.bestSource("tasks")).name).toBe("second");
    await first.start();
    // The first one's failures are remembered.
    expect((await servers.bestSource("tasks")).name).toBe("second");
  });
});

describe("failover", () => {
  const health = { action: "health_check" };

  /** What the servers have is known and kept, so that only calls of tools reach them. */
  async function known() {
    const { first, second, servers } = await two({ retryDelaysMs: [] });
    await servers.discoverServers();
    const best = await servers.bestSource("tasks");
    const [broken, whole] = best.name === "first" ? [first, second] : [second, first];
    return { servers, broken, whole, best: best.name };
  }

  test("failover asks the next server when the best one fails, and reports it", async () => {
    const { servers, broken, whole, best } = await known();
    broken.fault = { status: 500 };
    const reading = { kind: "read" } as const;
    const result = await servers.callWithFailover("tasks", "manage_connection", health, reading);
    expect(result.response.texts[0]).toContain("healthy");
    expect(result.failed).toEqual([{ server: best, code: "source-failed" }]);
    expect([toolCalls(broken), toolCalls(whole)]).toEqual([1, 1]);
  });

  test.each([{}, { kind: "write" }, { kind: "write", maxRetries: 9 }] as const)(
    "failover never gives a write to another server: %j",
    async (options) => {
      const { servers, broken, whole } = await known();
      broken.fault = { status: 500 };
      const args = { action: "create", title: "Once" };
      const writing = servers.callWithFailover("tasks", "manage_task", args, options);
      await expect(writing).rejects.toMatchObject({ status: 500 });
      expect([toolCalls(broken), toolCalls(whole)]).toEqual([1, 0]);
    },
  );

  test("failover asks at most maxRetries more servers, and throws the last failure", async () => {
    const { servers, first, second } = await two();
    await Promise.all([first.stop(), second.stop()]);
    const reading = { kind: "read", maxRetries: 1 } as const;
    const call = servers.callWithFailover("tasks", "manage_connection", health, reading);
    await expect(call).rejects.toMatchObject({ code: "source-unreachable" });
    await second.start();
    const once = { kind: "read", maxRetries: 0 } as const;
    const result = await servers.callWithFailover("tasks", "manage_connection", health, once);
    expect(result).toMatchObject({ server: "second", failed: [] });
  });

  test("failover takes a tool's error for a response", async () => {
    const servers = pool(
      { name: "a", url: (await httpV2()).url },
      { name: "b", url: (await httpV2()).url },
    );
    const reading = { kind: "read" } as const;
    const result = await servers.callWithFailover("fail", "fail", {}, reading);
    expect(result).toMatchObject({ response: { isError: true }, failed: [] });
  });

  test("failover does not ask another server after a mistake in the call", async () => {
    const { servers, first, second } = await two();
    const call = servers.callWithFailover("tasks", "no_such_tool", {}, { kind: "read" });
    await expect(call).rejects.toMatchObject({ code: "usage" });
    expect(toolCalls(first) + toolCalls(second)).toBe(0);
  });
});
