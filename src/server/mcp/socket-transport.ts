// The server's end of MCP over WebSocket: one JSON-RPC message a text frame, as the client's end in src/sources/mcp.

import { parseJSONRPCMessage } from "@modelcontextprotocol/server";
import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/server";
import type { RawData, WebSocket } from "ws";
import { closeSocket, keepTesting, readFrame } from "../../sources/mcp/socket.ts";

export interface SocketTransport extends Transport {
  /** Requests that were let in and are not answered yet, subscriptions not counted: they end when somebody ends them. */
  readonly pending: number;
  /** Closes once everything that was let in is answered; lets nothing in from now on. */
  finish(): Promise<void>;
}

/** Null lets a message in; a text refuses it, and `end` closes the line behind it. */
export type Admit = () => Promise<null | { readonly reason: string; readonly end: boolean }>;

const heartbeat = { everyMs: 30_000, withinMs: 10_000 };
export const closeCodes = { goingAway: 1001, policy: 1008 } as const;

const errorFor = (message: JSONRPCMessage, code: number, text: string): JSONRPCMessage | null =>
  "method" in message && "id" in message
    ? { jsonrpc: "2.0", id: message.id, error: { code, message: text } }
    : null;

/** What a message says will never be answered; null for any other message. */
function cancelledBy(message: JSONRPCMessage): string | number | null {
  if (!("method" in message) || message.method !== "notifications/cancelled") return null;
  const id = message.params?.["requestId"];
  return typeof id === "string" || typeof id === "number" ? id : null;
}

export function createSocketTransport(socket: WebSocket, admit: Admit): SocketTransport {
  const pending = new Set<string | number>();
  let whenIdle: (() => void) | null = null;
  let isFinishing = false;
  /** One after the other, so that messages arrive in the order in which they were sent. */
  let queue: Promise<void> = Promise.resolve();

  async function write(message: JSONRPCMessage): Promise<void> {
    await new Promise<void>((resolve) => socket.send(JSON.stringify(message), () => resolve()));
  }

  async function refuse(message: JSONRPCMessage, text: string): Promise<void> {
    const error = errorFor(message, -32000, text);
    if (error !== null) await write(error);
  }

  function leave(id: string | number): void {
    pending.delete(id);
    if (pending.size === 0) whenIdle?.();
  }

  async function take(message: JSONRPCMessage): Promise<void> {
    if (isFinishing) return refuse(message, "The server is going down. Connect anew.");
    const refusal = await admit();
    if (refusal === null) {
      const isRequest = "method" in message && "id" in message;
      if (isRequest && message.method !== "subscriptions/listen") pending.add(message.id);
      const cancelled = cancelledBy(message);
      if (cancelled !== null) leave(cancelled);
      return self.onmessage?.(message);
    }
    await refuse(message, refusal.reason);
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
      const parse = { jsonrpc: "2.0", error: { code: -32700, message: "Not a message." } } as const;
      socket.send(JSON.stringify({ ...parse, id: null }));
    }
  }

  const self: SocketTransport = {
    get pending() {
      return pending.size;
    },
    start: async () => {
      socket.on("message", receive);
      socket.on("error", (error) => self.onerror?.(error));
      socket.once("close", () => {
        pending.clear();
        whenIdle?.();
        self.onclose?.();
      });
      keepTesting(socket, heartbeat);
    },
    send: async (message) => {
      await write(message);
      if (!("method" in message) && message.id !== undefined) leave(message.id);
    },
    finish: async () => {
      isFinishing = true;
      if (pending.size > 0) await new Promise<void>((resolve) => (whenIdle = resolve));
      if (socket.readyState < socket.CLOSING) await closeSocket(socket, closeCodes.goingAway);
    },
    close: async () => {
      if (socket.readyState < socket.CLOSING) await closeSocket(socket, 1000);
    },
  };
  return self;
}
