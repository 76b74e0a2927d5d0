// Results of tools that only read, for a short time. A write to an organisation, by whichever transport, drops what is kept
// of it. A write by another server on the same database is not seen here, which is why the time is short.

import { createResultCache } from "../http/result-cache.ts";
import type { ToolMiddleware, ToolRequest } from "./tools/run-tool.ts";

type CallToolResult = Awaited<ReturnType<ToolMiddleware>>;

/** Larger ones are not kept, so that the whole cache stays below about 16 MiB. */
const largestKept = 16 * 1024;

const prefixOf = (organization: string): string => JSON.stringify([organization]);

function keyOf({ tool, principal, args }: ToolRequest): string {
  const { organization, user, permissions } = principal;
  return prefixOf(organization) + JSON.stringify([user, permissions, tool, args]);
}

const sizeOf = ({ content }: CallToolResult): number =>
  content.reduce(
    (sum, block) => sum + (block.type === "text" ? block.text.length : largestKept),
    0,
  );

/** How long results are kept: of every tool, and of single ones. 0 keeps nothing and looks nothing up. Milliseconds. */
export interface ToolCacheTimes {
  readonly all: number;
  readonly byTool: ReadonlyMap<string, number>;
}

export function createToolCache(
  { all, byTool }: ToolCacheTimes,
  onLookup: (isHit: boolean) => void,
) {
  const cache = createResultCache(all, () => performance.now());
  /** A read may be answered from what is kept. */
  const middleware: ToolMiddleware = async (call, run) => {
    const keepMs = byTool.get(call.tool) ?? all;
    if (call.kind !== "read" || keepMs === 0) return run();
    const key = keyOf(call);
    const known = cache.get(key);
    onLookup(known !== null);
    // The key names tool and arguments, and with them the type of the result.
    if (known !== null) return known.value as CallToolResult;
    const { generation } = cache;
    const result = await run();
    const isKeepable = result.isError !== true && sizeOf(result) < largestKept;
    if (isKeepable && generation === cache.generation) cache.set(key, result, keepMs);
    return result;
  };
  return {
    middleware,
    /** To be called when something of the organisation was, or may have been, written. */
    forget: (organization: string): void => cache.forget(prefixOf(organization)),
  };
}
