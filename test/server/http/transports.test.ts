// MCP over Streamable HTTP and WebSocket, in both eras, against the task tools.

import { once } from "node:events";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as HttpV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { WebSocket } from "ws";
import { connectMcp } from "../../support/mcp/connect.ts";
import type { McpConnection } from "../../../src/sources/mcp/mcp-connection.ts";
import { plainProjectNames } from "../../../src/server/backends/project-names.ts";
import { createStoreBackend, dayMs } from "../../../src/server/backends/store-backend.ts";
import { openStore } from "../../../src/store/database/database.ts";
import { createMemoryBackend } from "../../support/memory-backend.ts";
import { bearer, postRpc, rpcAnswer, rpcBody, rpcHeaders } from "../../support/rpc.ts";
import { startOpen, startServing } from "../../support/serving.ts";
import type { ServingSources } from "../../support/serving.ts";
import { temporaryFolder } from "../../support/temporary.ts";
import { eventually } from "../../support/waiting.ts";

const options = { name: "tasks", connectTimeoutMs: 3000, requestTimeoutMs: 3000 };
const shop = { project_id: "shop-api" };

async function connect(
  serving: ServingSources,
  transport: "http" | "websocket",
  key: string,
): Promise<McpConnection> {
  const url =
    transport === "http" ? `${serving.url}/mcp` : `${serving.url.replace("http", "ws")}/ws`;
  const headers = async (): Promise<Record<string, string>> => bearer(key);
  const connection = await connectMcp({ transport, url, headers }, options);
  onTestFinished(() => connection[Symbol.asyncDispose]());
  return connection;
}

describe.for(["http", "websocket"] as const)("Sitrep's library over %s", (transport) => {
  test("lists the tools and calls them", async () => {
    const serving = await startServing();
    const board = await connect(serving, transport, await serving.addKey());
    expect((await board.listTools()).map(({ name }) => name)).toContain("get_next_task");
    const tasks = [{ ...shop, title: "Add login" }];
    await board.callTool("add_task", { tasks });
    expect(await board.callTool("list_tasks", shop)).toMatchObject({
      structured: { tasks: [{ title: "Add login" }] },
    });
    expect(serving.log.filter(({ msg }) => msg === "tool call")).toHaveLength(2);
  });

  test("does not connect with a wrong key", async () => {
    const serving = await startServing({ prepare: async () => undefined });
    await serving.addKey();
    await expect(connect(serving, transport, "wrong")).rejects.toMatchObject({
      code: "source-refused",
      status: 401,
    });
  });
});

