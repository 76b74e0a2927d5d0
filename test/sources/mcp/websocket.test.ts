// MCP over WebSocket: opening, testing the connection, reconnection, and its events.

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocketServer } from "ws";
import { connectMcp } from "../../support/mcp/connect.ts";
import type { ConnectOptions, McpConnection } from "../../../src/sources/mcp/mcp-connection.ts";
import { webSocket } from "../../support/mcp/listening.ts";
import type { ListeningSocket } from "../../support/mcp/listening.ts";

const options: ConnectOptions = {
  name: "board",
  connectTimeoutMs: 3000,
  requestTimeoutMs: 3000,
  reconnect: { firstDelayMs: 40, attempts: 5 },
};

async function connect(
  server: ListeningSocket,
  more: Partial<ConnectOptions> = {},
  headers?: (moment: { isAfterRefusal: boolean }) => Promise<Record<string, string>>,
): Promise<McpConnection> {
  const connection = await connectMcp(
    { transport: "websocket", url: server.url, ...(headers === undefined ? {} : { headers }) },
    { ...options, ...more },
  );
  onTestFinished(() => connection[Symbol.asyncDispose]());
  return connection;
}

function watch(board: McpConnection): string[] {
  const seen: string[] = [];
  for (const event of ["connected", "disconnected", "maxReconnectAttemptsReached"] as const) {
    board.on(event, () => seen.push(event));
  }
  return seen;
}

const cut = (server: ListeningSocket): void => {
  for (const socket of server.sockets) socket.terminate();
};

describe("opening a WebSocket", () => {
  test("a WebSocket asks for the subprotocol mcp and sends the headers", async () => {
    const server = await webSocket("v1");
    await connect(server, {}, async () => ({ authorization: "Bearer t" }));
    expect(server.upgrades[0]?.headers).toMatchObject({
      "sec-websocket-protocol": "mcp,mcp-v1",
      authorization: "Bearer t",
    });
  });

  test.for([
    [401, "source-refused"],
    [403, "source-refused"],
    [429, "source-rate-limited"],
    [500, "source-failed"],
  ] as const)(
    "an upgrade that fails with status %d has the matching code",
    async ([status, code]) => {
      const server = await webSocket("v1", { refuse: () => status });
      await expect(connect(server)).rejects.toMatchObject({ code, status });
    },
  );

  test("after a 401 of an upgrade new headers are asked for, once", async () => {
    const server = await webSocket("v1", {
      refuse: ({ headers }) => (headers.authorization === "Bearer new" ? null : 401),
    });
    await connect(server, {}, async ({ isAfterRefusal }) => ({
      authorization: isAfterRefusal ? "Bearer new" : "Bearer old",
    }));
    expect(server.upgrades).toHaveLength(2);
  });

  test("connecting to a stopped WebSocket server is unreachable, with nothing sent", async () => {
    const server = await webSocket("v1");
    await server.stop();
    await expect(connect(server)).rejects.toMatchObject({
      code: "source-unreachable",
      isUnsent: true,
    });
  });
});

describe("the reconnection of a WebSocket", () => {
  test("a lost WebSocket is replaced with a new session, and calls go on", async () => {
    const server = await webSocket("v1");
    const board = await connect(server);
    const seen = watch(board);
    cut(server);
    await expect.poll(() => seen).toContain("disconnected");
    expect(await board.callTool("plain", { say: "a" })).toMatchObject({ texts: ["a"] });
    expect(board.state).toBe("connected");
    expect(seen).toEqual(["disconnected", "connected"]);
    expect(server.witness.sessions).toBe(2);
  });

  test("a call under way at the loss of a WebSocket fails, and may have been done", async () => {
    const server = await webSocket("v1");
    const board = await connect(server);
    const call = board.callTool("wait", {}).catch((error: unknown) => error);
    await board.ping();
    cut(server);
    expect(await call).toMatchObject({ code: "source-unreachable", isUnsent: false });
  });

  test("a reconnection is tried five times with doubled waits, then given up", async () => {
    const server = await webSocket("v1");
    const board = await connect(server);
    const seen = watch(board);
    const at: number[] = [];
    let count = 0;
    await server.stop();
    // Nothing answers on its port now but this one, which refuses.
    const refusing = await webSocket("v1", {
      port: Number(new URL(server.url).port),
      refuse: () => {
        at.push(performance.now());
        count += 1;
        return 503;
      },
    });
    await expect.poll(() => seen).toEqual(["disconnected", "maxReconnectAttemptsReached"]);
    expect(board.state).toBe("disconnected");
    expect(count).toBe(5);
    const waits = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    for (const [index, wait] of waits.entries()) expect(wait).toBeGreaterThan(75 * 2 ** index);
    await refusing.stop();
    await server.start();
    // The caller gets one more try.
    expect(await board.callTool("plain", { say: "a" })).toMatchObject({ texts: ["a"] });
  });

  test("a successful reconnection resets the count of tries", async () => {
    const server = await webSocket("v1");
    const board = await connect(server, { reconnect: { firstDelayMs: 20, attempts: 2 } });
    const seen = watch(board);
    for (let round = 0; round < 4; round += 1) {
      cut(server);
      // oxlint-disable-next-line no-await-in-loop -- one loss after the other
      await expect.poll(() => server.witness.sessions).toBe(round + 2);
      // oxlint-disable-next-line no-await-in-loop
      await board.waitForConnection();
    }
    expect(seen).not.toContain("maxReconnectAttemptsReached");
  });

  test("a closed connection does not reconnect", async () => {
    const server = await webSocket("v1");
    const board = await connect(server);
    const seen = watch(board);
    await board[Symbol.asyncDispose]();
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(server.witness.sessions).toBe(1);
    expect(seen).toEqual([]);
    expect(board.state).toBe("closed");
  });
});

