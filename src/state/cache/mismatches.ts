// Mismatches between git and a project's tasks that the monitor found, and those that are still current.

import {
  isStillTrue,
  readMismatches,
  type CurrentMismatch,
  type CurrentMismatches,
  type Mismatches,
} from "../../core/task/mismatch.ts";
import { parseTreeOrigin } from "../../core/tree-origin.ts";
import type { Task } from "../../core/task/task.ts";
import { queryRows } from "../sqlite/query.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";
import { parseStoredTasks } from "./branch-task-ids.ts";
import { getStaleEntry, setEntry } from "./cache-entries.ts";

const keyOf = (project: string): string => `mismatches:${project}`;
const keptMs = 14 * 86_400_000;

export const readFoundMismatches = (db: Sqlite, project: string): Mismatches =>
  readMismatches(getStaleEntry(db, keyOf(project), 0)?.value);

export const saveMismatches = (db: Sqlite, project: string, value: Mismatches, now: number): void =>
  setEntry(db, { key: keyOf(project), kind: "free", value, ttlMs: keptMs }, now);

export interface OpenTask {
  task: Task;
  /** Epoch milliseconds; null for the built-in store, whose tasks are those of now. */
  fetchedAt: number | null;
}

/**
 * The open tasks with these ids in a project's configured sources. Leaves out fallbacks, and files of a working tree, whose tasks
 * depend on the age of the checked-out branch.
 */
export function readOpenTasks(db: Sqlite, project: string, ids: readonly string[]): OpenTask[] {
  const rows = queryRows<{ value: string; origin: string; fetchedAt: number }>(
    db,
    `SELECT t.value, s.origin, s.fetched_at AS fetchedAt FROM task_snapshots AS s
     JOIN tasks AS t ON t.snapshot = s.id AND t.id IN (SELECT value FROM json_each(?))
     WHERE s.project = ? AND s.position IS NOT NULL AND s.fallback = 0`,
    JSON.stringify(ids),
    project,
  );
  const listed = rows.filter(({ origin }) => parseTreeOrigin(origin) === null);
  return listed.flatMap(({ value, origin, fetchedAt }) =>
    parseStoredTasks([value]).map((task) => {
      return { task, fetchedAt: origin.startsWith("file:") ? null : fetchedAt };
    }),
  );
}

/** The mismatches that still hold, judged by a response that is newer than they are. */
export function readCurrentMismatches(db: Sqlite, project: string): CurrentMismatches {
  const { base, found } = readFoundMismatches(db, project);
  if (found.length === 0) return { base, current: [] };
  const open = readOpenTasks(db, project, [...new Set(found.map(({ taskId }) => taskId))]);
  const current = found.flatMap((one): CurrentMismatch[] => {
    const own = open.find(({ task }) => task.source === one.source && task.id === one.taskId);
    if (one.kind === "unpushed") return own === undefined ? [{ ...one, task: null }] : [];
    const isKnown = own !== undefined && (own.fetchedAt === null || own.fetchedAt > one.seenAt);
    return isKnown && isStillTrue(one, own.task) ? [{ ...one, task: own.task }] : [];
  });
  return { base, current };
}
