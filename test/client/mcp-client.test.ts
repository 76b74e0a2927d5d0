// The MCP client against real servers of both lines of the SDK, over each transport.

import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createMcpClient } from "../../src/index.ts";
import type { McpClient, McpClientOptions } from "../../src/index.ts";
import { httpV1, httpV2, sseV1, webSocket } from "../support/mcp/listening.ts";
import { startTaskServer } from "../support/task-server.ts";

const program = join(import.meta.dirname, "../support/mcp/stdio-v2.ts");

function connected(options: McpClientOptions): McpClient {
  const client = createMcpClient(options);
  onTestFinished(() => client[Symbol.asyncDispose]());
  return client;
}

const transports: [string, () => Promise<McpClientOptions>][] = [
  ["HTTP, 1.x", async () => ({ url: (await httpV1()).url })],
  ["HTTP, 2.x", async () => ({ url: (await httpV2()).url })],
  ["SSE", async () => ({ url: (await sseV1()).url, transport: "sse" })],
  ["WebSocket", async () => ({ url: (await webSocket("v2")).url })],
  ["stdio", async () => ({ command: process.execPath, args: [program] })],
];

describe.each(transports)("over %s", (_, address) => {
  test("the client lists and uses tools, resources and prompts", async () => {
    const client = connected(await address());
    expect(client.state).toBe("disconnected");
    expect((await client.listTools()).map(({ name }) => name)).toContain("plain");
    expect(await client.callTool("plain", { say: "hello" })).toMatchObject({ texts: ["hello"] });
    const none = { annotations: null, meta: null };
    const text = { mimeType: "text/plain", text: "one", blob: null };
    const link = { uri: "tasks://all", name: "all", title: "All", size: 7 };
    expect(await client.callTool("show")).toEqual({
      isError: false,
      structured: undefined,
      texts: ["a chart", "one"],
      meta: expect.objectContaining({ "example.org/cost": 3 }),
      content: [
        { type: "text", text: "a chart", annotations: { priority: 0.5 }, meta: { n: 1 } },
        { type: "image", data: "aW1hZ2U=", mimeType: "image/png", ...none },
        { type: "audio", data: "c291bmQ=", mimeType: "audio/wav", ...none },
        { type: "resource_link", ...link, description: null, mimeType: null, ...none },
        { type: "resource", resource: { uri: "tasks://1", ...text }, ...none },
        {
          type: "resource",
          resource: { uri: "tasks://2", mimeType: null, text: null, blob: "AAE=" },
          ...none,
        },
      ],
    });
    expect(await client.listResources()).toMatchObject([{ uri: "tasks://all" }]);
    expect((await client.readResource("tasks://all"))[0]?.text).toContain("Fix login");
    expect(await client.listPrompts()).toMatchObject([{ name: "plan" }]);
    expect(await client.getPrompt("plan", { task: "T-1" })).toEqual([
      { role: "user", text: "Plan T-1" },
    ]);
    expect(await client.ping()).toBeGreaterThan(0);
    expect(client.state).toBe("connected");
  });
});

describe("arguments", () => {
  test.each([
    ["of another type", { say: 7 }],
    ["that are missing", {}],
  ])("arguments %s are refused before anything is sent", async (_, args) => {
    const client = connected({ url: (await httpV2()).url });
    const failing = client.callTool("plain", args);
    await expect(failing).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("plain"),
    });
    // The one call is the list of tools.
    expect(client.getMetrics()).toMatchObject({ calls: 1, attempts: 1, failures: 0 });
  });

  test("arguments are sent unchecked with checksArguments false", async () => {
    const client = connected({ url: (await httpV2()).url });
    const response = await client.callTool("plain", { say: 7 }, { checksArguments: false });
    expect(response.isError).toBe(true);
  });

  test("an unknown tool is named in the error, with the tools that exist", async () => {
    const client = connected({ url: (await httpV2()).url });
    await expect(client.callTool("no_such_tool")).rejects.toMatchObject({
      code: "usage",
      hint: expect.stringContaining("list_tasks"),
    });
  });

  test("arguments of a tool that has just appeared are accepted", async () => {
    const client = connected({ url: (await webSocket("v2")).url });
    const changed = new Promise<string>((resolve) => client.on("listChanged", resolve));
    await client.callTool("grow");
    expect(await changed).toBe("tools");
    expect(await client.callTool("extra")).toMatchObject({ texts: ["extra"] });
  });
});

