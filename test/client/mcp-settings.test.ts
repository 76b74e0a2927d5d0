// An MCP client out of a file and the environment, and the log of its calls.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createMcpClient, readMcpOptions } from "../../src/index.ts";
import type { McpClientOptions, SeenCall } from "../../src/index.ts";
import { httpV1, webSocket } from "../support/mcp/listening.ts";
import { temporaryFolder } from "../support/temporary.ts";

const program = join(import.meta.dirname, "../support/mcp/stdio-v2.ts");

function aFile(settings: unknown): string {
  const file = join(temporaryFolder(), "mcp.json");
  writeFileSync(file, JSON.stringify(settings));
  return file;
}

async function say(options: McpClientOptions): Promise<readonly string[]> {
  await using client = createMcpClient(options);
  return (await client.callTool("plain", { say: "hello" })).texts;
}

describe("the options of a client", () => {
  test("readMcpOptions reads a file, with times in seconds", async () => {
    const { url } = await webSocket("v2");
    const file = aFile({
      server_url: url,
      transport: "websocket",
      timeout: 30,
      retry_attempts: 2,
      retry_delay: 1.5,
      enable_caching: true,
      cache_ttl: 300,
      enable_metrics: true,
      ping_interval: 20,
      ping_timeout: 10,
    });
    const options = readMcpOptions({ file, env: {} });
    expect(options).toEqual({
      url,
      transport: "websocket",
      requestTimeoutMs: 30_000,
      connectTimeoutMs: 30_000,
      heartbeat: { everyMs: 20_000, withinMs: 10_000 },
      policy: {
        tryTimeoutMs: 30_000,
        deadlineMs: 30_000,
        retryDelaysMs: [1500, 3000],
        resultCacheMs: 300_000,
      },
    });
    expect(await say(options)).toEqual(["hello"]);
  });

  test("environment variables override the file", async () => {
    const { url } = await httpV1();
    const file = aFile({ server_url: "ws://localhost:1/mcp", timeout: 30, enable_caching: false });
    const env = {
      MCP_SERVER_URL: url,
      MCP_TRANSPORT: "streamable-http",
      MCP_TIMEOUT: "2",
      MCP_RETRY_ATTEMPTS: "1",
    };
    const options = readMcpOptions({ file, env });
    expect(options).toMatchObject({
      url,
      transport: "http",
      requestTimeoutMs: 2000,
      policy: { retryDelaysMs: [100], resultCacheMs: 0 },
    });
    expect(await say(options)).toEqual(["hello"]);
  });

  test("a file can name a program", async () => {
    const file = aFile({ transport: "stdio", command: process.execPath, args: [program] });
    expect(await say(readMcpOptions({ file, env: {} }))).toEqual(["hello"]);
  });

  test.for([
    [{ server_url: "http://x/mcp", retries: 3 }, /mcp.json: .*"retries"/],
    [{ server_url: "http://x/mcp", timeout: "soon" }, /mcp.json: timeout/],
    [
      { server_url: "http://x/mcp", transport: "grpc" },
      /mcp.json: transport must be one of http, sse, websocket, not "grpc"/,
    ],
    [{}, /No MCP server is specified/],
    ["text", /mcp.json: /],
  ] as const)("a file with %j is refused by its name", ([settings, message]) => {
    expect(() => readMcpOptions({ file: aFile(settings), env: {} })).toThrow(message);
  });

  test("errors name the wrong variable and the missing file", () => {
    const env = { MCP_SERVER_URL: "http://localhost/mcp", MCP_TIMEOUT: "soon" };
    expect(() => readMcpOptions({ env })).toThrow(
      'MCP_TIMEOUT must be a number from 0.1 to 600, not "soon"',
    );
    expect(() => readMcpOptions({ file: "/no/such/file.json", env })).toThrow("does not exist");
  });
});

test("onCall gets each finished call: names, time and code, no values", async () => {
  const seen: SeenCall[] = [];
  const server = await httpV1();
  const client = createMcpClient({
    url: server.url,
    policy: { retryDelaysMs: [], breaker: null },
    onCall: (call) => seen.push(call),
  });
  onTestFinished(() => client[Symbol.asyncDispose]());
  await client.callTool("plain", { say: "a secret" });
  await expect(client.callTool("plain", { says: 1 })).rejects.toMatchObject({ code: "usage" });
  await server.stop();
  const options = { checksArguments: false, fallback: () => "instead" };
  expect(await client.callTool("plain", { say: "a secret" }, options)).toBe("instead");
  const plain = { tool: "plain", durationMs: expect.any(Number) as number, isError: false };
  expect(seen).toEqual([
    { ...plain, parameters: ["say"], code: null },
    { ...plain, parameters: ["says"], code: "usage" },
    { ...plain, parameters: ["say"], code: "source-unreachable" },
  ]);
  expect(JSON.stringify(seen)).not.toContain("secret");
});
