// An MCP server for people who embed Sitrep: its tools, resources and prompts under one policy, connected when needed.

import { codeOf } from "../core/errors.ts";
import { SourceError } from "../core/source-error.ts";
import type { PolicyMetrics } from "../http/policy-settings.ts";
import type {
  CallOptions,
  ConnectionEvents,
  ConnectionState,
  ConnectionUse,
  McpConnection,
  McpTool,
  PromptMessage,
  ToolResult,
} from "../sources/mcp/connection.ts";
import { checkArguments, createKnownTools } from "../sources/mcp/known-tools.ts";
import { openMcpServer } from "../sources/mcp-server.ts";
import { callsOf, connectionEvents, knownEvents } from "./calls.ts";
import { check } from "./option-checks.ts";
import { awaitAnswer } from "./connection-test.ts";
import { serverOf, type McpClientOptions } from "./server-options.ts";

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
export interface McpClient
  extends
    AsyncDisposable,
    Pick<
      McpConnection,
      "listTools" | "listResources" | "readResource" | "listPrompts" | "ping" | "on"
    > {
  readonly name: string;
  /** The server's origin, or its command line. */
  readonly origin: string;
  readonly state: ConnectionState;
  /** Connects now; else the first call does. */
  connect(): Promise<McpConnection>;
  /** Also throws `usage` for a tool that there is not, and for arguments that do not fit; then nothing was sent. */
  callTool<F = never>(
    tool: string,
    args?: Readonly<Record<string, unknown>>,
    options?: ToolCallOptions<F>,
  ): Promise<ToolResult | F>;
  /** As `callTool`, started together with what else is queued within the policy's `batchWindowMs`. */
  queueToolCall: McpClient["callTool"];
  getPrompt(
    prompt: string,
    args?: Readonly<Record<string, string>>,
    options?: CallOptions,
  ): Promise<readonly PromptMessage[]>;
  /** Connects where nobody has, and resolves when the connection stands. Throws `source-timeout` after `ms` (10,000). */
  waitForConnection(ms?: number): Promise<void>;
  getMetrics(): PolicyMetrics;
  /** Forgets results that were kept. */
  forget(): void;
  readonly connections: ConnectionUse;
  /** Closes the connection, or ends the program, unless a call is under way; the next call connects again. */
  release(): Promise<void>;
}

/** How a call's own limits are named in the policy. */
const limitsOf = ({ signal, timeoutMs }: CallOptions) => ({
  ...(signal && { signal }),
  ...(timeoutMs !== undefined && { deadlineMs: timeoutMs }),
});

/** A client of one server. Nothing is contacted or started before it is asked for something. */
export function createMcpClient(options: McpClientOptions): McpClient {
  check("createMcpClient", options);
  const address = serverOf({ ...options, type: "mcp" }, "createMcpClient");
  const { name, origin } = address;
  const calls = callsOf(name);
  const server = openMcpServer(address);
  const { connection, policy } = server;

  type Ask<T> = (connection: McpConnection, options: CallOptions) => Promise<T>;
  const ask = <T>(key: readonly unknown[], call: CallOptions = {}, work: Ask<T>): Promise<T> =>
    server.call({
      key,
      kind: "read",
      ...limitsOf(call),
      work: (made, attempt) => work(made, { ...call, signal: attempt }),
    });
  const read = <T>(
    called: string,
    key: readonly unknown[],
    call: CallOptions | undefined,
    work: Ask<T>,
  ): Promise<T> =>
    calls.run(called, () => {
      check("callTool", call ?? {});
      return ask(key, call, work);
    });
  const listTools = (call?: CallOptions): Promise<readonly McpTool[]> =>
    ask(["tools/list"], call, (made, how) => made.listTools(how));
  const tools = createKnownTools(name, listTools, connection);
  let pings = 0;

  /** Tells the program of a call that is over, also of one whose fallback stood in. */
  async function noting<F>(
    tool: string,
    args: object,
    { fallback, ...given }: ToolCallOptions<F>,
    run: (noted: ToolCallOptions<F>) => Promise<ToolResult | F>,
  ): Promise<ToolResult | F> {
    const started = performance.now();
    let [code, isError]: [string | null, boolean] = [null, false];
    const noted =
      fallback &&
      ((failure: SourceError): F | Promise<F> => {
        code = failure.code;
        return fallback(failure);
      });
    try {
      const answer = await run({ ...given, ...(noted === undefined ? {} : { fallback: noted }) });
      // A fallback's value is the program's own, and says nothing.
      isError = code === null && (answer as ToolResult).isError;
      return answer;
    } catch (error) {
      code ??= codeOf(error);
      throw error;
    } finally {
      const durationMs = performance.now() - started;
      options.onCall?.({ tool, parameters: Object.keys(args), durationMs, code, isError });
    }
  }

  const callTool =
    (isQueued: boolean): McpClient["callTool"] =>
    (tool, args = {}, given = {}) =>
      noting(tool, args, given, (noted) =>
        calls.run(`${isQueued ? "queueToolCall" : "callTool"} ${tool}`, () =>
          callNow(isQueued, tool, args, noted),
        ),
      );
  const callNow = async <F = never>(
    isQueued: boolean,
    tool: string,
    args: Readonly<Record<string, unknown>>,
    given: ToolCallOptions<F>,
  ): Promise<ToolResult | F> => {
    check("callTool", given);
    const { kind = "write", fallback, checksArguments = true, ...call } = given;
    try {
      if (checksArguments) checkArguments(name, await tools.get(tool, call.signal), args);
    } catch (error) {
      if (fallback === undefined || !(error instanceof SourceError)) throw error;
      return fallback(error);
    }
    return server.call<ToolResult | F>({
      key: ["tools/call", tool, args],
      kind,
      isQueued,
      ...limitsOf(call),
      ...(fallback === undefined ? {} : { fallback }),
      work: (made, attempt) => made.callTool(tool, args, { ...call, signal: attempt }),
    });
  };

  return {
    name,
    origin,
    get state() {
      return connection.state;
    },
    connect: () =>
      calls.run("connect", async () => {
        await connection.connect();
        return connection;
      }),
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
    ping: (call) => {
      // Each its own: an answer that was kept says nothing of now.
      pings += 1;
      return read("ping", ["ping", pings], call, (made, how) => made.ping(how));
    },
    on: knownEvents<ConnectionEvents>(connection.on, connectionEvents),
    waitForConnection: (ms = 10_000) =>
      calls.run("waitForConnection", () => {
        check("waitForConnection", { ms });
        return awaitAnswer(name, connection.connect, ms);
      }),
    getMetrics: policy.metrics,
    forget: () => policy.forget(),
    get connections() {
      return connection.use;
    },
    release: connection.release,
    [Symbol.asyncDispose]: async () => {
      if (calls.close()) await server[Symbol.asyncDispose]();
    },
  };
}