describe("calls", () => {
  test("a tool call without a kind is a write: sent once, never cached", async () => {
    const server = await startTaskServer();
    const client = connected({ url: server.url, policy: { retryDelaysMs: [1, 1, 1] } });
    await client.listTools();
    server.fault = { status: 503 };
    const before = server.requests.length;
    await expect(client.callTool("manage_connection")).rejects.toMatchObject({ status: 503 });
    expect(server.requests.length - before).toBe(1);
    const reading = client.callTool("manage_connection", {}, { kind: "read" });
    await expect(reading).rejects.toMatchObject({ status: 503 });
    expect(server.requests.length - before).toBe(5);
  });

  test("identical read calls become one request, also when queued", async () => {
    const client = connected({ url: (await httpV2()).url });
    await client.listTools();
    const { attempts } = client.getMetrics();
    const read = () => client.queueToolCall("plain", { say: "once" }, { kind: "read" });
    const responses = await Promise.all([read(), read(), read()]);
    expect(responses.map(({ texts }) => texts[0])).toEqual(["once", "once", "once"]);
    expect(client.getMetrics().attempts - attempts).toBe(1);
  });

  test("a failed call gives its fallback's value, and counts as a failure", async () => {
    const server = await httpV2();
    const client = connected({ url: server.url, policy: { retryDelaysMs: [] } });
    await client.listTools();
    await server.stop();
    const fallback = ({ code }: { code: string }) => `instead: ${code}`;
    expect(await client.callTool("plain", { say: "x" }, { fallback })).toBe(
      "instead: source-unreachable",
    );
    expect(client.getMetrics().failures).toBe(1);
    const first = connected({ url: server.url, policy: { retryDelaysMs: [] } });
    expect(await first.callTool("plain", { say: "x" }, { fallback })).toBe(
      "instead: source-unreachable",
    );
  });

  test("a call reports progress and can be cancelled", async () => {
    const client = connected({ url: (await httpV2()).url });
    const seen: number[] = [];
    await client.callTool("slow", { steps: 3 }, { onProgress: (one) => seen.push(one.progress) });
    expect(seen.slice(0, 2)).toEqual([1, 2]);
    const signal = AbortSignal.timeout(100);
    await expect(client.callTool("wait", {}, { signal })).rejects.toMatchObject({
      code: "cancelled",
    });
  });
});

describe("the connection", () => {
  test("a WebSocket reports its loss and its reconnection, even if one listener throws", async () => {
    const server = await webSocket("v1");
    const client = connected({ url: server.url, reconnect: { firstDelayMs: 20, attempts: 5 } });
    const heard: string[] = [];
    client.on("disconnected", () => {
      throw new Error("of the listener");
    });
    client.on("connected", () => heard.push("connected"));
    client.on("disconnected", () => heard.push("disconnected"));
    await client.waitForConnection();
    for (const socket of server.sockets) socket.terminate();
    await expect.poll(() => heard).toEqual(["connected", "disconnected", "connected"]);
    await client.waitForConnection();
    expect(client.state).toBe("connected");
  });

  test("a client reports when all reconnection tries have failed", async () => {
    const server = await webSocket("v1");
    const client = connected({ url: server.url, reconnect: { firstDelayMs: 5, attempts: 2 } });
    const given = new Promise<void>((resolve) => client.on("maxReconnectAttemptsReached", resolve));
    await client.connect();
    await server.stop();
    await given;
    expect(client.state).toBe("disconnected");
    await server.start();
    await client.waitForConnection();
    expect(client.state).toBe("connected");
  });

  test("waitForConnection waits until the server is there, at most as long as asked", async () => {
    const server = await webSocket("v2");
    await server.stop();
    const client = connected({ url: server.url });
    await expect(client.waitForConnection(300)).rejects.toMatchObject({ code: "source-timeout" });
    const waiting = client.waitForConnection();
    setTimeout(() => void server.start(), 300);
    await waiting;
    expect(client.state).toBe("connected");
  });

  test("a closed client does not connect again", async () => {
    const client = createMcpClient({ url: (await httpV2()).url });
    await client.connect();
    await client[Symbol.asyncDispose]();
    expect(client.state).toBe("closed");
    await expect(client.listTools()).rejects.toMatchObject({
      code: "usage",
      message: expect.stringMatching(/^listTools: the client for .* was closed\.$/),
    });
  });
});
