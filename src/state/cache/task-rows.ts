// The tasks of one answer as rows, with the columns by which a brief finds those that come first.

import { priorityRank } from "../../core/task.ts";
import type { Task } from "../../core/task.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";

/** The tasks of a snapshot as they are stored, JSON by id. */
export function storedValues(db: Sqlite, snapshot: number): Map<string, string> {
  const rows = db
    .prepare<[number], { id: string; value: string }>(
      "SELECT id, value FROM tasks WHERE snapshot = ?",
    )
    .all(snapshot);
  return new Map(rows.map((row) => [row.id, row.value]));
}

/** Makes the rows of a snapshot those of `tasks`; what is `stored` already is not written again. */
export function replaceTasks(
  db: Sqlite,
  snapshot: number,
  stored: Map<string, string>,
  tasks: readonly Task[],
): void {
  const put = db.prepare(
    `INSERT OR REPLACE INTO tasks (snapshot, id, status, priority_rank, due_at, created_at, branch, value)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const left = new Set(stored.keys());
  for (const task of tasks) {
    left.delete(task.id);
    const value = JSON.stringify(task);
    if (stored.get(task.id) === value) continue;
    const due = task.due === undefined ? Number.NaN : Date.parse(task.due);
    put.run(
      snapshot,
      task.id,
      task.status,
      priorityRank(task.priority),
      Number.isNaN(due) ? null : due,
      task.createdAt ?? "~",
      task.branch ?? null,
      value,
    );
  }
  const remove = db.prepare("DELETE FROM tasks WHERE snapshot = ? AND id = ?");
  for (const id of left) remove.run(snapshot, id);
}
