// A write drops its organization's results. While notices may be missing, no cached result is used.

import { createResultCache } from "../http/result-cache.ts";
import type { ToolMiddleware, ToolRequest } from "./tools/run-tool.ts";

type CallToolResult = Awaited<ReturnType<ToolMiddleware>>;

/** Larger results are not cached, so that the whole cache stays below about 16 MiB. */
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

/** How long results are cached, for all tools and for single ones; 0: not at all. Milliseconds. */
export interface ToolCacheTimes {
  readonly all: number;
  readonly byTool: ReadonlyMap<string, number>;
}

export function createToolCache(
  { all, byTool }: ToolCacheTimes,
  onLookup: (isHit: boolean) => void,
  caughtUp: () => Promise<boolean>,
) {
  const cache = createResultCache(all, () => performance.now());
  const middleware: ToolMiddleware = async (call, run) => {
    const keepMs = byTool.get(call.tool) ?? all;
    if (call.kind !== "read" || keepMs === 0) return run();
    const key = keyOf(call);
    const isSure = await caughtUp();
    const known = isSure ? cache.get(key) : null;
    onLookup(known !== null);
    if (known !== null) return known.value as CallToolResult;
    const isKept = (result: CallToolResult): boolean =>
      isSure && result.isError !== true && sizeOf(result) < largestKept;
    return cache.keep(key, run, { keepMs, isKept });
  };
  return {
    middleware,
    forget: (organization: string | null): void =>
      cache.forget(organization === null ? "" : prefixOf(organization)),
  };
}
