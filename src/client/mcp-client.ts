// An MCP server for people who embed Sitrep: its tools, resources and prompts under one policy, connected when needed.

import { SourceError } from "../core/source-error.ts";
import type { ToolAnswer } from "../core/tool-answer.ts";
import { checkArguments } from "../sources/mcp/check-arguments.ts";
import type {
  CallOptions,
  ConnectionEvents,
  ConnectionState,
  McpConnection,
  McpPrompt,
  McpResource,
  McpTool,
  PromptMessage,
  ResourceContent,
} from "../sources/mcp/connection.ts";
import { createListeners } from "../http/listeners.ts";
import type { PolicyMetrics } from "../http/policy-settings.ts";
import { createHeldConnection } from "./held-connection.ts";
import { createKnownTools } from "./known-tools.ts";
import { createClientPolicy } from "./policy-options.ts";
import type { PolicyOptions } from "./policy-options.ts";
import { targetOf } from "./server-address.ts";
import type { ServerAddress } from "./server-address.ts";
import { awaitAnswer } from "./wait-for-answer.ts";

export interface McpClientOptions extends PolicyOptions, ServerAddress {
  /** For connecting and agreeing on a revision. Default 10,000. */
  connectTimeoutMs?: number;
  /** For one request. Default 30,000, within the policy's `deadlineMs`. */
  requestTimeoutMs?: number;
  /** Of a WebSocket that was lost: the first wait, doubled each time (2,000), and the tries in a row (5). */
  reconnect?: { readonly firstDelayMs: number; readonly attempts: number };
  /** Of a WebSocket: how often it is tested (30,000) and how soon it must respond (20,000). */
  heartbeat?: { readonly everyMs: number; readonly withinMs: number };
}

export interface ToolCallOptions<F = never> extends CallOptions {
  /**
   * A `read` may be repeated, shared and kept; a `write` is repeated only when it was certainly not sent. Default
   * `write`: what a server says of its own tools is not relied on.
   */
  kind?: "read" | "write";
  /** What to give when the call fails. It may throw. */
  fallback?: (failure: SourceError) => F | Promise<F>;
  /** False: the arguments are not held against the tool's `inputSchema`. */
  checksArguments?: boolean;
}

/**
 * Every call throws `SourceError` by its code. Dispose of it to close the connection and to end a server that it
 * started.
 */
export interface McpClient extends AsyncDisposable {
  readonly name: string;
  /** The server's origin, or its command line. */
  readonly origin: string;
  readonly state: ConnectionState;
  /** Connects now; else the first call does. */
  connect(): Promise<McpConnection>;
  listTools(options?: CallOptions): Promise<readonly McpTool[]>;
  /** Also throws `usage` for a tool that there is not, and for arguments that do not fit; then nothing was sent. */
  callTool<F = never>(
    tool: string,
    args?: Readonly<Record<string, unknown>>,
    options?: ToolCallOptions<F>,
  ): Promise<ToolAnswer | F>;
  /** As `callTool`, started together with what else is queued within the policy's `batchWindowMs`. */
  queueToolCall: McpClient["callTool"];
  listResources(options?: CallOptions): Promise<readonly McpResource[]>;
  readResource(uri: string, options?: CallOptions): Promise<readonly ResourceContent[]>;
  listPrompts(options?: CallOptions): Promise<readonly McpPrompt[]>;
  getPrompt(
    prompt: string,
    args?: Readonly<Record<string, string>>,
    options?: CallOptions,
  ): Promise<readonly PromptMessage[]>;
  /** The round trip. Milliseconds. */
  ping(options?: CallOptions): Promise<number>;
  on<E extends keyof ConnectionEvents>(event: E, listener: ConnectionEvents[E]): () => void;
  /** Connects where nobody has, and resolves when the connection stands. Throws `source-timeout` after `ms` (10,000). */
  waitForConnection(ms?: number): Promise<void>;
  getMetrics(): PolicyMetrics;
  /** Forgets results that were kept. */
  forget(): void;
}

