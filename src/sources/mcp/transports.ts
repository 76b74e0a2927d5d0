// Makes the transports of one session, with the connections that they share.

import { SSEClientTransport, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import type { Transport } from "@modelcontextprotocol/client";
import type { SourceError } from "../../core/source-error.ts";
import { largestAnswer } from "../../http/capped-body.ts";
import { createConnections } from "../../http/connections.ts";
import type { ConnectionCounters, Connections } from "../../http/connections.ts";
import type { ConnectOptions, McpTarget } from "./connection.ts";
import { restrictFetch } from "../../http/restricted-fetch.ts";
import { createStdioTransport } from "./stdio-transport.ts";
import { createWebSocketTransport } from "./websocket-transport.ts";

type TransportName = McpTarget["transport"];

export interface MadeTransport {
  readonly transport: Transport;
  /** Why it failed last, if it knows better than the SDK. */
  lastFailure(): SourceError | null;
  /** A request is about to be sent. */
  ask?(): void;
  /** Resolves when the server's stream of events is there, or soon without it. */
  settle?(): Promise<void>;
  /** Tells the server that its session is over. */
  endSession?(): Promise<void>;
}

export interface Transports extends AsyncDisposable {
  /** `kind` instead of the target's own: older servers speak SSE at the URL of Streamable HTTP. */
  make(kind?: TransportName): MadeTransport;
  counters(): ConnectionCounters | null;
}

type HttpTarget = Exclude<McpTarget, { transport: "stdio" }>;

/** Some servers answer the request for a stream only with the first event. */
const streamWaitMs = 100;

function makeHttp(
  kind: "http" | "sse",
  target: HttpTarget,
  options: ConnectOptions,
  connections: Connections,
): MadeTransport {
  const { name, largestMessage = largestAnswer } = options;
  const restricted = restrictFetch(
    {
      name,
      url: target.url,
      headers: target.headers,
      largestAnswer: largestMessage,
      // The SDK ignores a stream that breaks off, and the call would wait until its time is over.
      onRefused: () => void transport.close(),
    },
    connections.fetch,
  );
  const settings = { fetch: restricted.fetch };
  let transport: SSEClientTransport | StreamableHTTPClientTransport;
  if (kind === "sse") {
    transport = new SSEClientTransport(new URL(target.url), settings);
    return { transport, lastFailure: restricted.lastFailure, ask: restricted.ask };
  }
  const streamable = new StreamableHTTPClientTransport(new URL(target.url), settings);
  transport = streamable;
  return {
    transport: streamable as Transport,
    lastFailure: restricted.lastFailure,
    ask: restricted.ask,
    settle: () => restricted.streamAnswered(streamWaitMs),
    endSession: () => streamable.terminateSession(),
  };
}

function makeWebSocket(target: HttpTarget, options: ConnectOptions): MadeTransport {
  const transport = createWebSocketTransport({
    name: options.name,
    url: target.url,
    headers: target.headers,
    largestMessage: options.largestMessage ?? largestAnswer,
    heartbeat: options.heartbeat ?? { everyMs: 30_000, withinMs: 20_000 },
  });
  return { transport, lastFailure: transport.refusal };
}

/** Answers to the server's own requests that may be under way: a server that only asks would fill the memory. */
const mostReplies = 8;

/** Leaves requests of the server unanswered while too many answers are under way. */
function boundReplies(made: MadeTransport): MadeTransport {
  const { transport } = made;
  const send = transport.send.bind(transport);
  let underWay = 0;
  transport.send = async (message, options) => {
    if ("method" in message) {
      made.ask?.();
      return send(message, options);
    }
    if (underWay >= mostReplies) return;
    underWay += 1;
    await send(message, options).finally(() => (underWay -= 1));
  };
  return made;
}

export function createTransports(target: McpTarget, options: ConnectOptions): Transports {
  if (target.transport === "stdio") {
    return {
      make: () => {
        const { name, largestMessage = largestAnswer } = options;
        const transport = createStdioTransport(name, target, largestMessage);
        return boundReplies({ transport, lastFailure: () => transport.endFailure() });
      },
      counters: () => null,
      [Symbol.asyncDispose]: async () => {},
    };
  }
  const connections = createConnections();
  return {
    make: (kind = target.transport) =>
      boundReplies(
        kind === "http" || kind === "sse"
          ? makeHttp(kind, target, options, connections)
          : makeWebSocket(target, options),
      ),
    counters: () => (target.transport === "websocket" ? null : connections.counters()),
    [Symbol.asyncDispose]: () => connections[Symbol.asyncDispose](),
  };
}
