// A proxy in front of a real service on loopback. It records the requests, or answers them itself.

import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface RecordedRequest {
  method: string;
  /** The path with its query. */
  path: string;
  authorization: string | undefined;
  body: unknown;
}

export interface RecordingProxy {
  url: string;
  requests: RecordedRequest[];
  /** The proxy's own response, sent instead of the service's; `hang`: never answers. */
  instead: { status: number; body: string; type?: string } | "hang" | null;
  stop: () => Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** Starts a proxy and stops it at the end of the test. */
export async function startRecordingProxy(service: string): Promise<RecordingProxy> {
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    const { method = "", url: path = "", headers } = request;
    const { authorization } = headers;
    self.requests.push({
      method,
      path,
      authorization,
      body: body === "" ? null : JSON.parse(body),
    });
    const { instead } = self;
    if (instead === "hang") return;
    if (instead !== null) {
      response.writeHead(instead.status, { "content-type": instead.type ?? "text/plain" });
      return void response.end(instead.body);
    }
    const delivered = await fetch(service + path, {
      method,
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(body === "" ? {} : { "content-type": "application/json" }),
      },
      ...(body === "" ? {} : { body }),
    });
    response.writeHead(delivered.status, {
      "content-type": delivered.headers.get("content-type") ?? "",
    });
    response.end(await delivered.text());
  };
  const server = createServer((request, response) => {
    reply(request, response).catch((error: unknown) => {
      response.writeHead(500);
      response.end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  onTestFinished(() => (server.listening ? stop() : undefined));
  const { port } = server.address() as AddressInfo;
  const self: RecordingProxy = {
    url: `http://127.0.0.1:${port}`,
    requests: [],
    instead: null,
    stop,
  };
  return self;
}
