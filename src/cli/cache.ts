// `sitrep cache stats|cleanup|clear`. The cache does not contain the embedded store's tasks.

import { codeOf } from "../core/errors.ts";
import { quarantine } from "../state/cache/cache-file.ts";
import { cleanUp, clearCache, readStatistics } from "../state/cache/statistics.ts";
import { closing, type Sqlite } from "../state/sqlite/sqlite.ts";
import { loadOwnConfig, openCliCache } from "../config/command-config.ts";
import type { CommandContext } from "../config/context.ts";
import { faint } from "./terminal/styles.ts";
import { table } from "./terminal/table.ts";
import { countText, printResult, screenWidth, type JsonOption } from "./terminal/terminal.ts";

const withCache = <T>(context: CommandContext, work: (db: Sqlite) => T): T =>
  closing(openCliCache(context, loadOwnConfig(context)), work);

const sizeText = (bytes: number): string =>
  bytes < 1024 ? countText(bytes, "byte") : `${Math.round(bytes / 1024)} KB`;

const tasksStay = "Your tasks are stored elsewhere and are not affected.";

export function runCacheStats(context: CommandContext, options: JsonOption): void {
  const { tasks, git } = loadOwnConfig(context);
  const ttls = { tasksMs: tasks.freshSeconds * 1000, gitMs: git.freshSeconds * 1000 };
  const statistics = withCache(context, (db) => readStatistics(db, ttls, Date.now()));
  const { entries, valid, expired, bytes, fileBytes, tasks: count, changes, sessions } = statistics;
  const rows = [
    [faint("entries"), `${entries}: ${valid} valid, ${expired} expired`],
    [faint("size"), `${sizeText(bytes)} cached, in a ${sizeText(fileBytes)} file`],
    [faint("tasks"), `${count}, with ${countText(changes, "change")}`],
    [faint("sessions"), String(sessions)],
  ];
  printResult(options, statistics, () => table(rows, { width: screenWidth() }));
}

export function runCacheCleanup(context: CommandContext, options: JsonOption): void {
  const removed = withCache(context, (db) => cleanUp(db, Date.now()));
  const words = `Deleted ${countText(removed, "row")}; kept the last good responses.`;
  printResult(options, { removed }, words);
}

export function runCacheClear(context: CommandContext, options: JsonOption): void {
  let removed: number;
  try {
    removed = withCache(context, clearCache);
  } catch (error) {
    if (!["cache-newer", "cache-unreadable"].includes(codeOf(error))) throw error;
    const putAside = quarantine(context.files.cache);
    withCache(context, () => undefined);
    const words = `Created a new cache; the old one is now ${putAside}. ${tasksStay}`;
    return printResult(options, { removed: null, putAside }, words);
  }
  const words = `Deleted ${countText(removed, "row")}. ${tasksStay}`;
  printResult(options, { removed }, words);
}
