// The server in production: host names, health, metrics, log, and shutdown.

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { request } from "node:http";
import { connect } from "node:net";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { WebSocket } from "ws";
import { SitrepError } from "../../../src/core/errors.ts";
import { WebSocketTransport } from "../../../src/sources/mcp/websocket-transport.ts";
import { createMemoryBackend } from "../../support/memory-backend.ts";
import { readMetrics, valueOf } from "../../support/prometheus.ts";
import { bearer, postRpc, rpcBody, rpcHeaders } from "../../support/rpc.ts";
import { startOpen, startServing } from "../../support/serving.ts";
import { eventually } from "../../support/waiting.ts";

const shop = { project_id: "shop-api" };
const call = (name: string, args: object): object => ({ name, arguments: args });

/** fetch sets Host by itself. */
function statusWith(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on("error", reject);
    sent.end();
  });
}

describe("a request with an unknown host name", () => {
  test.for([
    "/health",
    "/healthz",
    "/readyz",
    "/mcp",
    "/metrics",
    "/tasks",
    "/openapi.json",
    "/none",
  ])("A41: %s is refused with an unknown Host or Origin", async (path) => {
    const { url } = await startServing();
    expect(await statusWith(url + path, { host: "evil.example" })).toBe(403);
    expect(await statusWith(url + path, { origin: "http://evil.example" })).toBe(403);
  });

  test("is refused as a WebSocket too", async () => {
    const { url } = await startServing();
    for (const headers of [{ host: "evil.example" }, { origin: "http://evil.example" }]) {
      const socket = new WebSocket(`${url.replace("http", "ws")}/ws`, ["mcp"], { headers });
      socket.on("error", () => undefined);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const status = await new Promise((resolve) =>
        socket.once("unexpected-response", (sent, response) => {
          resolve(response.statusCode);
          sent.destroy();
        }),
      );
      expect(status).toBe(403);
    }
  });
});

