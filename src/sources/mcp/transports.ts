import { SSEClientTransport, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import type { Transport } from "@modelcontextprotocol/client";
import type { SourceError } from "../../core/source-error.ts";
import { largestResponse } from "../../http/capped-body.ts";
import { createConnections } from "../../http/connections.ts";
import type { ConnectionCounters, Connections } from "../../http/connections.ts";
import { restrictFetch } from "../../http/restricted-fetch.ts";
import type { ConnectOptions, McpTarget } from "./mcp-connection.ts";
import { StdioTransport } from "./stdio-transport.ts";
import { WebSocketTransport } from "./websocket-transport.ts";

export interface CreatedTransport {
  readonly transport: Transport;
  /** Its last failure, if the transport knows more than the SDK. */
  lastFailure(): SourceError | null;
  ask?(): void;
  /** Resolves when the server's stream of events is open, or after a short wait. */
  settle?(): Promise<void>;
  endSession?(): Promise<void>;
}

export interface Transports extends AsyncDisposable {
  /** `kind` instead of the target's own: older servers speak SSE at the URL of Streamable HTTP. */
  make(kind?: "sse"): CreatedTransport;
  counters(): ConnectionCounters | null;
}

/** Some servers answer the request for a stream only with the first event. */
const streamWaitMs = 100;

type HttpTarget = Exclude<McpTarget, { transport: "stdio" }>;

function makeHttp(
  kind: "http" | "sse",
  { url, headers }: HttpTarget,
  { name, largestMessage = largestResponse }: ConnectOptions,
  connections: Connections,
): CreatedTransport {
  // The SDK ignores a stream that breaks off, so the call would wait for its timeout.
  const onRefused = (): void => void transport.close();
  const options = { name, url, headers, largestResponse: largestMessage, onRefused };
  const { fetch, lastFailure, ask, streamAnswered } = restrictFetch(options, connections.fetch);
  const HttpTransport = kind === "sse" ? SSEClientTransport : StreamableHTTPClientTransport;
  const transport = new HttpTransport(new URL(url), { fetch });
  if (transport instanceof SSEClientTransport) return { transport, lastFailure, ask };
  return {
    transport: transport as Transport,
    lastFailure,
    ask,
    settle: () => streamAnswered(streamWaitMs),
    endSession: () => transport.terminateSession(),
  };
}

function makeTransport(
  target: McpTarget,
  options: ConnectOptions,
  connections: Connections,
  kind: McpTarget["transport"],
): CreatedTransport {
  const { name, largestMessage = largestResponse } = options;
  if (target.transport !== "stdio" && (kind === "http" || kind === "sse")) {
    return makeHttp(kind, target, options, connections);
  }
  const { heartbeat = { everyMs: 30_000, withinMs: 20_000 } } = options;
  const transport =
    target.transport === "stdio"
      ? new StdioTransport(name, target, largestMessage)
      : new WebSocketTransport({ name, ...target, largestMessage, heartbeat });
  return { transport, lastFailure: () => transport.lastFailure() };
}

/** The most responses in flight to the server's own requests: a server that only sends requests would fill the memory. */
const maxReplies = 8;

/** Ignores requests of the server while too many responses are in flight. */
function boundReplies(made: CreatedTransport): CreatedTransport {
  const { transport } = made;
  const send = transport.send.bind(transport);
  let underWay = 0;
  transport.send = async (message, options) => {
    if ("method" in message) {
      made.ask?.();
      return send(message, options);
    }
    if (underWay >= maxReplies) return;
    underWay += 1;
    await send(message, options).finally(() => (underWay -= 1));
  };
  return made;
}

export function createTransports(target: McpTarget, options: ConnectOptions): Transports {
  const isHttp = target.transport === "http" || target.transport === "sse";
  const connections = createConnections();
  return {
    make: (kind) =>
      boundReplies(makeTransport(target, options, connections, kind ?? target.transport)),
    counters: () => (isHttp ? connections.counters() : null),
    [Symbol.asyncDispose]: () => connections[Symbol.asyncDispose](),
  };
}