describe("the server over Streamable HTTP", () => {
  test.for(["/mcp", "/mcp/"])("answers %s without a redirect", async (path) => {
    const serving = await startOpen();
    expect((await postRpc(serving.url, "tools/list", { path })).status).toBe(200);
  });

  test("speaks the newest revision and the earlier ones", async () => {
    const serving = await startOpen();
    const modern = new Client(
      { name: "t", version: "1" },
      { versionNegotiation: { mode: { pin: "2026-07-28" } } },
    );
    await modern.connect(new StreamableHTTPClientTransport(new URL(`${serving.url}/mcp`)));
    expect((await modern.listTools()).tools.length).toBeGreaterThan(5);
    await modern.close();
    const legacy = new ClientV1({ name: "t", version: "1" });
    await legacy.connect(new HttpV1(new URL(`${serving.url}/mcp`)) as never);
    expect((await legacy.listTools()).tools.length).toBeGreaterThan(5);
    await legacy.close();
  });

  test("answers an earlier revision with one JSON object, or with a stream if the call asks for progress", async () => {
    const serving = await startOpen();
    const call = { name: "get_project_report", arguments: shop };
    const whole = await postRpc(serving.url, "tools/call", { params: call });
    expect(whole.headers.get("content-type")).toBe("application/json");
    expect(await rpcAnswer(whole)).toMatchObject({
      id: 1,
      result: { content: [{ type: "text" }] },
    });
    const params = { ...call, _meta: { progressToken: "p" } };
    const stream = await postRpc(serving.url, "tools/call", { params });
    expect(stream.headers.get("content-type")).toBe("text/event-stream");
    expect(await stream.text()).toMatch(/notifications\/progress[^]*"result"/);
  });

  test("refuses other tools if it lists tasks alone, and says how to switch them on", async () => {
    const serving = await startOpen({ settings: { tools: ["tasks"] } });
    const listed = await rpcAnswer(await postRpc(serving.url, "tools/list"));
    const { tools } = listed["result"] as { tools: { name: string }[] };
    expect(tools.map(({ name }) => name)).toEqual([
      "get_next_task",
      "update_task_status",
      "add_task",
      "list_tasks",
    ]);
    const call = { name: "get_project_report", arguments: shop };
    for (const more of [{}, { _meta: { "io.modelcontextprotocol/x": 1 } }]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const response = await postRpc(serving.url, "tools/call", { params: { ...call, ...more } });
      // oxlint-disable-next-line no-await-in-loop
      expect(await rpcAnswer(response)).toMatchObject({
        result: {
          isError: true,
          content: [{ text: expect.stringContaining("--tools report or SITREP_TOOLS=report") }],
        },
      });
    }
  });

  test.each([
    ["a list", { name: "list_tasks", arguments: { ...shop, page_size: 3 } }],
    ["nothing", { name: "get_next_task", arguments: { project_id: "empty" } }],
    [
      "a refusal",
      { name: "update_task_status", arguments: { task_id: "none", status: "pending" } },
    ],
    ["a refusal of arguments", { name: "list_tasks", arguments: { ...shop, page: "first" } }],
    ["a refusal of no arguments", { name: "list_tasks" }],
    ["no such tool", { name: "no_such_tool", arguments: {} }],
    ["arguments that are a list", { name: "list_tasks", arguments: [] }],
    ["a name that is not a string", { name: 5, arguments: {} }],
  ])("gives the same response as the SDK: %s", async (_, call) => {
    const serving = await startOpen();
    const meta = { "claudecode/toolUseId": "t", progressToken: "p" };
    const responses = [{}, { _meta: meta }, { _meta: { "io.modelcontextprotocol/x": 1 } }].map(
      async (more) => {
        const response = await postRpc(serving.url, "tools/call", { params: { ...call, ...more } });
        return [response.status, await rpcAnswer(response)];
      },
    );
    const [whole, ofTold, ofSdk] = await Promise.all(responses);
    expect(whole).toEqual(ofSdk);
    expect(ofTold).toEqual(ofSdk);
  });

  test.each([
    ["an Accept header without event streams", { accept: "application/json" }, 406],
    ["a body of another type", { "content-type": "text/plain" }, 415],
    ["an unknown revision", { "mcp-protocol-version": "1999-01-01" }, 400],
    ["a revision that needs more headers", { "mcp-protocol-version": "2026-07-28" }, 400],
  ])("refuses a call for %s", async (_, headers, status) => {
    const serving = await startOpen();
    const params = { name: "list_tasks", arguments: shop };
    expect((await postRpc(serving.url, "tools/call", { params, headers })).status).toBe(status);
  });

  test("aborts a call of an earlier revision when its caller disconnects", async () => {
    const heard = vi.fn<(what: string) => void>();
    const backend = {
      ...createMemoryBackend(),
      listTasks: (_: unknown, { signal }: { signal: AbortSignal }): Promise<never> =>
        new Promise((_resolve, reject) => {
          heard("asked");
          signal.addEventListener("abort", () => {
            heard("ended");
            reject(new Error("gone"));
          });
        }),
    };
    const serving = await startOpen({ parts: { backend } });
    const caller = new AbortController();
    const asked = fetch(`${serving.url}/mcp`, {
      method: "POST",
      headers: rpcHeaders,
      body: rpcBody("tools/call", { name: "list_tasks", arguments: shop }),
      signal: caller.signal,
    });
    await eventually(() => expect(heard).toHaveBeenCalledWith("asked"));
    caller.abort();
    await expect(asked).rejects.toThrow("abort");
    await eventually(() => expect(heard).toHaveBeenCalledWith("ended"));
  });

  test("refuses a body that is not JSON, too large or of another type", async () => {
    const serving = await startOpen();
    const send = async (body: string, type = "application/json"): Promise<number> =>
      (
        await fetch(`${serving.url}/mcp`, {
          method: "POST",
          headers: { "content-type": type, accept: "application/json, text/event-stream" },
          body,
        })
      ).status;
    expect(await send("{")).toBe(400);
    expect(await send(`"${"x".repeat(5 * 1024 * 1024)}"`)).toBe(413);
    expect(await send(rpcBody("tools/list"), "text/plain")).toBe(415);
  });

  test("accepts a session id of another server", async () => {
    const [one, two] = [await startOpen(), await startOpen()];
    const params = {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "t", version: "1" },
    };
    const begun = await postRpc(one.url, "initialize", { params });
    const session = begun.headers.get("mcp-session-id") ?? "";
    expect(session).not.toBe("");
    const headers = { "mcp-session-id": session, "mcp-protocol-version": "2025-11-25" };
    expect((await postRpc(two.url, "tools/list", { headers })).status).toBe(200);
  });

  test("shows no secret in config://settings", async () => {
    const serving = await startServing();
    const key = await serving.addKey();
    const response = await postRpc(serving.url, "resources/read", {
      params: { uri: "config://settings" },
      headers: bearer(key),
    });
    const text = JSON.stringify(await rpcAnswer(response));
    expect(text).toContain("version");
    expect(text).not.toContain(key);
  });
});

