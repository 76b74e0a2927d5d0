// What the cache holds, and making it hold less, for the commands.

import { cleanUp, clearCache, readStatistics } from "../cache/statistics.ts";
import type { CacheStatistics } from "../cache/statistics.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";
import { configOf, openCliCache } from "./cli-world.ts";
import type { CliWorld } from "./cli-world.ts";

function withCache<T>(world: CliWorld, work: (db: Sqlite) => T): T {
  const db = openCliCache(world, configOf(world));
  try {
    return work(db);
  } finally {
    db.close();
  }
}

export function cacheStatistics(world: CliWorld): CacheStatistics {
  const { tasks, git } = configOf(world);
  const ttls = { tasksMs: tasks.freshSeconds * 1000, gitMs: git.freshSeconds * 1000 };
  return withCache(world, (db) => readStatistics(db, ttls, Date.now()));
}

/** Removes what is expired, but for last good answers. Gives the number of rows. */
export function cleanUpCache(world: CliWorld): number {
  return withCache(world, (db) => cleanUp(db, Date.now()));
}

/** Removes everything but settings. Gives the number of rows. */
export function emptyCache(world: CliWorld): number {
  return withCache(world, clearCache);
}
