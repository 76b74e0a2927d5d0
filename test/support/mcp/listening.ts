// Starts test servers of both lines of the SDK on loopback, over every transport that each line offers.

import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { toNodeHandler } from "@modelcontextprotocol/node";
import type { NodeIncomingMessageLike } from "@modelcontextprotocol/node";
import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import type { Transport as TransportV1 } from "@modelcontextprotocol/sdk/shared/transport.js";
import { createMcpHandler } from "@modelcontextprotocol/server";
import type { Transport as TransportV2 } from "@modelcontextprotocol/server";
import { onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { newWitness } from "./behavior.ts";
import type { Witness } from "./behavior.ts";
import { createServerV1 } from "./server-v1.ts";
import { createServerV2 } from "./server-v2.ts";
import { socketTransport } from "./socket-transport.ts";

export interface Listening {
  url: string;
  witness: Witness;
  stop(): Promise<void>;
}

type Handler = (
  request: IncomingMessage & { body?: string },
  response: ServerResponse,
) => void | Promise<void>;

async function listen(path: string, witness: Witness, handler: Handler): Promise<Listening> {
  const server = createServer((request, response) => void handler(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  onTestFinished(() => (server.listening ? stop() : undefined));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}${path}`, witness, stop };
}

/** Streamable HTTP with sessions. `forget` drops all sessions, like a restart. */
export function sessionsV1(witness: Witness = newWitness()): { handler: Handler; forget(): void } {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const refuse = (response: ServerResponse): void => {
    response.writeHead(404, { "content-type": "application/json" });
    response.end(
      '{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}',
    );
  };
  return {
    forget: () => sessions.clear(),
    handler: async (request, response) => {
      const id = request.headers["mcp-session-id"];
      const known = typeof id === "string" ? sessions.get(id) : undefined;
      if (id !== undefined && known === undefined) return refuse(response);
      const parsed: unknown = request.body ? JSON.parse(request.body) : undefined;
      if (known !== undefined) return known.handleRequest(request, response, parsed);
      const transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (session) => {
          witness.sessions += 1;
          sessions.set(session, transport);
        },
      });
      await createServerV1(witness).connect(transport as TransportV1);
      await transport.handleRequest(request, response, parsed);
    },
  };
}

export function httpV1(): Promise<Listening> {
  const witness = newWitness();
  return listen("/mcp", witness, sessionsV1(witness).handler);
}

/** HTTP with server-sent events, the transport of the 2024 protocol. */
export function sseV1(path = "/sse"): Promise<Listening> {
  const witness = newWitness();
  const sessions = new Map<string, SSEServerTransport>();
  return listen(path, witness, async (request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    if (request.method === "GET") {
      const transport = new SSEServerTransport("/messages", response);
      sessions.set(transport.sessionId, transport);
      witness.sessions += 1;
      return createServerV1(witness).connect(transport);
    }
    const transport = sessions.get(url.searchParams.get("sessionId") ?? "");
    if (transport !== undefined) return transport.handlePostMessage(request, response);
    response.writeHead(404).end();
  });
}

/** Serves old and new protocol revisions; `legacy: "reject"` serves only revision 2026-07-28. */
export async function httpV2(
  legacy: "stateless" | "reject" = "stateless",
): Promise<Listening & { toolsChanged(): void }> {
  const witness = newWitness();
  const handler = createMcpHandler(() => createServerV2(witness), { legacy });
  const nodeHandler = toNodeHandler(handler);
  onTestFinished(() => handler.close());
  const listening = await listen("/mcp", witness, (request, response) =>
    nodeHandler(request as NodeIncomingMessageLike, response),
  );
  return { ...listening, toolsChanged: () => void handler.notify.toolsChanged() };
}

export interface ListeningSocket extends Listening {
  /** The server's open sockets, for tests that cut them. */
  sockets: Set<WebSocket>;
  /** The upgrade requests so far. */
  upgrades: IncomingMessage[];
  start(): Promise<void>;
}

export interface SocketOptions {
  /** Whether the server responds to a ping. */
  autoPong?: boolean;
  /** Default: any free port. */
  port?: number;
  /** Returns the status that refuses an upgrade request; null: accept it. */
  refuse?: (request: IncomingMessage) => number | null;
}

/** Serves MCP over WebSocket, which neither line of the SDK does by itself. */
export async function webSocket(
  line: "v1" | "v2",
  { autoPong = true, port: wanted = 0, refuse = () => null }: SocketOptions = {},
): Promise<ListeningSocket> {
  const witness = newWitness();
  const sockets = new Set<WebSocket>();
  const upgrades: IncomingMessage[] = [];
  let port = wanted;
  let server: WebSocketServer;
  const start = async (): Promise<void> => {
    server = new WebSocketServer({
      host: "127.0.0.1",
      port,
      autoPong,
      verifyClient: ({ req }, decide) => {
        upgrades.push(req);
        const status = refuse(req);
        decide(status === null, status ?? 200);
      },
    });
    server.on("connection", (socket) => {
      witness.sessions += 1;
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      const transport = socketTransport(socket);
      void (line === "v1"
        ? createServerV1(witness).connect(transport as TransportV1)
        : createServerV2(witness).connect(transport as TransportV2));
    });
    await new Promise((resolve) => server.once("listening", resolve));
    ({ port } = server.address() as AddressInfo);
  };
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      for (const socket of sockets) socket.terminate();
      server.close(() => resolve());
    });
  await start();
  onTestFinished(stop);
  return { url: `ws://127.0.0.1:${port}/mcp`, witness, stop, start, sockets, upgrades };
}