/** A client of one server. Nothing is contacted or started before it is asked for something. */
export function createMcpClient(options: McpClientOptions): McpClient {
  const { target, name, origin } = targetOf(options);
  const listeners = createListeners<ConnectionEvents>();
  const { connectTimeoutMs = 10_000, requestTimeoutMs = 30_000, reconnect, heartbeat } = options;
  const made = createClientPolicy(options, { name, origin }, { tryTimeoutMs: requestTimeoutMs });
  const { policy } = made;
  const held = createHeldConnection(
    target,
    {
      name,
      connectTimeoutMs,
      requestTimeoutMs,
      ...(reconnect === undefined ? {} : { reconnect }),
      ...(heartbeat === undefined ? {} : { heartbeat }),
    },
    listeners,
  );
  listeners.on("listChanged", () => policy.forget());

  const read = <T>(
    key: readonly unknown[],
    call: CallOptions | undefined,
    ask: (connection: McpConnection, options: CallOptions) => Promise<T>,
  ): Promise<T> =>
    policy.run({
      key: JSON.stringify(key),
      kind: "read",
      ...(call?.signal === undefined ? {} : { signal: call.signal }),
      ...(call?.timeoutMs === undefined ? {} : { deadlineMs: call.timeoutMs }),
      attempt: async (signal) => ask(await held.get(), { ...call, signal }),
    });
  const listTools = (call?: CallOptions): Promise<readonly McpTool[]> =>
    read(["tools/list"], call, (connection, how) => connection.listTools(how));
  const tools = createKnownTools({ name, listTools, listeners });
  let pings = 0;

  const callTool =
    (how: "run" | "queue"): McpClient["callTool"] =>
    async <F = never>(
      tool: string,
      args: Readonly<Record<string, unknown>> = {},
      given: ToolCallOptions<F> = {},
    ): Promise<ToolAnswer | F> => {
      const { kind = "write", fallback, checksArguments = true, signal, ...call } = given;
      try {
        if (checksArguments) checkArguments(name, await tools.get(tool, signal), args);
      } catch (error) {
        if (fallback === undefined || !(error instanceof SourceError)) throw error;
        return fallback(error);
      }
      return policy[how]<ToolAnswer | F>({
        key: JSON.stringify(["tools/call", tool, args]),
        kind,
        ...(signal === undefined ? {} : { signal }),
        ...(call.timeoutMs === undefined ? {} : { deadlineMs: call.timeoutMs }),
        ...(fallback === undefined ? {} : { fallback }),
        attempt: async (attempt) => {
          const connection = await held.get();
          return connection.callTool(tool, args, { ...call, signal: attempt });
        },
      });
    };

  return {
    name,
    origin,
    get state() {
      return held.state;
    },
    connect: () => held.get(),
    listTools: tools.list,
    callTool: callTool("run"),
    queueToolCall: callTool("queue"),
    listResources: (call) =>
      read(["resources/list"], call, (connection, how) => connection.listResources(how)),
    readResource: (uri, call) =>
      read(["resources/read", uri], call, (connection, how) => connection.readResource(uri, how)),
    listPrompts: (call) =>
      read(["prompts/list"], call, (connection, how) => connection.listPrompts(how)),
    getPrompt: (prompt, args = {}, call) =>
      read(["prompts/get", prompt, args], call, (connection, how) =>
        connection.getPrompt(prompt, args, how),
      ),
    ping: (call) => {
      // Each its own: an answer that was kept says nothing of now.
      pings += 1;
      return read(["ping", pings], call, (connection, how) => connection.ping(how));
    },
    on: listeners.on,
    waitForConnection: (ms = 10_000) => {
      const ask = async (signal: AbortSignal): Promise<void> => {
        const connection = await held.get();
        // Only a WebSocket connects again by itself; with the others asking does it.
        if (connection.state !== "disconnected") return connection.waitForConnection(ms);
        await connection.ping({ signal });
      };
      return awaitAnswer(name, ask, ms);
    },
    getMetrics: () => policy.metrics(),
    forget: () => policy.forget(),
    [Symbol.asyncDispose]: async () => {
      await held.close();
      made[Symbol.dispose]();
    },
  };
}
