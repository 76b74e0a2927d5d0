// MCP over WebSocket, which the SDK no longer brings: one JSON-RPC message a text frame, subprotocol `mcp` or
// `mcp-v1`.

import { parseJSONRPCMessage } from "@modelcontextprotocol/client";
import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/client";
import { WebSocket, type RawData } from "ws";
import { createAllowance, isTooComplex } from "../../core/mapping/answer-bounds.ts";
import { SourceError } from "../../core/source-error.ts";
import { tooComplex, tooLarge, tooMuch } from "../../http/capped-body.ts";
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

/** Of one message: a million empty ones would weigh far more than their bytes. */
const mostFragments = 1024;

/** Opens the socket. Throws by status as over HTTP; redirects are not followed. `onBytes` is told what comes, as it comes. */
async function open(
  settings: WebSocketSettings,
  headers: Readonly<Record<string, string>>,
  onBytes: (count: number) => void,
): Promise<WebSocket> {
  const { name, url } = settings;
  const socket = new WebSocket(url, ["mcp", "mcp-v1"], {
    headers,
    autoPong: false,
    maxPayload: settings.largestMessage,
    maxFragments: mostFragments,
    perMessageDeflate: false,
    followRedirects: false,
  });
  socket.once("upgrade", (response) => {
    response.socket.on("data", (chunk: Buffer) => onBytes(chunk.length));
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

export interface WebSocketTransport extends Transport {
  /** Why we cut the connection; null where we did not. */
  refusal(): SourceError | null;
}

/** A transport for one connection; reconnection makes a new one, because the server's session ends with the socket. */
export function createWebSocketTransport(settings: WebSocketSettings): WebSocketTransport {
  const { name, largestMessage } = settings;
  const allowance = createAllowance(largestMessage, () => performance.now());
  let socket: WebSocket | null = null;
  let isClosed = false;
  let refused: SourceError | null = null;

  /** What it goes on to send is not worth a reading. */
  function refuse(failure: SourceError): void {
    if (refused !== null) return;
    refused = failure;
    self.onerror?.(failure);
    socket?.terminate();
  }

  function receive(data: RawData, isBinary: boolean): void {
    if (refused !== null) return;
    if (!allowance.takeMessage()) return refuse(tooMuch(name));
    if (isTooComplex(data as Buffer)) return refuse(tooComplex(name));
    try {
      self.onmessage?.(parseJSONRPCMessage(readFrame(data, isBinary)));
    } catch (error) {
      self.onerror?.(error as Error);
    }
  }

  /** Frames of every kind are bytes, also those that are no message. */
  const count = (bytes: number): void => {
    if (!allowance.take(bytes)) refuse(tooMuch(name));
  };

  function bound(opened: WebSocket): void {
    opened.on("ping", (data) => {
      if (refused !== null) return;
      if (allowance.takeMessage()) opened.pong(data);
      else refuse(tooMuch(name));
    });
    opened.on("error", (error) => {
      const isLarge = "code" in error && error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH";
      if (isLarge) refuse(tooLarge(name, largestMessage));
      else self.onerror?.(error);
    });
  }

  const self: WebSocketTransport = {
    refusal: () => refused,
    start: async () => {
      const { headers = async () => ({}) } = settings;
      const opened = await sendSignedIn(headers, (signIn) => open(settings, signIn, count));
      if (isClosed || refused !== null) return opened.terminate();
      socket = opened;
      opened.on("message", receive);
      bound(opened);
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
        if ("method" in message) allowance.ask();
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
