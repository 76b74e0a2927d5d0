// MCP over WebSocket, which the SDK no longer has: one JSON-RPC message a text frame, subprotocol `mcp` or `mcp-v1`.

import { parseJSONRPCMessage } from "@modelcontextprotocol/client";
import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/client";
import { WebSocket, type RawData } from "ws";
import {
  createSizeBudget,
  isTooComplex,
  type SizeBudget,
} from "../../core/mapping/response-bounds.ts";
import { SourceError } from "../../core/source-error.ts";
import { tooComplex, tooLarge, tooLargeError } from "../../http/capped-body.ts";
import { networkFailure, statusFailure } from "../../http/http-failures.ts";
import { sendWithAuth, type HeaderSource, type AuthHeaders } from "../../http/header-source.ts";
import { closeSocket, pingRegularly, readFrame, type Heartbeat } from "./socket.ts";

export interface WebSocketSettings {
  readonly name: string;
  readonly url: string;
  readonly headers?: HeaderSource;
  readonly largestMessage: number;
  readonly heartbeat: Heartbeat;
}

/** Most fragments of one message: a million empty ones would take far more memory than their bytes. */
const maxFragments = 1024;

/** Opens the socket. Throws by status as over HTTP; redirects are not followed. `onBytes` is called as bytes arrive. */
function open(
  { name, url, largestMessage }: WebSocketSettings,
  headers: AuthHeaders,
  onBytes: (count: number) => void,
): Promise<WebSocket> {
  const socket = new WebSocket(url, ["mcp", "mcp-v1"], {
    headers,
    autoPong: false,
    maxPayload: largestMessage,
    maxFragments,
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
      const reply = new Headers();
      const wait = response.headers["retry-after"];
      if (wait !== undefined) reply.set("retry-after", wait);
      reject(statusFailure(name, response.statusCode ?? 0, reply, Date.now()));
      request.destroy();
    });
  });
}

/** For one connection: a reconnection makes a new one, because the server's session ends with the socket. */
export class WebSocketTransport implements Transport {
  onclose?: Transport["onclose"];
  onerror?: Transport["onerror"];
  onmessage?: Transport["onmessage"];
  readonly #settings: WebSocketSettings;
  readonly #allowance: SizeBudget;
  #socket: WebSocket | null = null;
  #isClosed = false;
  #failure: SourceError | null = null;

  constructor(settings: WebSocketSettings) {
    this.#settings = settings;
    this.#allowance = createSizeBudget(settings.largestMessage, () => performance.now());
  }

  /** Why we cut the connection; null if we did not. */
  lastFailure(): SourceError | null {
    return this.#failure;
  }

  async start(): Promise<void> {
    const { headers = async () => ({}), heartbeat } = this.#settings;
    // Every frame counts by its bytes, even one that is not a message.
    const onBytes = (count: number): void => {
      if (!this.#allowance.take(count)) this.#refuse(tooLargeError(this.#settings.name));
    };
    const send = (signIn: AuthHeaders): Promise<WebSocket> => open(this.#settings, signIn, onBytes);
    const socket = await sendWithAuth(headers, send);
    if (this.#isClosed || this.#failure !== null) return socket.terminate();
    this.#socket = socket;
    socket.on("message", (data, isBinary) => this.#receive(data, isBinary));
    socket.on("ping", (data) => {
      if (this.#failure !== null) return;
      if (this.#allowance.takeMessage()) socket.pong(data);
      else this.#refuse(tooLargeError(this.#settings.name));
    });
    socket.on("error", (error) => this.#onError(error));
    socket.once("close", () => {
      this.#socket = null;
      this.onclose?.();
    });
    pingRegularly(socket, heartbeat);
  }

  send(message: JSONRPCMessage): Promise<void> {
    const { name } = this.#settings;
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) {
      const what = `${name} is not connected.`;
      return Promise.reject(new SourceError("source-unreachable", what, { isUnsent: true }));
    }
    if ("method" in message) this.#allowance.ask();
    return new Promise((resolve, reject) => {
      socket.send(JSON.stringify(message), (error) => {
        if (error) reject(networkFailure(name, error));
        else resolve();
      });
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#socket !== null) await closeSocket(this.#socket, 1000);
  }

  /** Cuts the connection: nothing more is read from it. */
  #refuse(failure: SourceError): void {
    if (this.#failure !== null) return;
    this.#failure = failure;
    this.onerror?.(failure);
    this.#socket?.terminate();
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#failure !== null) return;
    const { name } = this.#settings;
    if (!this.#allowance.takeMessage()) return this.#refuse(tooLargeError(name));
    if (isTooComplex(data as Buffer)) return this.#refuse(tooComplex(name));
    try {
      this.onmessage?.(parseJSONRPCMessage(readFrame(data, isBinary)));
    } catch (error) {
      this.onerror?.(error as Error);
    }
  }

  #onError(error: Error): void {
    const { name, largestMessage } = this.#settings;
    const isLarge = "code" in error && error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH";
    if (isLarge) this.#refuse(tooLarge(name, largestMessage));
    else this.onerror?.(error);
  }
}
