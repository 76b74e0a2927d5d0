// What a call to an MCP server over HTTP ends with when the server, or the way to it, is not as it should be.

import { describe, expect, onTestFinished, test } from "vitest";
import { connectMcp } from "../../support/mcp/connect.ts";
import type {
  ConnectOptions,
  McpConnection,
  McpTarget,
} from "../../../src/sources/mcp/mcp-connection.ts";
import { newWitness } from "../../support/mcp/behavior.ts";
import { sessionsV1 } from "../../support/mcp/listening.ts";
import { startMisbehavingServer } from "../../support/misbehaving-server.ts";
import type { Fault, MisbehavingServer } from "../../support/misbehaving-server.ts";

const options: ConnectOptions = { name: "board", connectTimeoutMs: 3000, requestTimeoutMs: 1000 };

async function startServer() {
  const witness = newWitness();
  const sessions = sessionsV1(witness);
  const server = await startMisbehavingServer(
    (request, response) => void sessions.handler(request, response),
  );
  return { server, witness, forget: sessions.forget };
}

async function connect(
  url: string,
  more: Partial<ConnectOptions> & Pick<McpTarget & { transport: "http" }, "headers"> = {},
): Promise<McpConnection> {
  const { headers, ...rest } = more;
  const target: McpTarget = { transport: "http", url, ...(headers ? { headers } : {}) };
  const connection = await connectMcp(target, { ...options, ...rest });
  onTestFinished(() => connection[Symbol.asyncDispose]());
  return connection;
}

const faults: [string, Fault, object][] = [
  ["hanging", "hang", { code: "source-timeout" }],
  ["F59: dripping a byte every 200 ms", "drip", { code: "source-timeout" }],
  ["a page with 200", "page", { code: "source-invalid-response" }],
  ["JSON that stops", "cut-json", { code: "source-invalid-response" }],
  ["a body that stops before its length", "truncated", { code: "source-unreachable" }],
  ["200 MB", "huge", { code: "source-invalid-response" }],
  ["a connection that is reset", "reset", { code: "source-unreachable", isUnsent: false }],
  ["401", { status: 401 }, { code: "source-refused", status: 401 }],
  ["403", { status: 403 }, { code: "source-refused", status: 403 }],
  [
    "429 with Retry-After",
    { status: 429, headers: { "retry-after": "7" } },
    { code: "source-rate-limited", status: 429, retryAfterMs: 7000 },
  ],
  ["500", { status: 500 }, { code: "source-failed", status: 500 }],
  [
    "503 with Retry-After",
    { status: 503, headers: { "retry-after": "2" } },
    { code: "source-failed", status: 503, retryAfterMs: 2000 },
  ],
];

const within = async (ms: number, work: Promise<unknown>): Promise<unknown> => {
  const started = performance.now();
  const thrown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  expect(performance.now() - started).toBeLessThan(ms);
  return thrown;
};

describe.for(faults)("%s", ([, fault, failure]) => {
  test("this fault while connecting has its code", async () => {
    const { server } = await startServer();
    server.fault = fault;
    const error = await within(4000, connect(server.url, { connectTimeoutMs: 1000 }));
    expect(error).toMatchObject({ name: "SourceError", ...failure });
  });

  test("this fault in a call has its code, and the next call is served", async () => {
    const { server } = await startServer();
    const board = await connect(server.url);
    server.fault = fault;
    const error = await within(3000, board.callTool("plain", { say: "a" }));
    expect(error).toMatchObject({ name: "SourceError", ...failure });
    server.fault = null;
    expect(await board.callTool("plain", { say: "b" })).toMatchObject({ texts: ["b"] });
  });

  test("this fault leaves no call open on a connection", async () => {
    const { server } = await startServer();
    const board = await connect(server.url);
    server.fault = fault;
    // More than the connections that there are: one that is left behind would block the last.
    const calls = Array.from({ length: 12 }, () =>
      board.callTool("plain", { say: "a" }, { timeoutMs: 300 }).catch(() => null),
    );
    await Promise.all(calls);
    server.fault = null;
    expect(await board.callTool("plain", { say: "b" })).toMatchObject({ texts: ["b"] });
  });
});

