// MCP over Streamable HTTP, in both eras of the protocol. Every request is served by itself: any of several servers on
// one database can take the next one.

import { randomUUID } from "node:crypto";
import { createMcpHandler, readRequestBody } from "@modelcontextprotocol/server";
import type { McpServer } from "@modelcontextprotocol/server";
import type { Principal } from "../principal.ts";
import { createChangeStreams } from "./change-stream.ts";
import type { OrganizationBus } from "./organization-bus.ts";

/** Makes the server of one principal, for one request or one connection. */
export type MakeServer = (principal: Principal) => McpServer;

export interface McpEndpoint {
  /** Reads the body of a POST; null when there is none. */
  read(request: Request): Promise<McpMessage | Response>;
  serve(request: Request, message: McpMessage, principal: Principal): Promise<Response>;
  /** Ends what is still open, streams above all. */
  close(): Promise<void>;
}

export interface McpMessage {
  readonly body: unknown;
  /** How many messages there are in it. */
  readonly count: number;
  /** True for what stays open until one side ends it. */
  readonly isStream: boolean;
  readonly isInitialize: boolean;
}

const largestBody = 4 * 1024 * 1024;
const noMessage: McpMessage = { body: undefined, count: 1, isStream: false, isInitialize: false };

const rpcError = (status: number, code: number, message: string): Response =>
  Response.json({ jsonrpc: "2.0", error: { code, message }, id: null }, { status });

const methodOf = (message: unknown): unknown =>
  typeof message === "object" && message !== null && "method" in message ? message.method : null;

async function readMessage(request: Request): Promise<McpMessage | Response> {
  if (request.method === "GET") return { ...noMessage, isStream: true };
  if (request.method !== "POST") return noMessage;
  const read = await readRequestBody(request, largestBody);
  if (read.tooLarge) return rpcError(413, -32600, "The body is too large.");
  let body: unknown;
  try {
    body = JSON.parse(read.text);
  } catch {
    return rpcError(400, -32700, "The body is not JSON.");
  }
  return {
    body,
    count: Array.isArray(body) ? Math.max(1, body.length) : 1,
    isStream: methodOf(body) === "subscriptions/listen",
    isInitialize: methodOf(body) === "initialize",
  };
}

/**
 * A client of the earlier revisions may be told a session. Ours is a name and nothing more: there is no state behind it
 * that a second server would lack.
 */
function withSession(answer: Response): Response {
  const headers = new Headers(answer.headers);
  headers.set("mcp-session-id", randomUUID());
  return new Response(answer.body, { status: answer.status, headers });
}

export function createMcpEndpoint(
  makeServer: MakeServer,
  bus: OrganizationBus,
  onFault: (error: unknown) => void,
): McpEndpoint {
  const handler = createMcpHandler(
    ({ authInfo }) => makeServer(authInfo?.extra?.["principal"] as Principal),
    { bus, onerror: onFault },
  );
  const streams = createChangeStreams(bus);

  async function serve(
    request: Request,
    { body, isInitialize }: McpMessage,
    principal: Principal,
  ): Promise<Response> {
    const { organization, user, permissions } = principal;
    if (request.method === "GET") {
      if (!(request.headers.get("accept") ?? "").includes("text/event-stream")) {
        return rpcError(406, -32000, "Ask for text/event-stream.");
      }
      return (
        streams.open(organization, request.signal) ?? rpcError(503, -32000, "Too many streams.")
      );
    }
    // The token itself goes no further than the sign-in.
    const authInfo = { token: "", clientId: user, scopes: [...permissions], extra: { principal } };
    const answer = await bus.runFor(organization, () =>
      handler.fetch(request, { authInfo, ...(body === undefined ? {} : { parsedBody: body }) }),
    );
    return isInitialize && answer.ok ? withSession(answer) : answer;
  }

  return {
    read: readMessage,
    serve,
    close: async () => {
      streams.close();
      await handler.close();
    },
  };
}