/** Collects the text of a stream until it is closed. */
async function listenTo(
  response: Response,
): Promise<{ text: () => string; end: () => Promise<void> }> {
  const reader = response.body?.getReader();
  let text = "";
  const reading = (async () => {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- a stream
      const part = await reader?.read().catch(() => undefined);
      if (part === undefined || part.done) return;
      text += Buffer.from(part.value).toString();
    }
  })();
  return { text: () => text, end: async () => void (await reader?.cancel(), await reading) };
}

describe("a change notification", () => {
  const addTask = (serving: ServingSources, key: string): Promise<Response> =>
    postRpc(serving.url, "tools/call", {
      params: { name: "add_task", arguments: { tasks: [{ ...shop, title: "New" }] } },
      headers: bearer(key),
    });
  const changed = "notifications/resources/list_changed";

  test("goes to clients of the same organization that listen with GET, and to no others", async () => {
    const serving = await startServing();
    const [ada, eve] = [
      await serving.addKey({ organization: "acme" }),
      await serving.addKey({ organization: "evil" }),
    ];
    const open = (key: string): Promise<Response> =>
      fetch(`${serving.url}/mcp`, { headers: { accept: "text/event-stream", ...bearer(key) } });
    const [first, second] = [await listenTo(await open(ada)), await listenTo(await open(eve))];
    await addTask(serving, ada);
    await eventually(() => expect(first.text()).toContain(changed));
    expect(second.text()).not.toContain(changed);
    await addTask(serving, eve);
    await eventually(() => expect(second.text()).toContain(changed));
    expect(first.text().split(changed)).toHaveLength(2);
    await Promise.all([first.end(), second.end()]);
  });

  test("reports a change of status, although closed tasks are not listed", async () => {
    const store = await openStore({ file: join(temporaryFolder(), "tasks.db") });
    const parts = { store, projects: plainProjectNames, clock: () => new Date() };
    const backend = createStoreBackend({ ...parts, reservationMs: dayMs });
    onTestFinished(() => backend[Symbol.asyncDispose]());
    const serving = await startServing({ parts: { backend } });
    const key = await serving.addKey();
    const board = await connect(serving, "http", key);
    const listedIds = async (): Promise<unknown[]> => {
      const response = await postRpc(serving.url, "resources/list", { headers: bearer(key) });
      const { result } = (await rpcAnswer(response)) as {
        result: { resources: { name: string }[] };
      };
      return result.resources.map(({ name }) => name);
    };
    const tasks = ["shop-api", "blog"].map((project) => ({ project_id: project, title: "New" }));
    await board.callTool("add_task", { tasks });
    expect(await listedIds()).toEqual(["settings", "TASK-001", "TASK-001"]);
    const stream = await listenTo(
      await fetch(`${serving.url}/mcp`, {
        headers: { accept: "text/event-stream", ...bearer(key) },
      }),
    );
    const done = { ...shop, task_id: "TASK-001", status: "completed" };
    await board.callTool("update_task_status", done);
    await eventually(() => expect(stream.text()).toContain(changed));
    expect(await listedIds()).toEqual(["settings", "TASK-001"]);
    await stream.end();
  });

  test("goes to subscriptions of the newest revision and to WebSockets", async () => {
    const serving = await startServing();
    const key = await serving.addKey();
    const seen = vi.fn<(where: string) => void>();
    const modern = new Client(
      { name: "t", version: "1" },
      {
        versionNegotiation: { mode: { pin: "2026-07-28" } },
        listChanged: { resources: { autoRefresh: false, onChanged: () => seen("http") } },
      },
    );
    const requestInit = { headers: bearer(key) };
    await modern.connect(
      new StreamableHTTPClientTransport(new URL(`${serving.url}/mcp`), { requestInit }),
    );
    onTestFinished(() => modern.close());
    const socket = new WebSocket(`${serving.url.replace("http", "ws")}/ws`, ["mcp"], {
      headers: bearer(key),
    });
    onTestFinished(() => socket.terminate());
    socket.on("message", (data) => {
      if (String(data).includes(changed)) seen("ws");
    });
    await new Promise((resolve) => socket.once("open", resolve));
    const params = {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "t", version: "1" },
    };
    const answered = new Promise((resolve) => socket.once("message", resolve));
    socket.send(rpcBody("initialize", params));
    await answered;
    socket.send(JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }));
    await addTask(serving, key);
    await eventually(() => {
      expect(seen).toHaveBeenCalledWith("http");
      expect(seen).toHaveBeenCalledWith("ws");
    });
  });
});

