// `sitrep cache stats|cleanup|clear`.

import { cleanUp, clearCache, readStatistics } from "../state/cache/statistics.ts";
import type { CacheStatistics } from "../state/cache/statistics.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";
import { configOf, openCliCache } from "../config/context.ts";
import type { CommandContext } from "../config/context.ts";
import { print, printJson } from "./terminal.ts";

function withCache<T>(context: CommandContext, work: (db: Sqlite) => T): T {
  const db = openCliCache(context, configOf(context));
  try {
    return work(db);
  } finally {
    db.close();
  }
}

function cacheStatistics(context: CommandContext): CacheStatistics {
  const { tasks, git } = configOf(context);
  const ttls = { tasksMs: tasks.freshSeconds * 1000, gitMs: git.freshSeconds * 1000 };
  return withCache(context, (db) => readStatistics(db, ttls, Date.now()));
}

/** Removes what is expired, but for last good answers. Gives the number of rows. */
function cleanUpCache(context: CommandContext): number {
  return withCache(context, (db) => cleanUp(db, Date.now()));
}

/** Removes everything but settings. Gives the number of rows. */
function emptyCache(context: CommandContext): number {
  return withCache(context, clearCache);
}

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
