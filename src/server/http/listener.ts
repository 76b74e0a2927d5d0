import { createServer as createHttpServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { getRequestListener } from "@hono/node-server";
import { SitrepError } from "../../core/errors.ts";
import type { WebSocketEndpoint } from "../mcp/websocket.ts";
import type { Routes } from "./app.ts";
import type { InFlight } from "./in-flight.ts";
import type { RequestGuard, RequestHead } from "./request-guard.ts";
import { refuse, refuseWith } from "../problem.ts";

export interface PortAddress {
  readonly host: string;
  readonly port: number;
}

export interface ListenSettings extends PortAddress {
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly isBehindProxy: boolean;
}

export interface ListenDeps {
  readonly app: Routes;
  readonly guard: RequestGuard;
  readonly sockets: WebSocketEndpoint;
  readonly inFlight: InFlight;
  readonly closeStreams: () => Promise<void>;
}

/** An upgrade has no response object: the refusal is written to its socket. */
async function endWith(socket: Duplex, response: Response): Promise<void> {
  const body = await response.text();
  const lines = [...response.headers].map(([name, value]) => `${name}: ${value}`);
  const status = `HTTP/1.1 ${response.status} Refused`;
  const length = `content-length: ${Buffer.byteLength(body)}`;
  socket.end([status, ...lines, length, "connection: close", "", body].join("\r\n"));
}

async function upgrade(
  { guard, sockets, inFlight }: ListenDeps,
  requestHead: RequestHead,
  request: IncomingMessage,
  socket: Duplex,
  firstBytes: Buffer,
): Promise<void> {
  if (!/^\/ws\/?$/.test(new URL(requestHead.url).pathname))
    return endWith(socket, refuse("not-found"));
  if (inFlight.isStopping) return endWith(socket, refuse("going-down"));
  const refused = guard.refuseHost(requestHead);
  if (refused !== null) return endWith(socket, refused);
  const principal = await guard.signIn(requestHead);
  if (principal instanceof Response) return endWith(socket, principal);
  const end = guard.holdConnection(principal, requestHead, () => socket.destroy());
  if (end instanceof Response) return endWith(socket, end);
  if (socket.destroyed) return end();
  socket.once("close", end);
  sockets.accept(request, socket, firstBytes, {
    principal,
    admit: async () => {
      if (!(await guard.isStillSignedIn(requestHead)))
        return { reason: "The key or token is no longer valid.", end: true };
      const excess = await guard.refuseExcess(principal, 1);
      const wait = excess?.headers.get("retry-after") ?? null;
      return excess === null
        ? null
        : { reason: `Too many requests: try again in ${wait} s.`, end: false };
    },
  });
}

/** The host and port that it got. `setting` chooses them. */
function listen(server: Server, { host, port }: PortAddress, setting: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) =>
      reject(
        new SitrepError("serve-not-started", `Cannot listen on ${host}, port ${port}.`, {
          hint: `If another program uses the port, choose another with ${setting}.`,
          cause,
        }),
      ),
    );
    server.listen(port, host, () => {
      const at = server.address() as AddressInfo;
      resolve(`${at.family === "IPv6" ? `[${at.address}]` : at.address}:${at.port}`);
    });
  });
}

const within = (ms: number, work: Promise<unknown>): Promise<boolean> =>
  Promise.race([work.then(() => true), sleep(ms, false, { ref: false })]);

/** Cuts slow senders after 30 s in all. */
const senderTimeouts = {
  handshakeTimeout: 15_000,
  headersTimeout: 15_000,
  requestTimeout: 25_000,
  connectionsCheckingInterval: 2000,
};

/** Far more than a team needs. An idle connection takes some 9 KB, which the process does not free after a flood. */
const connectionLimit = 2000;

/** A proxy keeps idle connections: Caddy for 2 minutes, nginx for 1. If we closed one first, a request on its way would fail. */
const proxyKeepAliveMs = 130_000;

function createServer(deps: ListenDeps, { tls, isBehindProxy }: ListenSettings): Server {
  // Hono's listener writes a response in one piece without a stream, which saves a fifth of most calls.
  const respond = getRequestListener(deps.app.fetch);
  const server =
    tls === null
      ? createHttpServer(senderTimeouts)
      : createHttpsServer({ ...senderTimeouts, ...tls });
  server.maxConnections = connectionLimit;
  if (isBehindProxy) server.keepAliveTimeout = proxyKeepAliveMs;
  server.on("request", (request, response) => {
    deps.inFlight.begin(request, response);
    void respond(request, response);
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const base = `${tls === null ? "http" : "https"}://${request.headers.host ?? "localhost"}`;
    const url = URL.parse(request.url ?? "/", base)?.href ?? "http://localhost/";
    const requestHead = { headers: request.headers, peer: request.socket.remoteAddress ?? "", url };
    upgrade(deps, requestHead, request, socket, head).catch((error: unknown) =>
      endWith(socket, refuseWith(error)),
    );
  });
  return server;
}

/** Plain HTTP, open until the other port is closed. Throws `serve-not-started`. */
export async function startMetricsPort({ fetch }: Pick<Routes, "fetch">, at: PortAddress) {
  const server = createHttpServer(senderTimeouts, getRequestListener(fetch));
  const authority = await listen(server, at, "SITREP_METRICS_ADDRESS");
  return {
    url: `http://${authority}`,
    close: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Throws `serve-not-started` when it cannot listen on the port. */
export async function startListening(deps: ListenDeps, settings: ListenSettings) {
  const server = createServer(deps, settings);
  const authority = await listen(server, settings, "--port");
  return {
    url: `${settings.tls === null ? "http" : "https"}://${authority}`,
    /** Refuses new requests and finishes those in flight; true if all finished in time. */
    stop: async (withinMs: number): Promise<boolean> => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const finished = Promise.all([deps.inFlight.finish(), deps.sockets.finish()]);
      const isComplete = await within(withinMs, finished);
      await deps.closeStreams();
      deps.sockets.cut();
      server.closeIdleConnections();
      if (!(await within(500, closed))) server.closeAllConnections();
      await closed;
      return isComplete;
    },
  };
}
