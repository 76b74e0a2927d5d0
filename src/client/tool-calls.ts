// Makes the calls of an MCP client. Checks the arguments of tool calls and reports each call to `onCall`.

import { codeOf } from "../core/errors.ts";
import type { McpCaller } from "../sources/mcp-caller.ts";
import type { CallOptions, McpConnection, ToolResult } from "../sources/mcp/mcp-connection.ts";
import { checkArguments, type KnownTools } from "../sources/mcp/known-tools.ts";
import type { createCalls, Fallback } from "./named-calls.ts";
import { checkOptions } from "./option-checks.ts";
import type { McpClientOptions } from "./server-options.ts";

export interface ToolCallOptions<F = never> extends CallOptions {
  /**
   * A `read` may be retried, shared and cached; a `write` is retried only if it was certainly not sent. Default
   * `write`, because Sitrep does not trust a server's own claims about its tools.
   */
  kind?: "read" | "write";
  /** Replaces the response of a failed call. May throw. */
  fallback?: Fallback<F>;
  /** False: does not check the arguments against the tool's `inputSchema`. */
  checksArguments?: boolean;
}

/** Translates a call's own limits into the policy's names. */
const limitsOf = ({ signal, timeoutMs }: CallOptions) => ({
  ...(signal && { signal }),
  ...(timeoutMs !== undefined && { deadlineMs: timeoutMs }),
});

type Calls = ReturnType<typeof createCalls>;
type Work<T> = (connection: McpConnection, options: CallOptions) => Promise<T>;

export function createReads(server: McpCaller, calls: Calls) {
  const ask = <T>(key: readonly unknown[], call: CallOptions = {}, work: Work<T>): Promise<T> =>
    server.call({
      key,
      kind: "read",
      ...limitsOf(call),
      work: (made, signal) => work(made, { ...call, signal }),
    });
  return {
    ask,
    read: <T>(
      name: string,
      key: readonly unknown[],
      call: CallOptions | undefined,
      work: Work<T>,
    ): Promise<T> =>
      calls.run(name, () => {
        checkOptions("callTool", call ?? {});
        return ask(key, call, work);
      }),
  };
}

interface ToolCallDeps {
  readonly name: string;
  readonly server: McpCaller;
  readonly calls: Calls;
  readonly tools: KnownTools;
  readonly onCall: McpClientOptions["onCall"] | undefined;
}

type Args = Readonly<Record<string, unknown>>;
type CallTool = <F = never>(
  tool: string,
  args?: Args,
  options?: ToolCallOptions<F>,
) => Promise<ToolResult | F>;

export function createToolCalls({ name, server, calls, tools, onCall }: ToolCallDeps) {
  async function send(
    isQueued: boolean,
    tool: string,
    args: Args,
    { kind = "write", checksArguments = true, ...call }: Omit<ToolCallOptions, "fallback">,
  ): Promise<ToolResult> {
    if (checksArguments) checkArguments(name, await tools.get(tool, call.signal), args);
    return server.call({
      key: ["tools/call", tool, args],
      kind,
      isQueued,
      ...limitsOf(call),
      work: (made, signal) => made.callTool(tool, args, { ...call, signal }),
    });
  }

  return (isQueued: boolean): CallTool =>
    async (tool, args = {}, { fallback, ...given } = {}) => {
      const started = performance.now();
      const called = `${isQueued ? "queueToolCall" : "callTool"} ${tool}`;
      let code: string | null = null;
      let isError = false;
      const work = async (): Promise<ToolResult> => {
        checkOptions("callTool", { fallback, ...given });
        const response = await send(isQueued, tool, args, given);
        ({ isError } = response);
        return response;
      };
      const noted: typeof fallback =
        fallback &&
        ((failure) => {
          ({ code } = failure);
          return fallback(failure);
        });
      try {
        return await calls.run(called, work, noted);
      } catch (error) {
        code ??= codeOf(error);
        throw error;
      } finally {
        const durationMs = performance.now() - started;
        onCall?.({ tool, parameters: Object.keys(args), durationMs, code, isError });
      }
    };
}