describe("a ping over a WebSocket", () => {
  test("without a response in time makes the client connect again", async () => {
    const server = await webSocket("v1", { autoPong: false });
    const board = await connect(server, { heartbeat: { everyMs: 50, withinMs: 100 } });
    const seen = watch(board);
    await expect.poll(() => seen).toContain("disconnected");
    await expect.poll(() => server.witness.sessions).toBeGreaterThan(1);
  });

  test("with a response keeps the connection", async () => {
    const server = await webSocket("v1");
    const board = await connect(server, { heartbeat: { everyMs: 20, withinMs: 60_000 } });
    const seen = watch(board);
    let pings = 0;
    for (const socket of server.sockets) socket.on("ping", () => (pings += 1));
    // None is sent while the one before is without its response.
    await expect.poll(() => pings).toBeGreaterThan(5);
    expect(seen).toEqual([]);
  });
});

describe("the messages of a WebSocket", () => {
  test("pass up to the limit, and larger ones end the connection", async () => {
    const server = await webSocket("v1");
    const board = await connect(server, { largestMessage: 10_000 });
    const seen = watch(board);
    expect(await board.callTool("plain", { say: "x".repeat(5000) })).toMatchObject({
      isError: false,
    });
    await expect(board.callTool("plain", { say: "x".repeat(20_000) })).rejects.toMatchObject({
      name: "SourceError",
    });
    expect(seen).toContain("disconnected");
  });

  test("are reported and skipped if a frame is not a message", async () => {
    const server = await webSocket("v1");
    const board = await connect(server);
    const errors: Error[] = [];
    board.on("error", (error) => errors.push(error));
    for (const socket of server.sockets) {
      for (const frame of ["not json", "[]", '{"jsonrpc":"1.0"}', Buffer.from([1, 2])]) {
        socket.send(frame);
      }
    }
    expect(await board.callTool("plain", { say: "a" })).toMatchObject({ texts: ["a"] });
    expect(errors.length).toBeGreaterThanOrEqual(4);
  });
});

describe("waiting and listening on a WebSocket", () => {
  test("waitForConnection resolves when the connection is back", async () => {
    const server = await webSocket("v1");
    const board = await connect(server);
    await board.waitForConnection();
    const states: string[] = [];
    board.on("disconnected", () => states.push(board.state));
    cut(server);
    await expect.poll(() => states).toEqual(["reconnecting"]);
    await board.waitForConnection();
    expect(board.state).toBe("connected");
  });

  test("waitForConnection fails after its time, or at once on a closed connection", async () => {
    const server = await webSocket("v1");
    const board = await connect(server, { reconnect: { firstDelayMs: 60_000, attempts: 5 } });
    cut(server);
    await expect.poll(() => board.state).toBe("reconnecting");
    await expect(board.waitForConnection(100)).rejects.toMatchObject({ code: "source-timeout" });
    await board[Symbol.asyncDispose]();
    await expect(board.waitForConnection()).rejects.toMatchObject({ code: "source-unreachable" });
  });

  test("a listener that throws, at once or later, harms neither the others nor the connection", async () => {
    const server = await webSocket("v1");
    const board = await connect(server);
    const seen: string[] = [];
    board.on("disconnected", () => {
      throw new Error("broken listener");
    });
    board.on("disconnected", async () => {
      throw new Error("broken later");
    });
    board.on("disconnected", () => seen.push("second"));
    const leave = board.on("connected", () => seen.push("left"));
    leave();
    cut(server);
    await expect.poll(() => seen).toEqual(["second"]);
    expect(await board.callTool("plain", { say: "a" })).toMatchObject({ texts: ["a"] });
    expect(seen).toEqual(["second"]);
  });
});

test("a list that was being read when list_changed came is not cached", async () => {
  const changed = { jsonrpc: "2.0", method: "notifications/tools/list_changed" };
  let lists = 0;
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => void server.close());
  server.on("connection", (socket) => {
    socket.on("message", (frame) => {
      const { id, method } = JSON.parse(String(frame)) as { id?: number; method: string };
      const reply = (result: object): void =>
        socket.send(JSON.stringify({ jsonrpc: "2.0", id, result }));
      if (method === "initialize") {
        reply({
          protocolVersion: "2025-11-25",
          capabilities: { tools: { listChanged: true } },
          serverInfo: { name: "busy", version: "1" },
        });
      }
      if (method !== "tools/list") return;
      lists += 1;
      // The response is older than the word that overtakes it.
      if (lists === 1) socket.send(JSON.stringify(changed));
      reply({ tools: [{ name: `tool${lists}`, inputSchema: { type: "object" } }] });
    });
  });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const board = await connectMcp(
    { transport: "websocket", url: `ws://127.0.0.1:${port}/` },
    options,
  );
  onTestFinished(() => board[Symbol.asyncDispose]());
  const names = async (): Promise<string[]> => (await board.listTools()).map(({ name }) => name);
  expect(await names()).toEqual(["tool1"]);
  expect(await names()).toEqual(["tool2"]);
  expect(await names()).toEqual(["tool2"]);
});
