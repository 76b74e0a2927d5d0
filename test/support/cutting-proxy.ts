// A proxy in front of a real service on loopback that cuts the connection of chosen requests.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { Cut } from "./trackers.ts";

export interface CuttingProxy {
  origin: string;
  /** Bodies of the requests for which `isWrite` is true. */
  writes: string[];
  isWrite: (method: string, body: string) => boolean;
  cut: Cut | null;
}

async function pass(origin: string, request: IncomingMessage, body: string): Promise<Response> {
  const { method = "GET", url = "/" } = request;
  const names = [
    "authorization",
    "content-type",
    "accept",
    "mcp-session-id",
    "mcp-protocol-version",
  ];
  const headers = Object.fromEntries(
    names.flatMap((name) => {
      const value = request.headers[name];
      return typeof value === "string" ? [[name, value] as const] : [];
    }),
  );
  return fetch(origin + url, { method, headers, ...(body === "" ? {} : { body }) });
}

/** Starts a proxy and stops it at the end of the test. */
export async function startCuttingProxy(
  service: string,
  isWrite: CuttingProxy["isWrite"],
): Promise<CuttingProxy> {
  const self: CuttingProxy = { origin: "", writes: [], isWrite, cut: null };
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = "";
    for await (const part of request.setEncoding("utf8")) body += String(part);
    const isOne = isWrite(request.method ?? "GET", body);
    const cut = isOne ? self.cut : null;
    if (isOne) self.writes.push(body);
    if (cut === "unread") return void request.socket.destroy();
    const given = await pass(service, request, body);
    const text = await given.text();
    if (cut === "unanswered") return void request.socket.destroy();
    const session = given.headers.get("mcp-session-id");
    const headers = {
      "content-type": given.headers.get("content-type") ?? "",
      ...(session === null ? {} : { "mcp-session-id": session }),
    };
    if (cut === "half") {
      response.writeHead(given.status, { ...headers, "content-length": "9000" });
      response.write(text.slice(0, text.length / 2), () => request.socket.destroy());
      return;
    }
    response.writeHead(given.status, headers);
    response.end(cut === "empty" ? undefined : text);
  };
  const server = createServer((request, response) => {
    reply(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  self.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return self;
}
