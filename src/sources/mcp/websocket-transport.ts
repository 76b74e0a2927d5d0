// MCP over WebSocket, which the SDK no longer brings: one JSON-RPC message a text frame, subprotocol `mcp` or
// `mcp-v1`.

import { parseJSONRPCMessage } from "@modelcontextprotocol/client";
import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/client";
import { WebSocket, type RawData } from "ws";
import { SourceError } from "../../core/source-error.ts";
import { networkFailure, statusFailure } from "../../http/failures.ts";
import { sendSignedIn, type HeaderSource } from "../../http/header-source.ts";
import { closeSocket, keepTesting, readFrame, type Heartbeat } from "./socket.ts";

export interface WebSocketSettings {
  readonly name: string;
  readonly url: string;
  readonly headers: HeaderSource | undefined;
  readonly largestMessage: number;
  readonly heartbeat: Heartbeat;
}

/** Opens the socket. Throws by status as over HTTP; redirects are not followed. */
async function open(
  settings: WebSocketSettings,
  headers: Readonly<Record<string, string>>,
): Promise<WebSocket> {
  const { name, url } = settings;
  const socket = new WebSocket(url, ["mcp", "mcp-v1"], {
    headers,
    maxPayload: settings.largestMessage,
    perMessageDeflate: false,
    followRedirects: false,
  });
  return new Promise((resolve, reject) => {
    socket.once("open", () => resolve(socket));
    socket.on("error", (error) => reject(networkFailure(name, error)));
    socket.once("unexpected-response", (request, response) => {
      const answer = new Headers();
      const wait = response.headers["retry-after"];
      if (wait !== undefined) answer.set("retry-after", wait);
      reject(statusFailure(name, response.statusCode ?? 0, answer, Date.now()));
      request.destroy();
    });
  });
}

/** A transport for one connection; reconnection makes a new one, because the server's session ends with the socket. */
export function createWebSocketTransport(settings: WebSocketSettings): Transport {
  let socket: WebSocket | null = null;
  let isClosed = false;

  function receive(data: RawData, isBinary: boolean): void {
    try {
      self.onmessage?.(parseJSONRPCMessage(readFrame(data, isBinary)));
    } catch (error) {
      self.onerror?.(error as Error);
    }
  }

  const self: Transport = {
    start: async () => {
      const { headers = async () => ({}) } = settings;
      const opened = await sendSignedIn(headers, (signIn) => open(settings, signIn));
      if (isClosed) return opened.terminate();
      socket = opened;
      opened.on("message", receive);
      opened.on("error", (error) => self.onerror?.(error));
      opened.once("close", () => {
        socket = null;
        self.onclose?.();
      });
      keepTesting(opened, settings.heartbeat);
    },
    send: (message: JSONRPCMessage) =>
      new Promise((resolve, reject) => {
        if (socket?.readyState !== WebSocket.OPEN) {
          return reject(
            new SourceError("source-unreachable", `${settings.name} is not connected.`, {
              isUnsent: true,
            }),
          );
        }
        socket.send(JSON.stringify(message), (error) => {
          if (error) reject(networkFailure(settings.name, error));
          else resolve();
        });
      }),
    close: async () => {
      isClosed = true;
      if (socket !== null) await closeSocket(socket, 1000);
    },
  };
  return self;
}
