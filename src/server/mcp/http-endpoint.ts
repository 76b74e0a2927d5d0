// MCP over Streamable HTTP, in both eras of the protocol. Every request is served by itself: any of several servers on
// one database can take the next one.

import { answerJson } from "../../state/output/model.ts";
import { jsonResponse, jsonTextResponse } from "../../state/output/program.ts";
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  createMcpHandler,
  isLegacyRequest,
  type McpServer,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { readBody } from "../http/body.ts";
import type { Principal } from "../principal.ts";
import { createChangeStreams, type ChangeBus } from "./change-notifications.ts";
import { wholeCallIn, type CallTool } from "./whole-call.ts";

/** Makes the server of one principal, for one request or one connection. */
export type MakeServer = (principal: Principal) => McpServer;

/** A request, and where its answer goes. */
export interface Exchange {
  readonly url: string;
  readonly incoming: IncomingMessage;
  readonly outgoing: Pick<ServerResponse, "once" | "writableFinished">;
}

export type McpEndpoint = ReturnType<typeof createMcpEndpoint>;

interface McpMessage {
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
  jsonResponse({ jsonrpc: "2.0", error: { code, message }, id: null }, { status });

const methodOf = (message: unknown): unknown =>
  typeof message === "object" && message !== null && "method" in message ? message.method : null;

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
  return {
    body,
    count: Array.isArray(body) ? Math.max(1, body.length) : 1,
    isStream: methodOf(body) === "subscriptions/listen",
    isInitialize: methodOf(body) === "initialize",
  };
}

/**
 * The request as the SDK takes it. A request that is given a signal, or is made from
 * one that has a signal, keeps what listens to it until the garbage of two rounds is collected: with a server for each
 * request that is hundreds of megabytes under load. So it gets its signal afterwards.
 */
function requestOf({ url, incoming }: Exchange, signal: AbortSignal): Request {
  const headers = Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  const request = new Request(url, { method: incoming.method ?? "GET", headers });
  return Object.defineProperty(request, "signal", { value: signal });
}

/** Aborted when the sender of the request goes away. */
function endOf({ outgoing }: Exchange): AbortSignal {
  const end = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) end.abort();
  });
  return end.signal;
}

const objectIn = (value: unknown): Partial<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};

/** A request of an earlier revision that is answered by one message: nobody has asked to hear of its progress. */
async function hasOneAnswer(request: Request, body: unknown): Promise<boolean> {
  const { id, method, params } = objectIn(body);
  if (id === undefined || method === undefined) return false;
  const { progressToken } = objectIn(objectIn(params)["_meta"]);
  return progressToken === undefined && (await isLegacyRequest(request, body));
}

type RequestOptions = Parameters<WebStandardStreamableHTTPServerTransport["handleRequest"]>[1];

/** Its answer is sent as it is: the stream that the SDK opens for each request costs more than most tools. */
async function answerWhole(
  server: McpServer,
  request: Request,
  options: RequestOptions,
): Promise<Response> {
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  await server.connect(transport);
  const isGone = new Promise<Response>((resolve) => {
    const give = () => resolve(new Response(null, { status: 499 }));
    request.signal.addEventListener("abort", give, { once: true });
  });
  try {
    return await Promise.race([transport.handleRequest(request, options), isGone]);
  } finally {
    await server.close();
  }
}

export function createMcpEndpoint(
  makeServer: MakeServer,
  bus: ChangeBus,
  onFault: (error: unknown) => void,
  callTool: CallTool,
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
    const call = wholeCallIn(exchange.incoming.headers, body);
    const result = call === null ? null : callTool(principal, call, signal);
    if (call !== null && result !== null) {
      const answer = answerJson(await result);
      return jsonTextResponse(
        `{"result":${answer},"jsonrpc":"2.0","id":${JSON.stringify(call.id)}}`,
      );
    }
    const request = requestOf(exchange, signal);
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
    const options = { authInfo, ...(body === undefined ? {} : { parsedBody: body }) };
    const isWhole = await hasOneAnswer(request, body);
    const answer = await bus.runFor(organization, () =>
      isWhole
        ? answerWhole(makeServer(principal), request, options)
        : handler.fetch(request, options),
    );
    // A client of the earlier revisions may be given a session. Ours is a name and nothing more: there is no state behind
    // it that a second server would lack.
    if (isInitialize && answer.ok) answer.headers.set("mcp-session-id", randomUUID());
    return answer;
  }

  return {
    /** Reads what was sent; a response refuses it. */
    read: readMessage,
    serve,
    /** Ends what is still open, streams above all. */
    close: async (): Promise<void> => {
      streams.close();
      await handler.close();
    },
  };
}
