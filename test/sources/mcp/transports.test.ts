// The same calls over every transport that servers of both lines of the SDK offer.

import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { connectMcp } from "../../support/mcp/connect.ts";
import type {
  ConnectOptions,
  McpConnection,
  McpTarget,
} from "../../../src/sources/mcp/mcp-connection.ts";
import { eventually } from "../../support/waiting.ts";
import { newWitness, tasks } from "../../support/mcp/behavior.ts";
import type { Witness } from "../../support/mcp/behavior.ts";
import { httpV1, httpV2, sseV1, webSocket } from "../../support/mcp/listening.ts";

const program = (file: string, ...args: string[]): McpTarget => ({
  transport: "stdio",
  command: process.execPath,
  args: [join(import.meta.dirname, "../../support/mcp", file), ...args],
  env: {},
  cwd: import.meta.dirname,
});

const options: ConnectOptions = {
  name: "board",
  connectTimeoutMs: 10_000,
  requestTimeoutMs: 10_000,
};

async function connect(target: McpTarget, more: Partial<ConnectOptions> = {}) {
  const connection = await connectMcp(target, { ...options, ...more });
  onTestFinished(() => connection[Symbol.asyncDispose]());
  return connection;
}

interface Case {
  name: string;
  revision: string;
  server: string;
  reach: () => Promise<{ target: McpTarget; witness: Witness }>;
}

const cases: Case[] = [
  {
    name: "1.x over Streamable HTTP",
    revision: "2025-11-25",
    server: "tasks-v1 1.2.3",
    reach: async () => {
      const { url, witness } = await httpV1();
      return { target: { transport: "http", url }, witness };
    },
  },
  {
    name: "1.x over SSE",
    revision: "2025-11-25",
    server: "tasks-v1 1.2.3",
    reach: async () => {
      const { url, witness } = await sseV1();
      return { target: { transport: "sse", url }, witness };
    },
  },
  {
    name: "1.x over SSE, found where Streamable HTTP was expected",
    revision: "2025-11-25",
    server: "tasks-v1 1.2.3",
    reach: async () => {
      const { url, witness } = await sseV1("/mcp");
      return { target: { transport: "http", url }, witness };
    },
  },
  {
    name: "1.x over stdio",
    revision: "2025-11-25",
    server: "tasks-v1 1.2.3",
    reach: async () => ({ target: program("stdio-v1.ts"), witness: newWitness() }),
  },
  {
    name: "1.x over WebSocket",
    revision: "2025-11-25",
    server: "tasks-v1 1.2.3",
    reach: async () => {
      const { url, witness } = await webSocket("v1");
      return { target: { transport: "websocket", url }, witness };
    },
  },
  {
    name: "2.x over Streamable HTTP",
    revision: "2026-07-28",
    server: "tasks-v2 2.3.4",
    reach: async () => {
      const { url, witness } = await httpV2();
      return { target: { transport: "http", url }, witness };
    },
  },
  {
    name: "2.x over stdio",
    revision: "2025-11-25",
    server: "tasks-v2 2.3.4",
    reach: async () => ({ target: program("stdio-v2.ts"), witness: newWitness() }),
  },
  {
    name: "2.x over stdio, which knows the newest revision only",
    revision: "2026-07-28",
    server: "tasks-v2 2.3.4",
    reach: async () => ({ target: program("stdio-v2.ts", "modern"), witness: newWitness() }),
  },
  {
    name: "2.x over WebSocket",
    revision: "2025-11-25",
    server: "tasks-v2 2.3.4",
    reach: async () => {
      const { url, witness } = await webSocket("v2");
      return { target: { transport: "websocket", url }, witness };
    },
  },
];

