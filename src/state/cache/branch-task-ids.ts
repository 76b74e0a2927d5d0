import { parseObject } from "../../core/read.ts";
import { belongsToBranch, idsInBranch } from "../../core/task/branch-tasks.ts";
import { readTask, type Task } from "../../core/task/task.ts";
import { queryValues } from "../sqlite/query.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";

export const parseStoredTasks = (values: Iterable<string>): Task[] =>
  [...values].map((value) => readTask(parseObject(value))).filter((task) => task !== null);

const maxIds = 10;

/** An id as servers spell it: the look-up uses an index, which distinguishes case. */
const spellings = (id: string): string[] => [id, id.toUpperCase(), id.toLowerCase(), `#${id}`];

export function valuesOfBranch(db: Sqlite, snapshot: number, branch: string): string[] {
  const ids = idsInBranch(branch).slice(0, maxIds).flatMap(spellings);
  // The index is named because SQLite, without statistics about the table, would read the whole list.
  const named = `SELECT value FROM tasks WHERE snapshot = @snapshot AND id IN (SELECT value FROM json_each(@ids))
    UNION SELECT value FROM (SELECT value FROM tasks INDEXED BY tasks_by_branch
      WHERE snapshot = @snapshot AND branch = @branch LIMIT 5)`;
  return queryValues(db, named, { snapshot, ids: JSON.stringify(ids), branch });
}

/** The ids of a project's open tasks that a branch is about, over its configured sources; empty for no branch. */
export function readBranchTaskIds(db: Sqlite, project: string, branch: string | null): string[] {
  if (branch === null) return [];
  const snapshots = queryValues<number>(
    db,
    "SELECT id FROM task_snapshots WHERE project = ? AND position IS NOT NULL ORDER BY position",
    project,
  );
  return parseStoredTasks(snapshots.flatMap((snapshot) => valuesOfBranch(db, snapshot, branch)))
    .filter((task) => belongsToBranch(task, branch))
    .map((task) => task.id);
}