test("F58: a stopped server is unreachable, and is reached again when it is back", async () => {
  const { server } = await startServer();
  const board = await connect(server.url);
  await server.stop();
  // The first call may still find a connection that has just died, and then nobody knows what arrived.
  const call = (): Promise<unknown> => within(1000, board.callTool("plain", { say: "a" }));
  expect(await call()).toMatchObject({ code: "source-unreachable" });
  await expect.poll(call).toMatchObject({ code: "source-unreachable", isUnsent: true });
  await server.start();
  expect(await board.callTool("plain", { say: "b" })).toMatchObject({ texts: ["b"] });
});

test("connecting to a port without a server fails as unreachable, with nothing sent", async () => {
  const { server } = await startServer();
  await server.stop();
  const error = await within(1000, connect(server.url));
  expect(error).toMatchObject({ code: "source-unreachable", isUnsent: true });
});

test("10 calls at once, and 30 more, share at most 10 connections", async () => {
  const { server } = await startServer();
  const board = await connect(server.url);
  const call = (): Promise<unknown> => board.callTool("plain", { say: "a" });
  await Promise.all(Array.from({ length: 10 }, call));
  await Promise.all(Array.from({ length: 30 }, call));
  expect(server.sockets.accepted).toBeLessThanOrEqual(10);
  expect(board.counters).toEqual({
    opened: server.sockets.accepted,
    reused: server.requests.length - server.sockets.accepted,
  });
});

test("F67: a session that the server lost is opened again once, and the call repeated", async () => {
  const { server, witness, forget } = await startServer();
  const board = await connect(server.url);
  forget();
  expect(await board.callTool("plain", { say: "b" })).toMatchObject({ texts: ["b"] });
  expect(witness.sessions).toBe(2);
  expect(board.state).toBe("connected");
});

describe("redirects", () => {
  const addSlash = (server: MisbehavingServer, request: { url?: string | undefined }) =>
    request.url === "/mcp" ? { redirect: `${server.origin}/mcp/` } : null;

  test("a 307 redirect from /mcp to /mcp/ is followed with the body of every POST", async () => {
    const sessions = sessionsV1();
    const server: MisbehavingServer = await startMisbehavingServer((request, response) => {
      const fault = addSlash(server, request);
      if (fault === null) return void sessions.handler(request, response);
      response.writeHead(307, { location: fault.redirect }).end();
    });
    const board = await connect(server.url);
    expect(await board.callTool("plain", { say: "b" })).toMatchObject({ texts: ["b"] });
    expect(server.requests.some(({ method, path }) => method === "POST" && path === "/mcp/")).toBe(
      true,
    );
  });

  test.for([301, 302, 303, 307, 308])(
    "A24: after a %d redirect to another origin not a byte is sent there",
    async (status) => {
      const { server } = await startServer();
      const { server: other } = await startServer();
      const headers = async () => ({ authorization: "Bearer secret", "x-api-key": "secret" });
      const board = await connect(server.url, { headers });
      server.fault = { redirect: other.url, status };
      await expect(board.callTool("plain", { say: "a" })).rejects.toMatchObject({
        code: "source-failed",
      });
      await expect(connect(server.url, { headers })).rejects.toMatchObject({
        code: "source-failed",
      });
      expect(other.sockets.accepted).toBe(0);
      expect(other.bytesReceived()).toBe(0);
    },
  );
});

