// MCP over WebSocket: who may open a line, and what is served on it. The sign-in is looked at again with every message,
// so that a key that is revoked, or a token that has expired, ends the line.

import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import type { Principal } from "../principal.ts";
import type { MakeServer } from "./http-endpoint.ts";
import type { OrganizationBus } from "./organization-bus.ts";
import { createSocketTransport } from "./socket-transport.ts";
import type { Admit, SocketTransport } from "./socket-transport.ts";

export interface SocketDeps {
  readonly makeServer: MakeServer;
  readonly bus: OrganizationBus;
  readonly onFault: (error: unknown) => void;
}

export interface SocketEndpoint {
  /** Takes a request over whose sender is known. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, line: Line): void;
  readonly open: number;
  /** Requests that are not answered yet, on all lines. */
  readonly pending: number;
  /** Lets every line finish what it has begun, and closes it. */
  finish(): Promise<void>;
  /** Cuts what is left. */
  cut(): void;
}

export interface Line {
  readonly principal: Principal;
  /** Asked before each message. */
  readonly admit: Admit;
}

const largestMessage = 4 * 1024 * 1024;
const mostLines = 1000;

const isMcp = (protocols: Set<string>): "mcp" | false => (protocols.has("mcp") ? "mcp" : false);

export function createSocketEndpoint({ makeServer, bus, onFault }: SocketDeps): SocketEndpoint {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: largestMessage,
    perMessageDeflate: false,
    handleProtocols: isMcp,
  });
  const lines = new Map<WebSocket, SocketTransport>();

  function serve(socket: WebSocket, { principal, admit }: Line): void {
    const transport = createSocketTransport(socket, admit);
    let instance: McpServer | null = null;
    const unsubscribe = bus.runFor(principal.organization, () =>
      bus.subscribe(({ kind }) => {
        if (kind === "resources_list_changed") instance?.sendResourceListChanged();
      }),
    );
    lines.set(socket, transport);
    socket.once("close", () => {
      lines.delete(socket);
      unsubscribe();
    });
    const factory = (): McpServer => (instance = makeServer(principal));
    // It serves any transport, and decides by the first message which era the line speaks.
    serveStdio(factory, { transport, onerror: onFault });
  }

  return {
    accept: (request, socket, head, line) => {
      if (lines.size >= mostLines) {
        return void socket.end("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n");
      }
      server.handleUpgrade(request, socket, head, (opened) => serve(opened, line));
    },
    get open() {
      return lines.size;
    },
    get pending() {
      return [...lines.values()].reduce((sum, line) => sum + line.pending, 0);
    },
    finish: async () => {
      await Promise.all([...lines.values()].map((line) => line.finish()));
    },
    cut: () => {
      for (const socket of lines.keys()) socket.terminate();
    },
  };
}
