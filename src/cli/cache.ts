// `sitrep cache stats|cleanup|clear`.

import { cacheStatistics, cleanUpCache, emptyCache } from "../wiring/cache-admin.ts";
import type { CliWorld } from "../wiring/cli-world.ts";
import { print, printJson } from "./terminal.ts";

interface JsonOption {
  json?: boolean;
}

export function runCacheStats(world: CliWorld, options: JsonOption): void {
  const statistics = cacheStatistics(world);
  if (options.json === true) return printJson(statistics);
  for (const [name, value] of Object.entries(statistics)) print(`${name.padEnd(10)} ${value}`);
}

export function runCacheCleanup(world: CliWorld, options: JsonOption): void {
  const removed = cleanUpCache(world);
  if (options.json === true) printJson({ removed });
  else print(`Removed ${removed} ${removed === 1 ? "row" : "rows"}; the last good answers stay.`);
}

export function runCacheClear(world: CliWorld, options: JsonOption): void {
  const removed = emptyCache(world);
  if (options.json === true) printJson({ removed });
  else
    print(
      `Removed ${removed} ${removed === 1 ? "row" : "rows"}. Your tasks are not in the cache and stay.`,
    );
}
