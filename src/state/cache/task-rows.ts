import { parseTreeOrigin } from "../../core/tree-origin.ts";
import { diffTasks } from "../../core/news/changes.ts";
import { personKey } from "../../core/task/identity.ts";
import { ageKey, priorityRank, type Task } from "../../core/task/task.ts";
import { queryRows } from "../sqlite/query.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";
import { parseStoredTasks } from "./branch-task-ids.ts";
import { endedStates } from "./task-changes.ts";

export interface ReceivedTasks {
  tasks: readonly Task[];
  ended: readonly Task[];
  at: number;
  bySession: string | null;
}

export function storedValues(db: Sqlite, snapshot: number): Map<string, string> {
  const all = "SELECT id, value FROM tasks WHERE snapshot = ?";
  const rows = queryRows<{ id: string; value: string }>(db, all, snapshot);
  return new Map(rows.map((row) => [row.id, row.value]));
}

/** Makes the rows of a snapshot those of `tasks`; unchanged ones are not written again. */
export function replaceTasks(
  db: Sqlite,
  snapshot: number,
  stored: ReadonlyMap<string, string>,
  tasks: readonly Task[],
): void {
  const put = db.prepare(
    `INSERT OR REPLACE INTO tasks (snapshot, id, status, priority_rank, due_at, created_at, branch, assignee, value)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
      ageKey(task),
      task.branch ?? null,
      task.assignees[0] === undefined ? null : personKey(task.assignees[0]),
      value,
    );
  }
  const remove = db.prepare("DELETE FROM tasks WHERE snapshot = ? AND id = ?");
  for (const id of left) remove.run(snapshot, id);
}

const jsonOrNull = (value: object | null): string | null =>
  value === null ? null : JSON.stringify(value);

export function recordChanges(
  db: Sqlite,
  place: { project: string; source: string; origin: string },
  stored: ReadonlyMap<string, string>,
  response: ReceivedTasks,
): void {
  const insert = db.prepare(
    `INSERT INTO task_changes (project, source, tree, task_id, before, after, at, by_session)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const { project, source, origin } = place;
  const tree = parseTreeOrigin(origin);
  const changes = diffTasks(source, parseStoredTasks(stored.values()), [
    ...response.tasks,
    ...response.ended,
  ]);
  const arrived = changes.filter((change) => change.before === null);
  const ends = endedStates(db, place, arrived);
  for (const { taskId, before, after } of changes) {
    const earlier = before ?? ends.get(taskId) ?? null;
    // A session that did not read that the task left sees no change; one that did sees that it is back.
    const isBack = earlier === null && ends.has(taskId);
    const now = isBack && after !== null ? { ...after, isBack } : after;
    const [from, to] = [jsonOrNull(earlier), jsonOrNull(now)];
    insert.run(project, source, tree, taskId, from, to, response.at, response.bySession);
  }
}
