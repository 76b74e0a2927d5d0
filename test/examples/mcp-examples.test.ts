// The examples for MCP servers, each run against real servers of both lines of the SDK.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { clientFromFile } from "../../examples/configuration.ts";
import { callChecked } from "../../examples/mcp-checked-arguments.ts";
import { readOr } from "../../examples/mcp-fallback.ts";
import { callAlike } from "../../examples/mcp-fast-calls.ts";
import { measure } from "../../examples/mcp-metrics.ts";
import { lookAround } from "../../examples/mcp-tools.ts";
import { watchServer } from "../../examples/mcp-websocket.ts";
import { askAny } from "../../examples/several-servers.ts";
import type { McpClientOptions } from "../../src/index.ts";
import { httpV1, httpV2, sseV1, webSocket } from "../support/mcp/listening.ts";
import { startTaskServer } from "../support/task-server.ts";
import { temporaryFolder } from "../support/temporary.ts";

const program = join(import.meta.dirname, "../support/mcp/stdio-v1.ts");

test.each<[string, () => Promise<McpClientOptions>]>([
  ["HTTP", async () => ({ url: (await httpV1()).url })],
  ["SSE", async () => ({ url: (await sseV1()).url, transport: "sse" })],
  ["WebSocket", async () => ({ url: (await webSocket("v1")).url })],
  ["stdio", async () => ({ command: process.execPath, args: [program] })],
])("mcp-tools: the program finds tools, resources and prompts over %s", async (_, server) => {
  const seen = await lookAround(await server());
  expect(seen).toMatchObject({ first: "hello", resources: ["tasks://all"], prompt: "Plan T-1" });
  expect(seen.tools).toContain("list_tasks");
  expect(seen.content).toContain("Fix login");
});

test("mcp-websocket: the connection comes back, and the list of tools stays right", async () => {
  const server = await webSocket("v2");
  const { client, events, tools } = await watchServer(server.url, 20);
  onTestFinished(() => client[Symbol.asyncDispose]());
  expect([...tools]).not.toContain("extra");
  await client.callTool("grow");
  await expect.poll(() => [...tools]).toContain("extra");
  for (const socket of server.sockets) socket.terminate();
  await expect
    .poll(() => events.filter((one) => !one.startsWith("error")))
    .toEqual(["connected", "tools changed", "disconnected", "connected"]);
});

test("mcp-fallback: a server that is down costs little, and a fallback is shown", async () => {
  const server = await startTaskServer();
  const options = { url: server.url, policy: { retryDelaysMs: [1, 1, 1] } };
  const whole = await readOr(options, "manage_connection", 1, "instead");
  expect(whole.text).toContain("healthy");
  server.fault = { status: 503 };
  const failing = await readOr(options, "manage_connection", 20, "instead");
  expect(failing.text).toBe("instead (source-cooldown)");
  expect(failing).toMatchObject({ attempts: 5, breaker: "open" });
});

test("mcp-fast-calls: four responses come from two requests", async () => {
  expect(await callAlike({ url: (await httpV2()).url })).toEqual({
    responses: 4,
    sent: 2,
    shared: 1,
    fromCache: 1,
  });
});

test("mcp-metrics: the metrics count calls one by one and in all", async () => {
  const server = await startTaskServer();
  const log: { tool: string; code: string | null }[] = [];
  const calls: [string, Record<string, unknown>][] = [
    ["manage_connection", {}],
    ["manage_context", {}],
  ];
  const line = await measure({ url: server.url }, calls, ({ tool, code }) =>
    log.push({ tool, code }),
  );
  expect(log).toEqual(calls.map(([tool]) => ({ tool, code: null })));
  expect(line).toMatch(/^100 % ok, mean [\d.]+ ms, p95 [\d.]+ ms, up [\d.]+ ms$/);
  server.fault = { status: 500 };
  const policy = { retryDelaysMs: [] };
  const bad = await measure({ url: server.url, policy }, calls, ({ code }) =>
    log.push({ tool: "", code }),
  );
  expect(log.at(-1)?.code).toBe("source-failed");
  expect(bad).toMatch(/^0 % ok/);
});

test("mcp-checked-arguments: arguments that do not fit are not sent", async () => {
  const server = { url: (await httpV2()).url };
  expect(await callChecked(server, "plain", { say: "fits" })).toBe("fits");
  expect(await callChecked(server, "plain", { say: 7 })).toMatch(/^not sent: .*plain/);
  expect(await callChecked(server, "no_such_tool", {})).toMatch(/^not sent: .*no_such_tool/);
});

test("configuration: a file gives the options, and variables override it", async () => {
  const file = join(temporaryFolder(), "settings.json");
  const [first, second] = [await httpV1(), await httpV2()];
  writeFileSync(file, JSON.stringify({ server_url: first.url, retry_attempts: 0 }));
  const names = async (env: Record<string, string>) => {
    await using client = clientFromFile(file, env);
    return (await client.connect()).serverName;
  };
  expect(await names({})).toBe("tasks-v1");
  expect(await names({ MCP_SERVER_URL: second.url, MCP_TIMEOUT: "5" })).toBe("tasks-v2");
});

test("several-servers: another server answers when the best one cannot", async () => {
  const [one, two] = [await startTaskServer(), await startTaskServer()];
  const servers = [
    { name: "one", url: one.url, capabilities: ["health"] },
    { name: "two", url: two.url, capabilities: ["health"] },
    { name: "other", url: (await httpV1()).url },
  ].map((server) => ({ ...server, policy: { retryDelaysMs: [] } }));
  const ask = () => askAny(servers, "health", "manage_connection", {});
  expect(await ask()).toMatchObject({ candidates: ["one", "two"], failed: [] });
  await one.stop();
  expect(await ask()).toMatchObject({ server: "two" });
  await two.stop();
  await expect(ask()).rejects.toMatchObject({ code: "source-unreachable" });
});
