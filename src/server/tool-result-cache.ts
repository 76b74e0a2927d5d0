// Results of tools that only read, while nothing has changed. A write to an organisation, by whichever server or program,
// drops what is kept of it; where it is not known whether all of them were heard of, nothing kept is given out.

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
  /** True when what was written before the call has been forgotten. */
  caughtUp: () => Promise<boolean>,
) {
  const cache = createResultCache(all, () => performance.now());
  /** A read may be answered from what is kept. */
  const middleware: ToolMiddleware = async (call, run) => {
    const keepMs = byTool.get(call.tool) ?? all;
    if (call.kind !== "read" || keepMs === 0) return run();
    const key = keyOf(call);
    const isSure = await caughtUp();
    const known = isSure ? cache.get(key) : null;
    onLookup(known !== null);
    // The key names tool and arguments, and with them the type of the result.
    if (known !== null) return known.value as CallToolResult;
    const isKept = (result: CallToolResult): boolean =>
      isSure && result.isError !== true && sizeOf(result) < largestKept;
    return cache.keep(key, run, { keepMs, isKept });
  };
  return {
    middleware,
    /** To be called when something of the organisation (null: of anybody's) was, or may have been, written. */
    forget: (organization: string | null): void =>
      cache.forget(organization === null ? "" : prefixOf(organization)),
  };
}