describe.for(cases)("$name", ({ revision, server, reach }) => {
  async function open(): Promise<{ board: McpConnection; witness: Witness; target: McpTarget }> {
    const { target, witness } = await reach();
    return { board: await connect(target), witness, target };
  }

  test("the client agrees on a revision, lists, calls, reads, gets and pings", async () => {
    const { board } = await open();
    expect(board.protocolVersion).toBe(revision);
    expect(`${board.serverName} ${board.serverVersion}`).toBe(server);
    expect(board.state).toBe("connected");
    const tools = await board.listTools();
    expect(tools.map((tool) => tool.name)).toContain("list_tasks");
    expect(await board.callTool("list_tasks", {})).toMatchObject({
      isError: false,
      structured: { tasks },
      texts: [JSON.stringify({ tasks })],
    });
    expect(await board.callTool("plain", { say: "hello" })).toMatchObject({
      structured: undefined,
      texts: ["hello"],
    });
    expect(await board.callTool("fail", {})).toMatchObject({ isError: true });
    const resources = await board.listResources();
    expect(resources.map((one) => one.uri)).toEqual(["tasks://all"]);
    expect(await board.readResource("tasks://all")).toMatchObject([
      { text: JSON.stringify(tasks), blob: null },
    ]);
    const prompts = await board.listPrompts();
    expect(prompts).toMatchObject([
      { name: "plan", arguments: [{ name: "task", isRequired: true }] },
    ]);
    expect(await board.getPrompt("plan", { task: "T-1" })).toEqual([
      { role: "user", text: "Plan T-1" },
    ]);
    expect(await board.ping()).toBeGreaterThan(0);
  });

  test("a call reports progress", async () => {
    const { board } = await open();
    // The SDK hands progress on in a later step than a response: what it reads together with the response is dropped, which a
    // busy machine makes happen.
    await eventually(async () => {
      const seen: number[] = [];
      const onProgress = ({ progress }: { progress: number }) => seen.push(progress);
      await board.callTool("slow", { steps: 3 }, { onProgress });
      expect(seen).toEqual([1, 2, 3]);
    });
  });

  test("a call that takes too long or is cancelled is cancelled at the server", async () => {
    const { board, witness, target } = await open();
    await expect(board.callTool("wait", {}, { timeoutMs: 200 })).rejects.toMatchObject({
      code: "source-timeout",
    });
    const caller = new AbortController();
    const call = board.callTool("wait", {}, { signal: caller.signal });
    setTimeout(() => caller.abort(), 50);
    await expect(call).rejects.toMatchObject({ code: "cancelled" });
    // A server in a process of its own is believed.
    const unseen = target.transport === "stdio" ? 2 : 0;
    await expect.poll(() => witness.cancelled + unseen).toBe(2);
    expect(await board.callTool("plain", { say: "still there" })).toMatchObject({
      texts: ["still there"],
    });
  });

  test("an unknown tool gives a response or a failure, never a hang", async () => {
    const { board } = await open();
    const response = await board.callTool("nothing", {}).catch((error: unknown) => error);
    expect(response).toSatisfy(
      (one: { isError?: boolean; code?: string }) =>
        one.isError === true || one.code === "source-failed",
    );
  });
});

describe("lists that change", () => {
  test.for<"v1" | "v2">(["v1", "v2"])(
    "%s: a list_changed notification drops the cached list",
    async (line) => {
      const { url } = await webSocket(line);
      const board = await connect({ transport: "websocket", url });
      const changed: string[] = [];
      board.on("listChanged", (kind) => changed.push(kind));
      const before = await board.listTools();
      expect(await board.listTools()).toBe(before);
      await board.callTool("grow", {});
      await expect.poll(() => changed).toContain("tools");
      expect((await board.listTools()).map((tool) => tool.name)).toContain("extra");
    },
  );

  test("over HTTP list_changed comes in the event stream", async () => {
    const { url } = await httpV1();
    const board = await connect({ transport: "http", url });
    await board.listTools();
    const changed: string[] = [];
    board.on("listChanged", (kind) => changed.push(kind));
    // The stream is opened beside the first calls.
    await expect
      .poll(
        async () => {
          await board.callTool("grow", {});
          return changed.length;
        },
        { interval: 200 },
      )
      .toBeGreaterThan(0);
    expect((await board.listTools()).map((tool) => tool.name)).toContain("extra");
  });

  test("2026-07-28: list_changed comes by a subscription, which outlives the time for connecting", async () => {
    const { url, toolsChanged } = await httpV2();
    const board = await connect({ transport: "http", url }, { connectTimeoutMs: 2000 });
    const changed: string[] = [];
    board.on("listChanged", (kind) => changed.push(kind));
    const before = await board.listTools();
    expect(await board.listTools()).toBe(before);
    await new Promise((resolve) => setTimeout(resolve, 2200));
    toolsChanged();
    await expect.poll(() => changed).toEqual(["tools"]);
    expect(await board.listTools()).not.toBe(before);
  });
});
