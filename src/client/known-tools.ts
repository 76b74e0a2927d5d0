// The tools that a server says it has, kept for as long as the server says nothing else.

import { SitrepError } from "../core/errors.ts";
import type { CallOptions, ConnectionEvents, McpTool } from "../sources/mcp/connection.ts";
import type { Listeners } from "../http/listeners.ts";

/** A server need not say that its tools changed. */
const keptMs = 300_000;

export interface KnownToolsDeps {
  name: string;
  listTools: (options?: CallOptions) => Promise<readonly McpTool[]>;
  listeners: Listeners<ConnectionEvents>;
}

export interface KnownTools {
  /** Asks the server. */
  list(options?: CallOptions): Promise<readonly McpTool[]>;
  /** Throws `usage` for one that the server does not have, and what listing throws. */
  get(tool: string, signal: AbortSignal | undefined): Promise<McpTool>;
}

export function createKnownTools({ name, listTools, listeners }: KnownToolsDeps): KnownTools {
  let kept: { at: number; tools: readonly McpTool[] } | null = null;
  const forget = (): void => void (kept = null);
  listeners.on("disconnected", forget);
  listeners.on("listChanged", forget);
  const list = async (options?: CallOptions): Promise<readonly McpTool[]> => {
    const tools = await listTools(options);
    kept = { at: performance.now(), tools };
    return tools;
  };
  return {
    list,
    get: async (tool, signal) => {
      const known = kept?.tools.find((one) => one.name === tool);
      if (kept !== null && known !== undefined && performance.now() - kept.at < keptMs) {
        return known;
      }
      const tools = await list(signal === undefined ? {} : { signal });
      const found = tools.find((one) => one.name === tool);
      if (found !== undefined) return found;
      const names = tools.slice(0, 20).map((one) => one.name);
      throw new SitrepError("usage", `${name} has no tool "${tool}".`, {
        hint: `It has: ${names.join(", ")}${tools.length > names.length ? ", …" : "."}`,
      });
    },
  };
}
