// A client of an MCP server, for programs that embed Sitrep: calls tools, resources and prompts under one policy.

import type { PolicyMetrics } from "../http/policy-settings.ts";
import { openMcpCaller } from "../sources/mcp-caller.ts";
import type {
  CallOptions,
  ConnectionEvents,
  ConnectionState,
  ConnectionUse,
  McpConnection,
  PromptMessage,
  ToolResult,
} from "../sources/mcp/mcp-connection.ts";
import { createKnownTools } from "../sources/mcp/known-tools.ts";
import { createCalls, connectionEvents, knownEvents } from "./named-calls.ts";
import { checkOptions } from "./option-checks.ts";
import { createServerAddress, type McpClientOptions } from "./server-options.ts";
import { createReads, createToolCalls, type ToolCallOptions } from "./tool-calls.ts";

/** Every call may throw `SourceError`. Dispose of the client to close its connection and to end a server it started. */
export interface McpClient
  extends
    AsyncDisposable,
    Pick<
      McpConnection,
      "listTools" | "listResources" | "readResource" | "listPrompts" | "ping" | "on" | "release"
    > {
  readonly name: string;
  /** The server's origin, or its command line. */
  readonly origin: string;
  readonly state: ConnectionState;
  /** Connects now. Without this, the first call connects. */
  connect(): Promise<McpConnection>;
  /** Throws `usage` before it sends anything, if the tool is unknown or the arguments do not match its schema. */
  callTool<F = never>(
    tool: string,
    args?: Readonly<Record<string, unknown>>,
    options?: ToolCallOptions<F>,
  ): Promise<ToolResult | F>;
  /** Like `callTool`, but starts together with other calls that were queued within the policy's `batchWindowMs`. */
  queueToolCall: McpClient["callTool"];
  getPrompt(
    prompt: string,
    args?: Readonly<Record<string, string>>,
    options?: CallOptions,
  ): Promise<readonly PromptMessage[]>;
  /** Tries to connect until the server is available. Throws `source-timeout` after `ms` (10,000). */
  waitForConnection(ms?: number): Promise<void>;
  getMetrics(): PolicyMetrics;
  /** Drops cached results. */
  forget(): void;
  readonly connections: ConnectionUse;
}

/** Creates a client. It contacts and starts nothing before the first call. Throws `config-invalid`. */
export function createMcpClient(options: McpClientOptions): McpClient {
  checkOptions("createMcpClient", options);
  const address = createServerAddress({ ...options, type: "mcp" }, "createMcpClient");
  const { name, origin } = address;
  const server = openMcpCaller(address);
  const { connection, policy } = server;
  const calls = createCalls(name);
  const { ask, read } = createReads(server, calls);
  const tools = createKnownTools(
    name,
    (call) => ask(["tools/list"], call, (made, how) => made.listTools(how)),
    connection,
  );
  const callTool = createToolCalls({ name, server, calls, tools, onCall: options.onCall });
  let pings = 0;
  return {
    name,
    origin,
    get state() {
      return connection.state;
    },
    connect: () => calls.run("connect", () => connection.connect().then(() => connection)),
    listTools: (call) => calls.run("listTools", () => tools.list(call)),
    callTool: callTool(false),
    queueToolCall: callTool(true),
    listResources: (call) =>
      read("listResources", ["resources/list"], call, (made, how) => made.listResources(how)),
    readResource: (uri, call) =>
      read(`readResource ${uri}`, ["resources/read", uri], call, (made, how) =>
        made.readResource(uri, how),
      ),
    listPrompts: (call) =>
      read("listPrompts", ["prompts/list"], call, (made, how) => made.listPrompts(how)),
    getPrompt: (prompt, args = {}, call) =>
      read(`getPrompt ${prompt}`, ["prompts/get", prompt, args], call, (made, how) =>
        made.getPrompt(prompt, args, how),
      ),
    // Each ping has its own key, because a cached response does not show that the server is alive.
    ping: (call) => read("ping", ["ping", (pings += 1)], call, (made, how) => made.ping(how)),
    on: knownEvents<ConnectionEvents>(connection.on, connectionEvents),
    waitForConnection: calls.waitFor(connection.connect),
    getMetrics: policy.metrics,
    forget: policy.forget,
    get connections() {
      return connection.use;
    },
    release: connection.release,
    [Symbol.asyncDispose]: async () => {
      if (calls.close()) await server[Symbol.asyncDispose]();
    },
  };
}
