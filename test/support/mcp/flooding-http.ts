// Run as a program: a server on loopback that prints its origin and answers with floods. REST is at /rest; MCP is at
// /json and /events (an event stream) over HTTP, /sse over SSE, /socket over WebSocket. Then the flood: /rest/nested.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createGzip } from "node:zlib";
import { WebSocketServer, type WebSocket } from "ws";
import { callAnswer, floodMessage, floodText, ordinaryAnswer, type Flood } from "./floods.ts";

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** Writes forever, as fast as the client reads. */
function pour(
  out: NodeJS.WritableStream,
  chunk: (at: number) => string,
  isOver: () => boolean,
): void {
  let at = 0;
  const more = (): void => {
    for (let turn = 0; turn < 100; turn += 1) {
      if (isOver()) return;
      if (!out.write(chunk((at += 1)))) return void out.once("drain", more);
    }
    setImmediate(more);
  };
  more();
}

const isMessages = (flood: Flood): boolean =>
  ["messages", "requests", "large messages"].includes(flood);

function answerFlood(flood: Flood, response: ServerResponse, ended: string | null): void {
  const isOver = (): boolean => response.destroyed;
  const type = { "content-type": "application/json" };
  if (flood === "gzip") {
    response.writeHead(200, { ...type, "content-encoding": "gzip" });
    const packed = createGzip({ level: 9 });
    packed.pipe(response);
    return pour(packed, () => " ".repeat(1024 * 1024), isOver);
  }
  response.writeHead(200, type);
  if (flood === "endless") return pour(response, () => "x".repeat(100_000), isOver);
  if (flood === "drip") {
    const timer = setInterval(() => response.write(" "), 100);
    return void response.on("close", () => clearInterval(timer));
  }
  response.end(ended ?? floodText(flood));
}

/** The event stream over which the server answers every call. */
let stream: ServerResponse | null = null;

function serveSse(flood: Flood, asked: { id?: number; method?: string }): void {
  if (stream === null) return;
  const reply = ordinaryAnswer(asked);
  if (reply !== null) stream.write(`data: ${reply}\n\n`);
  else if (asked.method === "tools/call") writeEvents(flood, asked.id, stream);
}

function answerEvents(flood: Flood, id: unknown, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  writeEvents(flood, id, response);
}

function writeEvents(flood: Flood, id: unknown, response: ServerResponse): void {
  const isOver = (): boolean => response.destroyed;
  if (isMessages(flood)) {
    return pour(response, (at) => `data: ${floodMessage(flood, at)}\n\n`, isOver);
  }
  if (flood === "endless") return pour(response, () => "x".repeat(100_000), isOver);
  if (flood === "drip") {
    const timer = setInterval(() => response.write(":\n\n"), 100);
    return void response.on("close", () => clearInterval(timer));
  }
  response.end(`event: message\ndata: ${callAnswer(id, floodText(flood))}\n\n`);
}

function serveSocket(flood: Flood, socket: WebSocket): void {
  socket.on("error", () => undefined);
  socket.on("message", (data) => {
    const asked = JSON.parse(String(data)) as { id?: number; method?: string };
    const reply = ordinaryAnswer(asked);
    if (reply !== null) return socket.send(reply);
    if (asked.method !== "tools/call" || flood === "drip") return;
    if (!isMessages(flood)) return socket.send(callAnswer(asked.id, floodText(flood)));
    let at = 0;
    const more = (): void => {
      for (let turn = 0; turn < 1000 && socket.bufferedAmount < 1_000_000; turn += 1) {
        if (socket.readyState !== socket.OPEN) return;
        socket.send(floodMessage(flood, (at += 1)));
      }
      setTimeout(more, 1);
    };
    more();
  });
}

function partsOf({ url = "" }: IncomingMessage): { place: string; flood: Flood } {
  const [place = "", flood = ""] = url.slice(1).split("/").map(decodeURIComponent);
  return { place, flood: flood as Flood };
}

const server = createServer(async (request, response) => {
  const { place, flood } = partsOf(request);
  const text = await bodyOf(request);
  if (place === "rest") return answerFlood(flood, response, null);
  if (place === "sse" && request.method === "GET") {
    stream = response.writeHead(200, { "content-type": "text/event-stream" });
    return response.write(`event: endpoint\ndata: ${request.url}\n\n`);
  }
  if (request.method !== "POST") return response.writeHead(405).end();
  const asked = JSON.parse(text) as { id?: number; method?: string };
  const reply = ordinaryAnswer(asked);
  if (place === "sse") {
    response.writeHead(202).end();
    serveSse(flood, asked);
  } else if (reply !== null) {
    response.writeHead(200, { "content-type": "application/json" }).end(reply);
  } else if (asked.method !== "tools/call") response.writeHead(202).end();
  else if (place === "events") answerEvents(flood, asked.id, response);
  else answerFlood(flood, response, callAnswer(asked.id, floodText(flood)));
});
const sockets = new WebSocketServer({ server });
sockets.on("connection", (socket, request) => serveSocket(partsOf(request).flood, socket));
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`http://127.0.0.1:${port}\n`);
});
// Exit together with the test that holds this pipe.
process.stdin.on("end", () => process.exit()).resume();