describe("headers", () => {
  const posts = (server: MisbehavingServer) =>
    server.requests.filter(({ method }) => method === "POST");
  /** The stream of events is opened beside the first call. */
  const streamOpened = async (server: MisbehavingServer): Promise<void> => {
    await expect.poll(() => server.requests.some(({ method }) => method === "GET")).toBe(true);
  };

  test("headers are requested before every call", async () => {
    const { server } = await startServer();
    let count = 0;
    const board = await connect(server.url, {
      headers: async () => ({ authorization: `Bearer ${(count += 1)}` }),
    });
    await board.callTool("plain", { say: "a" });
    await board.callTool("plain", { say: "b" });
    const sent = server.requests.map((request) => request.headers.authorization);
    expect(sent).not.toContain(undefined);
    expect(new Set(sent).size).toBe(sent.length);
    expect(count).toBeGreaterThanOrEqual(sent.length);
  });

  test("after a 401 new headers are requested and the call is sent again", async () => {
    const { server } = await startServer();
    let token = "old";
    const board = await connect(server.url, {
      headers: async ({ isAfterRefusal }) => {
        if (isAfterRefusal) token = "new";
        return { authorization: `Bearer ${token}` };
      },
    });
    await streamOpened(server);
    server.nextFaults.push({ status: 401 });
    const before = posts(server).length;
    expect(await board.callTool("plain", { say: "a" })).toMatchObject({ texts: ["a"] });
    expect(
      posts(server)
        .slice(before)
        .map((request) => request.headers.authorization),
    ).toEqual(["Bearer old", "Bearer new"]);
  });

  test("after a second 401 the call fails", async () => {
    const { server } = await startServer();
    let asked = 0;
    const board = await connect(server.url, {
      headers: async () => ({ authorization: `Bearer ${(asked += 1)}` }),
    });
    server.fault = { status: 401 };
    const before = posts(server).length;
    await expect(board.callTool("plain", { say: "a" })).rejects.toMatchObject({
      code: "source-refused",
    });
    expect(posts(server)).toHaveLength(before + 2);
  });

  test("after a 401 a request with the same sign-in is not sent again", async () => {
    const { server } = await startServer();
    const moments: unknown[] = [];
    const board = await connect(server.url, {
      headers: async (moment) => {
        moments.push(moment);
        return { authorization: "Bearer x" };
      },
    });
    server.fault = { status: 401 };
    const before = posts(server).length;
    await expect(board.callTool("plain", { say: "a" })).rejects.toMatchObject({
      code: "source-refused",
    });
    expect(posts(server)).toHaveLength(before + 1);
    expect(moments.at(-1)).toEqual({ isAfterRefusal: true, refused: "x" });
  });
});

test("a list whose pages never end is refused", async () => {
  const page = (request: { body?: string }): object => {
    const { id, method } = JSON.parse(request.body ?? "{}") as { id?: number; method: string };
    if (method === "server/discover") {
      return { jsonrpc: "2.0", id, error: { code: -32601, message: "unknown" } };
    }
    const result =
      method === "initialize"
        ? {
            protocolVersion: "2025-06-18",
            capabilities: { tools: {} },
            serverInfo: { name: "endless", version: "1" },
          }
        : { tools: [{ name: `t${id}`, inputSchema: { type: "object" } }], nextCursor: `c${id}` };
    return { jsonrpc: "2.0", id, result };
  };
  const server = await startMisbehavingServer((request, response) => {
    if (request.method !== "POST") return void response.writeHead(405).end();
    if ((request.body ?? "").includes("notifications/")) return void response.writeHead(202).end();
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(page(request)));
  });
  const board = await connect(server.url, { requestTimeoutMs: 5000 });
  await expect(board.listTools()).rejects.toMatchObject({ code: "source-invalid-response" });
  expect(server.requests.filter((one) => one.body.includes("tools/list"))).toHaveLength(64);
});

describe.for(["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])(
  "a server of revision %s",
  (revision) => {
    test("the client agrees with a server of an older revision", async () => {
      const server = await startMisbehavingServer((request, response) => {
        if (request.method !== "POST") return void response.writeHead(405).end();
        const { id, method } = JSON.parse(request.body ?? "{}") as { id?: number; method: string };
        if (id === undefined) return void response.writeHead(202).end();
        const responses: Record<string, object> = {
          initialize: {
            protocolVersion: revision,
            capabilities: { tools: {} },
            serverInfo: { name: "old", version: "1" },
          },
          "tools/call": { content: [{ type: "text", text: "ok" }] },
        };
        const reply = responses[method];
        response.writeHead(200, { "content-type": "application/json" });
        response.end(
          JSON.stringify({
            jsonrpc: "2.0",
            id,
            ...(reply ? { result: reply } : { error: { code: -32601, message: "unknown" } }),
          }),
        );
      });
      const board = await connect(server.url);
      expect(board.protocolVersion).toBe(revision);
      expect(await board.callTool("any", {})).toMatchObject({ texts: ["ok"] });
    });
  },
);
