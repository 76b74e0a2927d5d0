// MCP over Streamable HTTP in both eras. Requests share no state: any server can take the next one.

import { answerJson } from "../../state/output/model.ts";
import { jsonResponse, jsonTextResponse } from "../../state/output/json-output.ts";
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createMcpHandler, type McpServer } from "@modelcontextprotocol/server";
import { readObject } from "../../core/read.ts";
import { readBody } from "../http/body.ts";
import type { Principal } from "../principal.ts";
import { createChangeStreams, type ChangeBus } from "./change-notifications.ts";
import { parseSingleMessageCall, type RunSingleCall } from "./single-message-call.ts";

export type MakeServer = (principal: Principal) => McpServer;

export interface Exchange {
  readonly url: string;
  readonly incoming: IncomingMessage;
  readonly outgoing: Pick<ServerResponse, "once" | "writableFinished">;
}

export type McpEndpoint = ReturnType<typeof createMcpEndpoint>;

interface McpMessage {
  readonly body: unknown;
  readonly count: number;
  /** True if the response stays open until one side ends it. */
  readonly isStream: boolean;
  readonly isInitialize: boolean;
}

const largestBody = 4 * 1024 * 1024;
const noMessage: McpMessage = { body: undefined, count: 1, isStream: false, isInitialize: false };

const rpcError = (status: number, code: number, message: string): Response =>
  jsonResponse({ jsonrpc: "2.0", error: { code, message }, id: null }, { status });

async function readMessage(incoming: IncomingMessage): Promise<McpMessage | Response> {
  if (incoming.method === "GET") return { ...noMessage, isStream: true };
  if (incoming.method !== "POST") return noMessage;
  const text = await readBody(incoming, incoming.headers["content-length"], largestBody);
  if (text === null) return rpcError(413, -32600, "The body is too large.");
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return rpcError(400, -32700, "The body is not JSON.");
  }
  const method = readObject(body)?.["method"];
  return {
    body,
    count: Array.isArray(body) ? Math.max(1, body.length) : 1,
    isStream: method === "subscriptions/listen",
    isInitialize: method === "initialize",
  };
}

/** Sets the signal afterwards: a `Request` made with a signal keeps its listeners for two garbage collections. */
function requestOf({ url, incoming }: Exchange, signal: AbortSignal): Request {
  const headers = Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  const request = new Request(url, { method: incoming.method ?? "GET", headers });
  return Object.defineProperty(request, "signal", { value: signal });
}

function endOf({ outgoing }: Exchange): AbortSignal {
  const end = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) end.abort();
  });
  return end.signal;
}

export function createMcpEndpoint(
  makeServer: MakeServer,
  bus: ChangeBus,
  onFault: (error: unknown) => void,
  callTool: RunSingleCall,
) {
  const handler = createMcpHandler(
    ({ authInfo }) => makeServer(authInfo?.extra?.["principal"] as Principal),
    { bus, onerror: onFault },
  );
  const streams = createChangeStreams(bus);

  async function serve(
    exchange: Exchange,
    { body, isInitialize }: McpMessage,
    principal: Principal,
  ): Promise<Response> {
    const { organization, user, permissions } = principal;
    const signal = endOf(exchange);
    const call = parseSingleMessageCall(exchange.incoming.headers, body);
    const result = call === null ? null : callTool(principal, call, signal);
    if (call !== null && result !== null) {
      const response = answerJson(await result);
      return jsonTextResponse(
        `{"result":${response},"jsonrpc":"2.0","id":${JSON.stringify(call.id)}}`,
      );
    }
    const request = requestOf(exchange, signal);
    if (request.method === "GET") {
      if (!(request.headers.get("accept") ?? "").includes("text/event-stream")) {
        return rpcError(406, -32000, "Send the header Accept: text/event-stream.");
      }
      return (
        streams.open(organization, request.signal) ?? rpcError(503, -32000, "Too many streams.")
      );
    }
    // The token itself stays with the sign-in.
    const authInfo = { token: "", clientId: user, scopes: [...permissions], extra: { principal } };
    const options = { authInfo, ...(body === undefined ? {} : { parsedBody: body }) };
    const response = await bus.runFor(organization, () => handler.fetch(request, options));
    // Clients of earlier revisions expect a session id. No state belongs to it, so another server can take the next request.
    if (isInitialize && response.ok) response.headers.set("mcp-session-id", randomUUID());
    return response;
  }

  return {
    /** Returns the message, or a response that refuses it. */
    read: readMessage,
    serve,
    close: async (): Promise<void> => {
      streams.close();
      await handler.close();
    },
  };
}
