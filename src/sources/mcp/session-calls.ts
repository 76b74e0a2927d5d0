// A session's calls, by the SDK's client. A list is kept if the server announces changes of it.

import type { Client, RequestOptions } from "@modelcontextprotocol/client";
import type { ResultCache } from "../../http/result-cache.ts";
import {
  toContents,
  toMessages,
  toPrompt,
  toResource,
  toTool,
  toToolResult,
} from "./sdk-results.ts";
import type { CallOptions, ListKind, McpConnection } from "./mcp-connection.ts";

/** As the methods of a connection, except for timeouts and errors. */
export interface SessionCalls extends Pick<
  McpConnection,
  "listTools" | "callTool" | "listResources" | "readResource" | "listPrompts" | "getPrompt"
> {
  ping(options: CallOptions): Promise<unknown>;
}

/** Refetch after this: a list_changed notification can be lost with its stream. Milliseconds. */
export const maxListMs = 300_000;

function requestOf({ onProgress, timeoutMs, signal }: CallOptions = {}): RequestOptions {
  return {
    ...(timeoutMs !== undefined && { timeout: timeoutMs }),
    ...(signal && { signal }),
    ...(onProgress && {
      resetTimeoutOnProgress: true,
      onprogress: ({ progress, total, message }) =>
        onProgress({ progress, total: total ?? null, message: message ?? null }),
    }),
  };
}

/** `lists`: the cache of lists; the caller drops a kind that changed. */
export function createSessionCalls(client: Client, lists: ResultCache): SessionCalls {
  const isModern = client.getProtocolEra() === "modern";
  async function list<T>(kind: ListKind, ask: () => Promise<T[]>): Promise<readonly T[]> {
    const known = lists.get(kind);
    // The kind names the type of the items.
    if (known !== null) return known.value as readonly T[];
    const capability = client.getServerCapabilities()?.[kind];
    // Without the capability, the SDK would answer itself and print a line on standard output.
    if (capability === undefined) return [];
    return lists.keep<readonly T[]>(kind, ask, { isKept: () => capability.listChanged === true });
  }
  return {
    listTools: (call) =>
      list("tools", async () =>
        (await client.listTools(undefined, requestOf(call))).tools.map(toTool),
      ),
    callTool: async (tool, args, call) => {
      const request = requestOf(call);
      const loosely = { name: tool, inputSchema: { type: "object" as const } };
      const result = await client.callTool(
        { name: tool, arguments: { ...args } },
        // With our own definition, the SDK does not check the response against the server's schema.
        isModern ? request : { ...request, toolDefinition: loosely },
      );
      return toToolResult(result);
    },
    listResources: (call) =>
      list("resources", async () =>
        (await client.listResources(undefined, requestOf(call))).resources.map(toResource),
      ),
    readResource: async (uri, call) => {
      const request = { ...requestOf(call), cacheMode: "bypass" as const };
      return toContents(await client.readResource({ uri }, request));
    },
    listPrompts: (call) =>
      list("prompts", async () =>
        (await client.listPrompts(undefined, requestOf(call))).prompts.map(toPrompt),
      ),
    getPrompt: async (name, args, call) =>
      toMessages(await client.getPrompt({ name, arguments: { ...args } }, requestOf(call))),
    // Revision 2026-07-28 has no `ping`; `server/discover` does the same.
    ping: (call) => (isModern ? client.discover(requestOf(call)) : client.ping(requestOf(call))),
  };
}
