// What the cache holds, and making it hold less, for the commands.

import { cleanUp, clearCache, readStatistics } from "../state/cache/statistics.ts";
import type { CacheStatistics } from "../state/cache/statistics.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";
import { configOf, openCliCache } from "../config/context.ts";
import type { CommandContext } from "../config/context.ts";

function withCache<T>(context: CommandContext, work: (db: Sqlite) => T): T {
  const db = openCliCache(context, configOf(context));
  try {
    return work(db);
  } finally {
    db.close();
  }
}

export function cacheStatistics(context: CommandContext): CacheStatistics {
  const { tasks, git } = configOf(context);
  const ttls = { tasksMs: tasks.freshSeconds * 1000, gitMs: git.freshSeconds * 1000 };
  return withCache(context, (db) => readStatistics(db, ttls, Date.now()));
}

/** Removes what is expired, but for last good answers. Gives the number of rows. */
export function cleanUpCache(context: CommandContext): number {
  return withCache(context, (db) => cleanUp(db, Date.now()));
}

/** Removes everything but settings. Gives the number of rows. */
export function emptyCache(context: CommandContext): number {
  return withCache(context, clearCache);
}