describe("the health and metrics endpoints", () => {
  test("include /health, which needs no key and is 503 while the store is down", async () => {
    const backend = createMemoryBackend();
    const serving = await startServing({ parts: { backend } });
    const key = await serving.addKey();
    const health = (): Promise<Response> => fetch(`${serving.url}/health`);
    expect((await health()).status).toBe(200);
    backend.failure = new SitrepError("store-unreachable", "gone");
    const response = await health();
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: "store-unreachable" });
    backend.failure = null;
    expect((await health()).status).toBe(200);
    expect((await postRpc(serving.url, "ping", { headers: bearer(key) })).status).toBe(200);
  });

  test("return 503, not 401, if keys cannot be read", async () => {
    const serving = await startServing();
    const key = await serving.addKey();
    const gone = new SitrepError("store-unreachable", "gone");
    vi.spyOn(serving.keys, "find").mockRejectedValue(gone);
    const response = await postRpc(serving.url, "ping", { headers: bearer(key) });
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("1");
  });

  test("include /metrics, which needs the permission admin and counts calls, failures, durations and sign-ins", async () => {
    const serving = await startServing({
      settings: { toolCacheMs: { all: 60_000, byTool: new Map() } },
    });
    const user = await serving.addKey();
    const admin = await serving.addKey({ permissions: ["admin"] });
    const ask = (key: string): Promise<Response> =>
      fetch(`${serving.url}/metrics`, { headers: bearer(key) });
    expect((await ask(user)).status).toBe(403);
    const asUser = { headers: bearer(user) };
    for (const params of [call("list_tasks", shop), call("list_tasks", shop)]) {
      // oxlint-disable-next-line no-await-in-loop -- the second finds what the first has left
      await (await postRpc(serving.url, "tools/call", { params, ...asUser })).text();
    }
    const wrong = call("update_task_status", { task_id: "NONE-1", status: "completed", ...shop });
    await (await postRpc(serving.url, "tools/call", { params: wrong, ...asUser })).text();
    const samples = readMetrics(await (await ask(admin)).text());
    const list = { tool: "list_tasks" };
    expect(valueOf(samples, "sitrep_tool_calls_total", list)).toBe(2);
    const failed = { tool: "update_task_status", code: "task-not-found" };
    expect(valueOf(samples, "sitrep_tool_failures_total", failed)).toBe(1);
    expect(valueOf(samples, "sitrep_tool_seconds_count", list)).toBe(2);
    expect(valueOf(samples, "sitrep_tool_seconds_bucket", { ...list, le: "+Inf" })).toBe(2);
    expect(valueOf(samples, "sitrep_cache_hits_total")).toBe(1);
    expect(valueOf(samples, "sitrep_breaker_state", { state: "off" })).toBe(1);
    const signedIn = { by: "key", outcome: "ok" };
    expect(valueOf(samples, "sitrep_sign_ins_total", signedIn)).toBeGreaterThan(2);
    expect(valueOf(samples, "process_resident_memory_bytes")).toBeGreaterThan(1e6);
  });

  test("count requests by route and known method, and written tasks by operation, without a caller's texts", async () => {
    const serving = await startServing();
    const key = await serving.addKey({ permissions: ["tools", "admin"], user: "zoe-private" });
    const headers = { ...bearer(key), "content-type": "application/json" };
    const ask = async (path: string, init: RequestInit = {}): Promise<string> =>
      (await fetch(serving.url + path, { headers, ...init })).text();
    const tasks = [1, 2].map((id) => ({
      project_id: "secret-project",
      task_id: `SECRET-${id}`,
      title: "secret title",
    }));
    await ask("/tasks/batch", { method: "POST", body: JSON.stringify({ tasks }) });
    await ask("/tasks/SECRET-1?project=secret-project");
    await ask("/tasks/SECRET-9");
    await ask("/secret/path", { method: "PROPFIND" });
    await ask("/healthz");
    const text = await ask("/metrics");
    const samples = readMetrics(text);
    const count = (labels: Record<string, string>): number | null =>
      valueOf(samples, "sitrep_http_request_seconds_count", labels);
    expect(count({ method: "GET", route: "/tasks/{id}", status: "200" })).toBe(1);
    expect(count({ method: "GET", route: "/tasks/{id}", status: "404" })).toBe(1);
    expect(count({ method: "other", route: "other" })).toBe(1);
    expect(count({ route: "/healthz", status: "200" })).toBe(1);
    expect(valueOf(samples, "sitrep_tasks_written_total", { operation: "addTasks" })).toBe(2);
    for (const word of ["secret", "SECRET", "zoe", "acme", "PROPFIND", key]) {
      expect(text).not.toContain(word);
    }
  });

  test("are served at the metrics address, if there is one, without keys or host check, and nothing else is", async () => {
    const serving = await startServing({
      settings: { metricsAddress: { host: "127.0.0.1", port: 0 } },
    });
    const at = serving.metricsUrl ?? "";
    for (const path of ["/metrics", "/healthz", "/readyz", "/health"]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await statusWith(at + path, { host: "sitrep-1:9464" })).toBe(200);
    }
    for (const path of ["/", "/tasks", "/mcp", "/openapi.json"]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await statusWith(at + path, {})).toBe(404);
    }
    expect(serving.log[0]).toMatchObject({ msg: "started", metrics: at });
  });

  test("report a store that is down: /readyz is 503, /healthz 200, and metrics are still served", async () => {
    const backend = createMemoryBackend();
    const serving = await startServing({
      parts: { backend },
      settings: { metricsAddress: { host: "127.0.0.1", port: 0 } },
    });
    backend.failure = new SitrepError("store-unreachable", "gone");
    const status = async (path: string): Promise<number> =>
      (await fetch(serving.metricsUrl + path)).status;
    expect(await status("/readyz")).toBe(503);
    expect(await status("/healthz")).toBe(200);
    expect(await status("/metrics")).toBe(200);
    backend.failure = null;
    expect(await status("/readyz")).toBe(200);
  });
});

describe("the log of a server", () => {
  test("has a line for the start, each sign-in and each call, with listed values only", async () => {
    const serving = await startServing();
    const key = await serving.addKey();
    const secretText = "what nobody should read in a log";
    const params = call("add_task", { tasks: [{ ...shop, title: secretText }] });
    await (await postRpc(serving.url, "tools/call", { params, headers: bearer(key) })).text();
    const done = call("update_task_status", {
      task_id: "TASK-001",
      status: "completed",
      completion_notes: secretText,
      ...shop,
    });
    await (await postRpc(serving.url, "tools/call", { params: done, headers: bearer(key) })).text();
    const [start, ...others] = serving.log;
    expect(start).toMatchObject({
      msg: "started",
      transport: ["streamable-http", "websocket", "rest"],
      tools: 11,
    });
    expect(others.map(({ msg }) => msg)).toEqual(["sign-in", "tool call", "sign-in", "tool call"]);
    expect(others.at(-1)).toMatchObject({
      level: "info",
      tool: "update_task_status",
      principal: "ada@acme",
      http_status: 200,
      duration_ms: expect.any(Number) as unknown,
      parameters: ["task_id", "status", "completion_notes", "project_id"],
      values: { task_id: "TASK-001", status: "completed", project_id: "shop-api" },
    });
    expect(serving.logText()).not.toContain(secretText);
    expect(serving.logText()).not.toContain(key);
  });

  test("the log has one line for each REST request, with the status and without any text of a task", async () => {
    const serving = await startServing();
    const headers = bearer(await serving.addKey());
    const ask = async (path: string, init: RequestInit = {}): Promise<void> => {
      await (await fetch(serving.url + path, { headers, ...init })).text();
    };
    await ask("/tasks/next?project=hunter2");
    await ask("/tasks/hunter2/status", { method: "POST" });
    await ask("/hunter2");
    await ask("/api/v1/tickets/hunter2", { headers: {} });
    await ask("/health");
    const lines = serving.log.filter(({ msg }) => msg === "request");
    expect(lines.map((line) => [line["method"], line["route"], line["http_status"]])).toEqual([
      ["GET", "/tasks/next", 200],
      ["POST", "/tasks/{id}/status", 405],
      ["GET", null, 404],
      ["GET", "/api/v1/tickets/{id}", 401],
    ]);
    expect(lines.map((line) => line["principal"])).toEqual([
      "ada@acme",
      "ada@acme",
      "ada@acme",
      null,
    ]);
    expect(serving.logText()).not.toContain("hunter2");
  });

  test("has no warning after a clean run", async () => {
    const serving = await startServing();
    const key = await serving.addKey();
    const headers = bearer(key);
    for (const method of ["ping", "tools/list", "resources/list", "prompts/list"]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await (await postRpc(serving.url, method, { headers })).text();
    }
    await serving.stop();
    expect(serving.log.filter(({ level }) => level !== "info")).toEqual([]);
  });
});

