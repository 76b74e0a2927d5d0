// One JSON-RPC message a text frame. The sign-in is checked for each: a revoked key or expired token ends the connection.

import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { parseJSONRPCMessage } from "@modelcontextprotocol/server";
import type {
  JSONRPCMessage,
  JSONRPCRequest,
  McpServer,
  Transport,
} from "@modelcontextprotocol/server";
import { WebSocketServer, type RawData, type WebSocket } from "ws";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { closeSocket, pingRegularly, readFrame } from "../../sources/mcp/socket.ts";
import type { Principal } from "../principal.ts";
import type { MakeServer } from "./http-endpoint.ts";
import type { ChangeBus } from "./change-notifications.ts";

type SocketTransport = ReturnType<typeof createSocketTransport>;

/** Null accepts a message; a reason refuses it, and `end` closes the connection after it. */
type Admit = () => Promise<null | { readonly reason: string; readonly end: boolean }>;

/** A socket must answer a ping within this time. */
const withinMs = 10_000;
const closeCodes = { goingAway: 1001, policy: 1008 } as const;

const isRequest = (message: JSONRPCMessage): message is JSONRPCRequest =>
  "method" in message && "id" in message;

/** The id of the request that a message cancels, which is then not answered; null for any other message. */
function cancelledBy(message: JSONRPCMessage): string | number | null {
  if (!("method" in message) || message.method !== "notifications/cancelled") return null;
  const id = message.params?.["requestId"];
  return typeof id === "string" || typeof id === "number" ? id : null;
}

const invalidMessage = {
  jsonrpc: "2.0",
  error: { code: -32700, message: "Not a JSON-RPC message." },
  id: null,
} as const;

async function write(socket: WebSocket, message: JSONRPCMessage): Promise<void> {
  await new Promise<void>((resolve) => socket.send(JSON.stringify(message), () => resolve()));
}

async function closeOpen(socket: WebSocket, code: number): Promise<void> {
  if (socket.readyState < socket.CLOSING) await closeSocket(socket, code);
}

async function refuse(socket: WebSocket, message: JSONRPCMessage, text: string): Promise<void> {
  if (!isRequest(message)) return;
  await write(socket, { jsonrpc: "2.0", id: message.id, error: { code: -32000, message: text } });
}

function createSocketTransport(socket: WebSocket, admit: Admit, everyMs: number) {
  const pending = new Set<string | number>();
  let whenIdle: (() => void) | null = null;
  let isFinishing = false;
  /** Messages are taken in the order in which they were sent. */
  let queue: Promise<void> = Promise.resolve();

  function leave(id: string | number | null): void {
    if (id !== null) pending.delete(id);
    if (pending.size === 0) whenIdle?.();
  }

  async function take(message: JSONRPCMessage): Promise<void> {
    if (isFinishing) return refuse(socket, message, "The server is shutting down. Reconnect.");
    const refusal = await admit();
    if (refusal === null) {
      if (isRequest(message) && message.method !== "subscriptions/listen") pending.add(message.id);
      leave(cancelledBy(message));
      return self.onmessage?.(message);
    }
    await refuse(socket, message, refusal.reason);
    if (refusal.end) await closeSocket(socket, closeCodes.policy, "sign-in refused");
  }

  function receive(data: RawData, isBinary: boolean): void {
    try {
      const message = parseJSONRPCMessage(readFrame(data, isBinary));
      queue = queue
        .then(() => take(message))
        .catch((error: unknown) => self.onerror?.(error as Error));
    } catch (error) {
      self.onerror?.(error as Error);
      socket.send(JSON.stringify(invalidMessage));
    }
  }

  const self: Transport = {
    start: async () => {
      socket.on("message", receive);
      socket.on("error", (error) => self.onerror?.(error));
      socket.once("close", () => {
        pending.clear();
        whenIdle?.();
        self.onclose?.();
      });
      pingRegularly(socket, { everyMs, withinMs });
    },
    send: async (message) => {
      await write(socket, message);
      if (!("method" in message) && message.id !== undefined) leave(message.id);
    },
    close: () => closeOpen(socket, 1000),
  };
  return {
    transport: self,
    /** Accepted requests without a response yet. Subscriptions do not count: they end when one side ends them. */
    get pending(): number {
      return pending.size;
    },
    finish: async (): Promise<void> => {
      isFinishing = true;
      if (pending.size > 0) await new Promise<void>((resolve) => (whenIdle = resolve));
      await closeOpen(socket, closeCodes.goingAway);
    },
  };
}

export type WebSocketEndpoint = ReturnType<typeof createWebSocketEndpoint>;

interface Connection {
  readonly principal: Principal;
  readonly admit: Admit;
}

export interface WebSocketLimits {
  readonly pingMs: number;
  readonly largestMessageBytes: number;
}

const connectionLimit = 1000;
const subprotocols = ["mcp", "mcp-v1"];

export function createWebSocketEndpoint(
  makeServer: MakeServer,
  bus: ChangeBus,
  onFault: (error: unknown) => void,
  { pingMs, largestMessageBytes }: WebSocketLimits,
) {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: largestMessageBytes,
    perMessageDeflate: false,
    handleProtocols: (offered) => subprotocols.find((one) => offered.has(one)) ?? false,
  });
  const transports = new Map<WebSocket, SocketTransport>();

  function serve(socket: WebSocket, { principal, admit }: Connection): void {
    const opened = createSocketTransport(socket, admit, pingMs);
    let instance: McpServer | null = null;
    const unsubscribe = bus.runFor(principal.organization, () =>
      bus.subscribe(({ kind }) => {
        if (kind === "resources_list_changed") instance?.sendResourceListChanged();
      }),
    );
    transports.set(socket, opened);
    socket.once("close", () => {
      transports.delete(socket);
      unsubscribe();
    });
    const factory = (): McpServer => (instance = makeServer(principal));
    // Despite its name it serves any transport; the first message decides which era the client speaks.
    serveStdio(factory, { transport: opened.transport, onerror: onFault });
  }

  return {
    accept: (
      request: IncomingMessage,
      socket: Duplex,
      head: Buffer,
      connection: Connection,
    ): void => {
      if (transports.size >= connectionLimit) {
        return void socket.end("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n");
      }
      server.handleUpgrade(request, socket, head, (opened) => serve(opened, connection));
    },
    get open(): number {
      return transports.size;
    },
    get pending(): number {
      return [...transports.values()].reduce((sum, one) => sum + one.pending, 0);
    },
    finish: async (): Promise<void> => {
      await Promise.all([...transports.values()].map((one) => one.finish()));
    },
    cut: (): void => {
      for (const socket of transports.keys()) socket.terminate();
    },
  };
}
