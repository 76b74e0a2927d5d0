import { cleanUp, clearCache, readStatistics } from "../state/cache/statistics.ts";
import { contextKey, getEntry, getStaleEntry, setEntry } from "../state/cache/cache-entries.ts";
import { checkOptions } from "./option-checks.ts";
import { openOrRebuildCache } from "../state/cache/cache-file.ts";
import { SitrepError } from "../core/errors.ts";
import { quoted } from "../core/quote.ts";
import { missingFields, taskFromRaw } from "../core/task/raw-task.ts";
import type { StaleEntry } from "../core/snapshot.ts";
import { readTask, type Task } from "../core/task/task.ts";

/** The key of a cached list. Lists that differ in any of these fields have separate entries. */
export interface CachedList {
  /** The server's origin. */
  origin: string;
  /** The user or client that sent the request; empty without a sign-in. */
  subject: string;
  /** The project's folder. */
  project: string;
}

export interface CachedTasks {
  tasks: Task[];
  ageMs: number;
  /** True if the tasks are older than `tasksMs`: show their age with them. */
  isExpired: boolean;
}

export interface CacheTasksResult {
  stored: number;
  /** Indexes of the items that were not stored because they lack an id. */
  skippedIndexes: number[];
}

export interface SessionCacheStatistics {
  entries: number;
  valid: number;
  expired: number;
  bytes: number;
}

export interface SessionCache extends Disposable {
  /** `ttlMs`: default `othersMs`. Throws `usage` for a value that is not JSON, like the other writes. */
  set(key: string, value: unknown, options?: { ttlMs?: number }): void;
  /** Null if the key was never set or has expired. */
  get(key: string): unknown;
  /** The value, however old; null if the key was never set. */
  getStale(key: string): StaleEntry | null;
  /** Also accepts a server's own form. Throws `usage`, and keeps the old response, if no task has an id and a title. */
  cachePendingTasks(tasks: readonly object[], list?: CachedList): CacheTasksResult;
  /** The tasks of the last response, however old; null if there was none. */
  getPendingTasks(list?: CachedList): CachedTasks | null;
  cacheGitStatus(value: unknown): void;
  getGitStatus(): StaleEntry | null;
  cacheProjectContext(branch: string, value: unknown): void;
  getProjectContext(branch: string): StaleEntry | null;
  statistics(): SessionCacheStatistics;
  /** Removes expired entries of `set`, but never a last good response. Returns how many entries it removed. */
  cleanUp(): number;
  /** Removes all entries. Returns how many entries it removed. */
  clear(): number;
}

export interface SessionCacheOptions {
  /** An SQLite file, created if missing (0600). An unusable file is moved aside and replaced. */
  file: string;
  /** Returns epoch milliseconds. Default: the clock of the machine. */
  now?: () => number;
  /** Times to live in milliseconds. Default: tasks 900,000, git states 300,000, others 3,600,000. */
  tasksMs?: number;
  gitMs?: number;
  othersMs?: number;
}

const nobody: CachedList = { origin: "", subject: "", project: "" };
const tasksKey = ({ origin, subject, project }: CachedList): string =>
  `tasks:${JSON.stringify([origin, subject, project])}`;
const lists = ["assignees", "labels", "dependsOn", "inputs", "outputs"] as const;
/** Reads a task in our own form or in a source's form. */
function readAny(value: object, source: string): Task | null {
  const task = readTask(value);
  const isOurs = task !== null && lists.every((name) => name in value);
  return isOurs ? task : taskFromRaw(value, source, null);
}

/** Throws `usage` if none of the items is a task. */
function readAll(
  items: readonly object[],
  source: string,
): { tasks: Task[]; skippedIndexes: number[] } {
  const read = items.map((item) => readAny(item, source));
  const lacks = items.map((item) => missingFields(item).join(" and "));
  if (items.length > 0 && !lacks.includes("")) {
    const names = Object.keys(items[0] ?? {}).join(", ");
    const fields = names === "" ? "none" : quoted(names, 200);
    const what = `cachePendingTasks: tasks: none of the ${items.length} is a task; the first lacks ${lacks[0]}.`;
    throw new SitrepError("usage", `${what} Its fields: ${fields}.`);
  }
  return {
    tasks: read.filter((task) => task !== null),
    skippedIndexes: read.flatMap((task, at) => (task === null ? [at] : [])),
  };
}

const freeKey = (key: string): string => `free:${key}`;

/** Throws `usage` for a value that is not JSON. */
function requireJson(call: string, value: unknown): void {
  let cause: unknown;
  try {
    if (JSON.stringify(value) !== undefined) return;
  } catch (error) {
    cause = error;
  }
  const what = `${call}: value: ${typeof value} cannot be stored as JSON.`;
  throw new SitrepError("usage", what, { cause });
}

/** Opens a cache. Dispose of it to close the file. Throws `config-invalid` and errors of opening an SQLite file. */
export function openSessionCache(options: SessionCacheOptions): SessionCache {
  checkOptions("openSessionCache", options);
  const { file, now = Date.now } = options;
  const { tasksMs = 900_000, gitMs = 300_000, othersMs = 3_600_000 } = options;
  const db = openOrRebuildCache(file, () => undefined);
  const keep = (key: string, value: unknown, ttlMs: number): void =>
    setEntry(db, { key, kind: "context", value, ttlMs }, now());
  return {
    set: (key, value, { ttlMs = othersMs } = {}) => {
      requireJson(`cache.set ${key}`, value);
      setEntry(db, { key: freeKey(key), kind: "free", value, ttlMs }, now());
    },
    get: (key) => getEntry(db, freeKey(key), now()),
    getStale: (key) => getStaleEntry(db, freeKey(key), now()),
    cachePendingTasks: (given, list = nobody) => {
      const { tasks, skippedIndexes } = readAll(given, list.origin);
      keep(tasksKey(list), tasks, tasksMs);
      return { stored: tasks.length, skippedIndexes };
    },
    getPendingTasks: (list = nobody) => {
      const entry = getStaleEntry(db, tasksKey(list), now());
      if (entry === null || !Array.isArray(entry.value)) return null;
      const tasks = entry.value.map(readTask).filter((task) => task !== null);
      return { tasks, ageMs: entry.ageMs, isExpired: entry.isExpired };
    },
    cacheGitStatus: (value) => {
      requireJson("cacheGitStatus", value);
      keep("git", value, gitMs);
    },
    getGitStatus: () => getStaleEntry(db, "git", now()),
    cacheProjectContext: (branch, value) => {
      requireJson("cacheProjectContext", value);
      keep(contextKey(branch), value, othersMs);
    },
    getProjectContext: (branch) => getStaleEntry(db, contextKey(branch), now()),
    statistics: () => {
      const { entries, valid, expired, bytes } = readStatistics(db, { tasksMs, gitMs }, now());
      return { entries, valid, expired, bytes };
    },
    cleanUp: () => cleanUp(db, now()),
    clear: () => clearCache(db),
    [Symbol.dispose]: () => db.close(),
  };
}
