import { setTimeout } from "node:timers/promises";
import { ProtocolErrorCode, type Client } from "@modelcontextprotocol/client";
import { SourceError } from "../../core/source-error.ts";
import type { ConnectionCounters } from "../../http/connections.ts";
import { startDeadline } from "../../http/deadline.ts";
import type { EventEmitter } from "../../http/event-emitter.ts";
import { createResultCache, type ResultCache } from "../../http/result-cache.ts";
import type { ConnectionEvents, ConnectOptions, ListKind, McpTarget } from "./mcp-connection.ts";
import { callFailure, findRpcCode, findHttpStatus } from "./mcp-failures.ts";
import { connectClient, modernRevision, type Negotiation } from "./sdk-client.ts";
import { createSessionCalls, maxListMs, type SessionCalls } from "./session-calls.ts";
import { createTransports, type CreatedTransport, type Transports } from "./transports.ts";

export interface Session extends SessionCalls {
  readonly server: { readonly name: string; readonly version: string };
  readonly protocolVersion: string;
  readonly isSocket: boolean;
  counters(): ConnectionCounters | null;
  failureOf(error: unknown): SourceError;
  /** True if the server no longer has this session, and so did not process the call. */
  isLostBy(error: unknown): boolean;
  close(): Promise<void>;
}

const endSessionMs = 1000;

interface Opening {
  readonly target: McpTarget;
  readonly transports: Transports;
  readonly options: ConnectOptions;
  readonly listeners: EventEmitter<ConnectionEvents>;
  readonly signal: AbortSignal;
  readonly onLost: (session: Session) => void;
}

function createSession(
  client: Client,
  lists: ResultCache,
  { transport, lastFailure, endSession }: CreatedTransport,
  { target, transports, options, onLost }: Opening,
): Session {
  const { name = "", version = "" } = client.getServerVersion() ?? {};
  const session: Session = {
    ...createSessionCalls(client, lists),
    server: { name, version },
    protocolVersion: client.getNegotiatedProtocolVersion() ?? "unknown",
    isSocket: target.transport === "websocket",
    counters: transports.counters,
    failureOf: (error) => callFailure(options.name, error, lastFailure()),
    isLostBy: (error) =>
      transport.sessionId !== undefined && [400, 404].includes(findHttpStatus(error) ?? 0),
    close: async () => {
      delete client.onclose;
      const patience = setTimeout(endSessionMs, undefined, { ref: false });
      await Promise.race([endSession?.().catch(() => {}), patience]);
      await client.close();
      await transports[Symbol.asyncDispose]();
    },
  };
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- as of `onerror`
  client.onclose = () => {
    void transports[Symbol.asyncDispose]();
    onLost(session);
  };
  return session;
}

/** Codes in responses to `initialize` from servers that do not know that method. */
const handshakeRefusals: readonly (number | null)[] = [
  ProtocolErrorCode.MethodNotFound,
  ProtocolErrorCode.InvalidRequest,
  ProtocolErrorCode.UnsupportedProtocolVersion,
];

/** True for responses to a POST after which SSE is tried, by the specification's rule for servers from before 2025. */
const mayBeOldServer = (error: unknown): boolean =>
  [400, 404, 405].includes(findHttpStatus(error) ?? 0);

async function openWithFallback(opening: Opening): Promise<Session> {
  const { target, transports, options, listeners, signal } = opening;
  const onError = (error: Error): void => listeners.emit("error", error);
  const connect = async (made: CreatedTransport, mode: Negotiation): Promise<Session> => {
    const lists = createResultCache(maxListMs, () => performance.now());
    const onListChanged = (kind: ListKind): void => {
      lists.forget(kind);
      listeners.emit("listChanged", kind);
    };
    try {
      const deps = { options, signal, onListChanged, onError };
      return createSession(await connectClient(made, mode, deps), lists, made, opening);
    } catch (error) {
      // The transport's own failure would be lost with it, so it is kept here.
      throw Object.assign(new Error("not connected", { cause: error }), {
        failure: callFailure(options.name, error, made.lastFailure()),
      });
    }
  };
  if (target.transport === "http") {
    try {
      return await connect(transports.make(), "auto");
    } catch (error) {
      if (!mayBeOldServer(error)) throw error;
      return await connect(transports.make("sse"), "legacy").catch(() => {
        throw error;
      });
    }
  }
  // On other transports, trying the newest revision first would need a second process, or stall if the server stays silent.
  try {
    return await connect(transports.make(), "legacy");
  } catch (error) {
    if (target.transport === "sse" || !handshakeRefusals.includes(findRpcCode(error))) throw error;
    return connect(transports.make(), { pin: modernRevision });
  }
}

/** The failure, with a hint for an address without a path, because most servers are at `/mcp`. */
function withoutPath(target: McpTarget, name: string, failure: SourceError): SourceError {
  const { status } = failure;
  if (target.transport === "stdio" || (status !== 404 && status !== 405)) return failure;
  const url = new URL(target.url);
  if (url.pathname !== "/") return failure;
  const what = `${name} answered with HTTP ${status} at an address without a path.`;
  const hint = `MCP servers are usually at ${url.origin}/mcp`;
  return new SourceError("source-failed", what, { status, hint, cause: failure });
}

/** Connects within `connectTimeoutMs`, or until `signal` gives up. Throws `SourceError`. */
export async function openSession(
  target: McpTarget,
  options: ConnectOptions,
  { signal, ...hooks }: Pick<Opening, "listeners" | "onLost" | "signal">,
): Promise<Session> {
  const { name, connectTimeoutMs } = options;
  const caller = options.signal ? AbortSignal.any([options.signal, signal]) : signal;
  const deadline = startDeadline(name, connectTimeoutMs, caller);
  const transports = createTransports(target, options);
  try {
    const opening = { ...hooks, target, transports, options, signal: deadline.signal };
    return await openWithFallback(opening);
  } catch (error) {
    await transports[Symbol.asyncDispose]();
    const own = error instanceof Error && "failure" in error ? error.failure : null;
    // The server's earlier response says more than the timeout of the next try.
    if (own instanceof SourceError && own.status !== null) throw withoutPath(target, name, own);
    throw deadline.failure() ?? own ?? callFailure(name, error, null);
  }
}
