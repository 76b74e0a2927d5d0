// `sitrep cache stats|cleanup|clear`.

import { cacheStatistics, cleanUpCache, emptyCache } from "./cache-admin.ts";
import type { CommandContext } from "../config/context.ts";
import { print, printJson } from "./terminal.ts";

interface JsonOption {
  json?: boolean;
}

export function runCacheStats(context: CommandContext, options: JsonOption): void {
  const statistics = cacheStatistics(context);
  if (options.json === true) return printJson(statistics);
  for (const [name, value] of Object.entries(statistics)) print(`${name.padEnd(10)} ${value}`);
}

export function runCacheCleanup(context: CommandContext, options: JsonOption): void {
  const removed = cleanUpCache(context);
  if (options.json === true) printJson({ removed });
  else print(`Removed ${removed} ${removed === 1 ? "row" : "rows"}; the last good answers stay.`);
}

export function runCacheClear(context: CommandContext, options: JsonOption): void {
  const removed = emptyCache(context);
  if (options.json === true) printJson({ removed });
  else
    print(
      `Removed ${removed} ${removed === 1 ? "row" : "rows"}. Your tasks are not in the cache and stay.`,
    );
}
