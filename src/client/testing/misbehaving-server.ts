// A real HTTP server on loopback whose faults can be set at any moment.

import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** How the server misbehaves. */
export type Fault =
  | "hang"
  | "drip"
  | "page"
  | "truncated"
  | "cut-json"
  | "huge"
  | "reset"
  | { status: number; headers?: Record<string, string>; body?: string }
  | { redirect: string; status?: number };

export interface MisbehavingServer extends AsyncDisposable {
  readonly origin: string;
  readonly url: string;
  /** All requests so far, in order, with their whole bodies. */
  readonly requests: {
    method: string;
    path: string;
    headers: IncomingMessage["headers"];
    body: string;
  }[];
  /** Counts the connections accepted so far and those open now. */
  readonly sockets: { accepted: number; open: number };
  /** The number of bytes received on all sockets. */
  bytesReceived(): number;
  fault: Fault | null;
  /** Faults for the next requests, one each. They take precedence over `fault`; null: no fault. */
  readonly nextFaults: (Fault | null)[];
  stop(): Promise<void>;
  /** Listens again on the same port. */
  start(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

const every = (ms: number, response: ServerResponse, write: () => void): void => {
  const timer = setInterval(write, ms);
  response.on("close", () => clearInterval(timer));
};

function writeMegabytes(response: ServerResponse, count: number): void {
  const megabyte = Buffer.alloc(1024 * 1024, "x");
  let left = count;
  const more = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= 1;
      if (!response.write(megabyte)) return void response.once("drain", more);
    }
    response.end('"');
  };
  response.write('"');
  more();
}

function misbehave(fault: Fault, response: ServerResponse): void {
  const json = { "content-type": "application/json" };
  if (fault === "hang") return;
  if (fault === "reset") return void response.socket?.resetAndDestroy();
  if (fault === "drip") {
    response.writeHead(200, json);
    return every(200, response, () => response.write(" "));
  }
  if (fault === "page") {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    return void response.end("<!doctype html><title>Sign in</title>");
  }
  if (fault === "truncated") {
    response.writeHead(200, { ...json, "content-length": "1000" });
    return void response.write('{"tasks":[', () => response.socket?.destroy());
  }
  if (fault === "cut-json") {
    response.writeHead(200, json);
    return void response.end('{"tasks":[');
  }
  if (fault === "huge") {
    response.writeHead(200, json);
    return writeMegabytes(response, 200);
  }
  if ("redirect" in fault) {
    response.writeHead(fault.status ?? 307, { location: fault.redirect });
    return void response.end();
  }
  response.writeHead(fault.status, { ...json, ...fault.headers });
  response.end(fault.body ?? "{}");
}

/** Answers every request with this JSON. */
export const answering =
  (body: unknown): RequestListener =>
  (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };

/** Starts a server. `handler` answers requests without a fault; `request.body` is the body. Dispose of it to stop. */
export async function startMisbehavingServer(
  handler: (request: IncomingMessage & { body?: string }, response: ServerResponse) => void,
): Promise<MisbehavingServer> {
  const open = new Set<Socket>();
  const counters = { accepted: 0, open: 0 };
  let bytesOfClosed = 0;
  const requests: MisbehavingServer["requests"] = [];
  const nextFaults: (Fault | null)[] = [];
  const server: Server = createServer(async (request, response) => {
    const body = await readBody(request).catch(() => null);
    // The client closed the connection before the body was complete.
    if (body === null) return;
    const { method = "", url = "", headers } = request;
    requests.push({ method, path: url, headers, body });
    const fault = nextFaults.length > 0 ? nextFaults.shift() : self.fault;
    if (fault === null || fault === undefined) handler(Object.assign(request, { body }), response);
    else misbehave(fault, response);
  });
  server.keepAliveTimeout = 600_000;
  server.on("connection", (socket) => {
    counters.accepted += 1;
    counters.open += 1;
    open.add(socket);
    socket.on("close", () => {
      counters.open -= 1;
      bytesOfClosed += socket.bytesRead;
      open.delete(socket);
    });
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const self: MisbehavingServer = {
    origin,
    url: `${origin}/mcp`,
    requests,
    sockets: counters,
    bytesReceived: () => [...open].reduce((sum, socket) => sum + socket.bytesRead, bytesOfClosed),
    fault: null,
    nextFaults,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of open) socket.destroy();
      }),
    start: () => listen(port),
    [Symbol.asyncDispose]: async () => {
      if (server.listening) await self.stop();
    },
  };
  return self;
}
