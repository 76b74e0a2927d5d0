// HTTP by node:http with the interface of `fetch`: the undici package takes forty megabytes more memory.

import { request as httpRequest } from "node:http";
import type { Agent as HttpAgent, ClientRequest, IncomingMessage } from "node:http";
import { request as httpsRequest, type Agent as HttpsAgent } from "node:https";
import { pipeline, Readable } from "node:stream";
import { constants, createBrotliDecompress, createGunzip } from "node:zlib";

export interface Agents {
  readonly "http:": HttpAgent;
  readonly "https:": HttpsAgent;
}

/** Statuses that have no body, by the Fetch standard. */
const bodiless = new Set([101, 204, 205, 304]);

/** Decodes at each flush, so that events of a stream arrive at once. */
const gunzip = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
const unbrotli = {
  flush: constants.BROTLI_OPERATION_FLUSH,
  finishFlush: constants.BROTLI_OPERATION_FLUSH,
};

function decoded(incoming: IncomingMessage): Readable {
  const coding = (incoming.headers["content-encoding"] ?? "").trim().toLowerCase();
  if (!/^(?:x-)?gzip$|^br$/.test(coding)) return incoming;
  const decoder = coding === "br" ? createBrotliDecompress(unbrotli) : createGunzip(gunzip);
  // An error in one destroys the other too, and with it the body.
  return pipeline(incoming, decoder, () => undefined);
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    headers.append(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "");
  }
  return headers;
}

function responseOf(incoming: IncomingMessage): Response {
  const { statusCode = 0, statusMessage = "" } = incoming;
  const head = { status: statusCode, statusText: statusMessage, headers: headersOf(incoming) };
  if (!bodiless.has(statusCode)) {
    return new Response(Readable.toWeb(decoded(incoming)) as ReadableStream<Uint8Array>, head);
  }
  incoming.resume();
  return new Response(null, head);
}

function requestHeaders(given: RequestInit["headers"]): Record<string, string> {
  const headers = new Headers(given);
  if (!headers.has("accept")) headers.set("accept", "*/*");
  if (!headers.has("accept-encoding")) headers.set("accept-encoding", "gzip, br");
  return Object.fromEntries(headers);
}

const reasonOf = ({ reason }: AbortSignal): Error =>
  reason instanceof Error ? reason : new Error("aborted", { cause: reason });

/** `onConnected`: a connection was opened. Throws the system's errors, the signal's reason. */
export function exchange(
  url: URL,
  init: RequestInit,
  agents: Agents,
  onConnected: () => void,
): Promise<Response> {
  const signal = init.signal ?? null;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const isSecure = url.protocol === "https:";
    const options = { method: init.method ?? "GET", headers: requestHeaders(init.headers) };
    const sent: ClientRequest = isSecure
      ? httpsRequest(url, { ...options, agent: agents["https:"] })
      : httpRequest(url, { ...options, agent: agents["http:"] });
    let incoming: IncomingMessage | null = null;
    const abort = (): void => {
      if (signal === null) return;
      const reason = reasonOf(signal);
      incoming?.destroy(reason);
      sent.destroy(reason);
      reject(reason);
    };
    const forget = (): void => signal?.removeEventListener("abort", abort);
    signal?.addEventListener("abort", abort, { once: true });
    sent.on("socket", (socket) => {
      if (socket.connecting) socket.once(isSecure ? "secureConnect" : "connect", onConnected);
    });
    sent.on("error", (error) => {
      forget();
      reject(error);
    });
    sent.on("response", (response) => {
      incoming = response;
      response.once("close", forget);
      try {
        resolve(responseOf(response));
      } catch (error) {
        response.destroy();
        reject(error);
      }
    });
    sent.end(typeof init.body === "string" ? init.body : undefined);
  });
}
