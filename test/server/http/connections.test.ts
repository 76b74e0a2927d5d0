// What one sender may use: sockets, streams, and bodies.

import { once } from "node:events";
import { request } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { bearer, postRpc, rpcBody, rpcHeaders } from "../../support/rpc.ts";
import { startOpen, startServing } from "../../support/serving.ts";
import type { ServingSources } from "../../support/serving.ts";
import { eventually } from "../../support/waiting.ts";

/** The status of the refusal, or the open socket. */
async function openSocket(
  serving: ServingSources,
  key: string | null,
): Promise<WebSocket | number> {
  const headers = key === null ? {} : bearer(key);
  const socket = new WebSocket(`${serving.url.replace("http", "ws")}/ws`, ["mcp"], { headers });
  onTestFinished(() => socket.terminate());
  socket.on("error", () => undefined);
  return Promise.race([
    once(socket, "open").then(() => socket),
    once(socket, "unexpected-response").then(
      ([, response]) => (response as { statusCode: number }).statusCode,
    ),
  ]);
}

/** The status, and what ends the stream. */
async function openStream(
  serving: ServingSources,
  key: string | null,
  listens = false,
): Promise<{ status: number; end: () => void }> {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const sent = key === null ? {} : bearer(key);
  const { signal } = stop;
  const response = listens
    ? await fetch(`${serving.url}/mcp`, {
        method: "POST",
        headers: { ...rpcHeaders, ...sent },
        body: rpcBody("subscriptions/listen", { notifications: {} }),
        signal,
      })
    : await fetch(`${serving.url}/mcp`, {
        headers: { accept: "text/event-stream", ...sent },
        signal,
      });
  return { status: response.status, end: () => stop.abort() };
}

const few = { settings: { connectionsPerKey: 3 } };

describe("the limit of open connections", () => {
  test("B19: one key opens sockets and streams up to its limit, and other keys have their own", async () => {
    const serving = await startServing(few);
    const [greedy, other] = [await serving.addKey(), await serving.addKey()];
    const first = await openSocket(serving, greedy);
    const stream = await openStream(serving, greedy);
    expect([typeof first, stream.status]).toEqual(["object", 200]);
    expect(await openSocket(serving, greedy)).toBeInstanceOf(WebSocket);
    expect(await openSocket(serving, greedy)).toBe(429);
    expect((await openStream(serving, greedy)).status).toBe(429);
    expect((await openStream(serving, greedy, true)).status).toBe(429);
    // Its other requests and other keys are not affected.
    const headers = bearer(greedy);
    expect((await postRpc(serving.url, "tools/list", { headers })).status).toBe(200);
    expect(await openSocket(serving, other)).toBeInstanceOf(WebSocket);
    // A closed connection makes room.
    stream.end();
    (first as WebSocket).close();
    await eventually(async () => expect((await openStream(serving, greedy)).status).toBe(200));
    await eventually(async () => expect(await openSocket(serving, greedy)).not.toBe(429));
  });

  test("is named in the refusal of a stream", async () => {
    const serving = await startServing({ settings: { connectionsPerKey: 1 } });
    const key = await serving.addKey();
    await openSocket(serving, key);
    const headers = { accept: "text/event-stream", ...bearer(key) };
    const response = await fetch(`${serving.url}/mcp`, { headers });
    expect(await response.json()).toMatchObject({
      code: "too-many-connections",
      detail: "This key can have at most 1 WebSockets and streams open. Close one first.",
    });
  });

  test("applies to an address without a key, and does not affect callers with a key", async () => {
    const serving = await startOpen(few);
    for (let count = 0; count < 3; count += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await openSocket(serving, null)).toBeInstanceOf(WebSocket);
    }
    expect(await openSocket(serving, null)).toBe(429);
    expect(await openSocket(serving, await serving.addKey())).toBeInstanceOf(WebSocket);
  });

  test("applies to a key as a whole, even if it acts for many users", async () => {
    const serving = await startServing({ settings: { connectionsPerKey: 1 } });
    const key = await serving.addKey({ mayActAs: true });
    const as = (user: string) =>
      fetch(`${serving.url}/mcp`, {
        headers: { accept: "text/event-stream", ...bearer(key), "x-user-id": user },
      });
    const one = await as("ada");
    onTestFinished(() => one.body?.cancel());
    expect([one.status, (await as("eve")).status]).toEqual([200, 429]);
  });
});

/** Sends a body in chunks and without its length. */
function sendChunked(
  serving: ServingSources,
  [method, path]: readonly [string, string],
  key: string,
  chunks: readonly string[],
): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { ...rpcHeaders, ...bearer(key), "transfer-encoding": "chunked" };
    const sent = request(serving.url + path, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on("error", reject);
    for (const chunk of chunks) sent.write(chunk);
    sent.end();
  });
}

const bodies: readonly (readonly [method: string, path: string, body: string, status: number])[] = [
  ["POST", "/tasks/batch", '{"tasks":[{"project_id":"p","task_id":"T-1","title":"a"}]}', 201],
  ["PUT", "/tasks/T-0/status", '{"status":"completed"}', 404],
  ["POST", "/ids/reserve", '{"type":"US","count":1,"project_id":"p"}', 201],
  ["POST", "/api/v1/tickets", '{"title":"a"}', 201],
  ["POST", "/api/v1/tickets/ai-create", '{"description":"a b"}', 201],
  ["POST", "/mcp", '{"jsonrpc":"2.0","id":1,"method":"ping"}', 200],
];

describe("B18: a request body in chunks", () => {
  test.for(bodies)("is accepted by %s %s", async ([method, path, body, status]) => {
    const serving = await startServing();
    const key = await serving.addKey();
    const chunks = [body.slice(0, 7), body.slice(7)];
    expect(await sendChunked(serving, [method, path], key, chunks)).toBe(status);
  });

  test.for(bodies)("is refused by %s %s when it is too large", async ([method, path]) => {
    const serving = await startServing();
    const key = await serving.addKey();
    const chunks = ['{"x":"', ...Array.from({ length: 80 }, () => "y".repeat(65_536)), '"}'];
    expect(await sendChunked(serving, [method, path], key, chunks)).toBe(413);
  });
});