describe("the server over WebSocket", () => {
  async function openSocket(serving: ServingSources, key: string): Promise<WebSocket> {
    const socket = new WebSocket(`${serving.url.replace("http", "ws")}/ws`, ["mcp"], {
      headers: bearer(key),
    });
    onTestFinished(() => socket.terminate());
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    return socket;
  }
  test("the server accepts the subprotocol mcp-v1, and has settings for its pings and its largest message", async () => {
    const serving = await startServing({
      settings: { webSocket: { pingMs: 30, largestMessageBytes: 500 } },
    });
    const headers = bearer(await serving.addKey());
    const socket = new WebSocket(`${serving.url.replace("http", "ws")}/ws`, ["mcp-v1"], {
      headers,
    });
    await once(socket, "open");
    expect(socket.protocol).toBe("mcp-v1");
    await once(socket, "ping");
    await once(socket, "ping");
    socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping", pad: "x".repeat(500) }));
    const [code] = (await once(socket, "close")) as [number];
    expect(code).toBe(1009);
  });

  const say = async (socket: WebSocket, text: string): Promise<Record<string, unknown>> => {
    const response = new Promise<string>((resolve) =>
      socket.once("message", (data) => resolve(String(data))),
    );
    socket.send(text);
    return JSON.parse(await response) as Record<string, unknown>;
  };
  const initialize = rpcBody("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "t", version: "1" },
  });

  test("ends the connection at the next message after a key was revoked", async () => {
    const serving = await startServing();
    const socket = await openSocket(serving, await serving.addKey({ name: "phone" }));
    expect(await say(socket, initialize)).toHaveProperty("result");
    await serving.keys.revoke("phone", new Date());
    const closed = new Promise<number>((resolve) => socket.once("close", resolve));
    expect(await say(socket, rpcBody("tools/list"))).toHaveProperty("error");
    expect(await closed).toBe(1008);
  });

  test("counts each message against the limit", async () => {
    const serving = await startServing({ settings: { requestsPerMinute: 1 } });
    const socket = await openSocket(serving, await serving.addKey());
    expect(await say(socket, initialize)).toHaveProperty("result");
    const responses = [];
    for (let id = 2; id < 24; id += 1) {
      // oxlint-disable-next-line no-await-in-loop -- in a row
      responses.push(await say(socket, rpcBody("ping", {}, id)));
    }
    expect(responses.slice(0, 20).every((response) => "result" in response)).toBe(true);
    expect(responses.at(-1)).toMatchObject({ error: { message: /Too many requests/ } });
  });

  test("answers a malformed message with an error, and keeps the connection open", async () => {
    const serving = await startServing();
    const socket = await openSocket(serving, await serving.addKey());
    expect(await say(socket, "{")).toMatchObject({ error: { code: -32700 } });
    expect(await say(socket, initialize)).toHaveProperty("result");
  });

  test("answers an upgrade on another path with 404", async () => {
    const serving = await startServing();
    const socket = new WebSocket(`${serving.url.replace("http", "ws")}/other`, ["mcp"]);
    const status = await new Promise((resolve) => {
      socket.once("unexpected-response", (request, response) => {
        resolve(response.statusCode);
        request.destroy();
      });
      socket.on("error", () => undefined);
    });
    expect(status).toBe(404);
  });
});