/** A backend whose `listTasks` answers after `go`. */
function createSlowBackend() {
  const backend = createMemoryBackend();
  const list = backend.listTasks.bind(backend);
  let go = (): void => undefined;
  const gate = new Promise<void>((resolve) => (go = resolve));
  const began = vi.fn<() => void>();
  backend.listTasks = async (filter, asked) => {
    began();
    await gate;
    return list(filter, asked);
  };
  return { backend, began, go };
}

const initializeParams = {
  protocolVersion: "2025-11-25",
  capabilities: {},
  clientInfo: { name: "t", version: "1" },
};

/** A server that works on call 7 of a client until `go`, and the client's messages. */
async function callOverWebSocket() {
  const { backend, began, go } = createSlowBackend();
  const serving = await startOpen({ parts: { backend } });
  const socket = new WebSocket(`${serving.url.replace("http", "ws")}/ws`, ["mcp"]);
  onTestFinished(() => socket.terminate());
  await new Promise((resolve) => socket.once("open", resolve));
  const said: string[] = [];
  socket.on("message", (data) => said.push(String(data)));
  socket.send(rpcBody("initialize", initializeParams));
  await eventually(() => expect(said).toHaveLength(1));
  socket.send(rpcBody("tools/call", call("list_tasks", shop), 7));
  await eventually(() => expect(began).toHaveBeenCalledTimes(1));
  return { serving, socket, said, go };
}

test("the server keeps a proxy's idle connections longer than the proxy does, and others for a few seconds", async () => {
  const keptSeconds = async (isBehindProxy: boolean): Promise<number> => {
    const { url } = await startServing({
      settings: { isBehindProxy, opensTo: "network" },
    });
    const response = await fetch(`${url}/healthz`);
    return Number(/timeout=(\d+)/.exec(response.headers.get("keep-alive") ?? "")?.[1]);
  };
  expect(await keptSeconds(true)).toBeGreaterThan(120);
  expect(await keptSeconds(false)).toBeLessThan(30);
});