describe("a cached result", () => {
  test("a cached result is kept for the time that is set for its tool", async () => {
    const backend = createMemoryBackend();
    const toolCacheMs = { all: 0, byTool: new Map([["list_tasks", 60_000]]) };
    const serving = await startServing({ settings: { toolCacheMs }, parts: { backend } });
    const headers = bearer(await serving.addKey());
    for (const name of ["list_tasks", "get_next_task", "list_tasks", "get_next_task"]) {
      const params = { name, arguments: shop };
      // oxlint-disable-next-line no-await-in-loop -- in a row
      await (await postRpc(serving.url, "tools/call", { params, headers })).text();
    }
    expect(backend.calls).toEqual(["listTasks", "getNextTask", "getNextTask"]);
  });

  const next = (serving: ServingSources, key: string): Promise<Response> =>
    postRpc(serving.url, "tools/call", {
      params: { name: "list_tasks", arguments: shop },
      headers: bearer(key),
    });

  test("answers repeated reads for each principal, until a write", async () => {
    const backend = createMemoryBackend();
    const serving = await startServing({
      settings: { toolCacheMs: { all: 60_000, byTool: new Map() } },
      parts: { backend },
    });
    const [ada, grace] = [
      await serving.addKey({ user: "ada" }),
      await serving.addKey({ user: "grace" }),
    ];
    const reads = (): number => backend.calls.filter((name) => name === "listTasks").length;
    await (await next(serving, ada)).text();
    await (await next(serving, ada)).text();
    expect(reads()).toBe(1);
    await (await next(serving, grace)).text();
    expect(reads()).toBe(2);
    await postRpc(serving.url, "tools/call", {
      params: { name: "add_task", arguments: { tasks: [{ ...shop, title: "New" }] } },
      headers: bearer(grace),
    });
    const text = await (await next(serving, ada)).text();
    expect(reads()).toBe(3);
    expect(text).toContain("New");
  });
});