describe("a stopping server", () => {
  test("drains first: /readyz is 503, requests are served and end their connection, and then the port closes", async () => {
    const serving = await startOpen({
      settings: { drainMs: 1500, metricsAddress: { host: "127.0.0.1", port: 0 } },
    });
    const ready = async (): Promise<number> => (await fetch(`${serving.metricsUrl}/readyz`)).status;
    expect(await ready()).toBe(200);
    const before = await fetch(`${serving.url}/tasks?project=shop-api`);
    expect(before.headers.get("connection")).not.toBe("close");
    const stopping = serving.stop();
    expect(await ready()).toBe(503);
    expect((await fetch(`${serving.url}/readyz`)).status).toBe(503);
    const during = await fetch(`${serving.url}/tasks?project=shop-api`);
    expect([during.status, during.headers.get("connection")]).toEqual([200, "close"]);
    const text = await (await fetch(`${serving.metricsUrl}/metrics`)).text();
    expect(valueOf(readMetrics(text), "sitrep_draining")).toBe(1);
    expect(await stopping).toBe(true);
    await expect(fetch(`${serving.url}/healthz`)).rejects.toThrow("fetch failed");
    await expect(ready()).rejects.toThrow("fetch failed");
  });

  test("finishes HTTP requests in flight, and accepts no new ones", async () => {
    const { backend, began, go } = createSlowBackend();
    const serving = await startOpen({ parts: { backend } });
    // The newest revision: its requests in flight would end with the endpoint.
    const client = new Client(
      { name: "t", version: "1" },
      { versionNegotiation: { mode: { pin: "2026-07-28" } } },
    );
    await client.connect(new StreamableHTTPClientTransport(new URL(`${serving.url}/mcp`)));
    onTestFinished(() => client.close());
    const slow = client.callTool({ name: "list_tasks", arguments: shop });
    await eventually(() => expect(began).toHaveBeenCalledTimes(1));
    const stopping = serving.stop();
    // Requests are served until the port closes, which takes at least a turn of the event loop.
    await eventually(() => expect(postRpc(serving.url, "ping")).rejects.toThrow("fetch failed"));
    go();
    expect(await slow).toMatchObject({ structuredContent: { tasks: [] } });
    expect(await stopping).toBe(true);
  });

  test("finishes requests in flight over WebSocket", async () => {
    const { serving, said, go } = await callOverWebSocket();
    const stopping = serving.stop();
    go();
    await eventually(() => expect(said.some((text) => text.includes('"id":7'))).toBe(true));
    expect(await stopping).toBe(true);
  });

  test("does not wait for a request that was cancelled over WebSocket", async () => {
    const { serving, socket, said, go } = await callOverWebSocket();
    socket.send(rpcBody("notifications/cancelled", { requestId: 7 }, null));
    socket.send(rpcBody("ping", {}, 8));
    await eventually(() => expect(said.some((text) => text.includes('"id":8'))).toBe(true));
    expect(await serving.stop()).toBe(true);
    go();
  });

  test("does not wait for a subscription over WebSocket", async () => {
    const serving = await startOpen();
    const seen = vi.fn<() => void>();
    const client = new Client(
      { name: "t", version: "1" },
      {
        versionNegotiation: { mode: { pin: "2026-07-28" } },
        listChanged: { resources: { autoRefresh: false, debounceMs: 1, onChanged: seen } },
      },
    );
    const url = `${serving.url.replace("http", "ws")}/ws`;
    const settings = { name: "t", url, largestMessage: 1024 * 1024 };
    const heartbeat = { everyMs: 60_000, withinMs: 10_000 };
    await client.connect(new WebSocketTransport({ ...settings, heartbeat }));
    onTestFinished(() => client.close());
    await client.callTool({ name: "add_task", arguments: { tasks: [{ ...shop, title: "New" }] } });
    await eventually(() => expect(seen).toHaveBeenCalled());
    expect(await serving.stop()).toBe(true);
  });

  test("cuts requests that do not end in time, and logs it", async () => {
    const { backend, began, go } = createSlowBackend();
    const serving = await startOpen({ parts: { backend }, settings: { stopWithinMs: 50 } });
    const slow = postRpc(serving.url, "tools/call", { params: call("list_tasks", shop) });
    const ended = slow.then(
      (response) => response.text(),
      () => "cut",
    );
    await eventually(() => expect(began).toHaveBeenCalled());
    expect(await serving.stop()).toBe(false);
    expect(await ended.catch(() => "cut")).not.toContain("tasks");
    go();
    expect(serving.log.at(-1)).toMatchObject({ msg: "stopped", complete: false });
  });

  test("does not wait for open streams", async () => {
    const serving = await startOpen();
    const stream = await fetch(`${serving.url}/mcp`, { headers: { accept: "text/event-stream" } });
    expect(stream.status).toBe(200);
    expect(await serving.stop()).toBe(true);
    await stream.text();
  });

  test("does not start a request that comes after one in flight on the same connection", async () => {
    const { backend, began, go } = createSlowBackend();
    const arrived = vi.fn<() => void>();
    subscribe("http.server.request.start", arrived);
    onTestFinished(() => void unsubscribe("http.server.request.start", arrived));
    const serving = await startOpen({ parts: { backend } });
    const { hostname, port } = new URL(serving.url);
    const line = connect(Number(port), hostname);
    onTestFinished(() => void line.destroy());
    line.on("error", () => undefined);
    let text = "";
    line.on("data", (part) => (text += String(part)));
    const ended = new Promise((resolve) => line.once("close", resolve));
    const send = (body: string): void => {
      const headers = Object.entries({ ...rpcHeaders, host: "localhost" });
      const head = headers.map(([name, value]) => `${name}: ${value}`).join("\r\n");
      line.write(`POST /mcp HTTP/1.1\r\n${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    };
    send(rpcBody("tools/call", call("list_tasks", shop)));
    await eventually(() => expect(began).toHaveBeenCalledTimes(1));
    const stopping = serving.stop();
    expect(arrived).toHaveBeenCalledTimes(1);
    send(rpcBody("tools/call", call("list_tasks", { ...shop, status: "blocked" })));
    await eventually(() => expect(arrived).toHaveBeenCalledTimes(2));
    go();
    await ended;
    expect(text).toContain('\\"tasks\\"');
    expect(began).toHaveBeenCalledTimes(1);
    expect(await stopping).toBe(true);
  });
});
