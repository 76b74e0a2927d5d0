// Facts from the cache about tasks, besides their present state, for the comparison with git.

import { parseObject } from "../../core/read.ts";
import { isOpenTask, readTask, type Task } from "../../core/task/task.ts";
import { queryRows, queryValues } from "../sqlite/query.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";
import { parseBranch } from "./peers.ts";
import { lastChangeSeq } from "./task-changes.ts";

const configured =
  "SELECT id FROM task_snapshots WHERE project = @project AND position IS NOT NULL AND fallback = 0 AND origin NOT LIKE 'tree:%'";

/** True if the project has open tasks, or had some lately. */
export const hasCachedTasks = (db: Sqlite, project: string): boolean =>
  queryValues(
    db,
    `SELECT EXISTS (SELECT 1 FROM tasks WHERE snapshot IN (${configured}))
       OR EXISTS (SELECT 1 FROM task_changes WHERE project = @project)`,
    { project },
  ).includes(1);

/** A text that changes whenever a response has different tasks. */
export const tasksKey = (db: Sqlite, project: string): string =>
  JSON.stringify([
    lastChangeSeq(db),
    queryValues(
      db,
      "SELECT id || counts FROM task_snapshots WHERE project = ? ORDER BY id",
      project,
    ),
  ]);

const maxListed = 200;

/** The ids of tasks that are in progress, and of those that name one of these branches. */
export const idsToCheck = (db: Sqlite, project: string, branches: readonly string[]): string[] =>
  queryValues(
    db,
    `SELECT id FROM (SELECT id FROM tasks INDEXED BY tasks_by_rank
       WHERE snapshot IN (${configured}) AND status = 'in_progress' LIMIT ${maxListed})
     UNION SELECT id FROM tasks INDEXED BY tasks_by_branch
       WHERE snapshot IN (${configured}) AND branch IN (SELECT value FROM json_each(@branches))`,
    { project, branches: JSON.stringify(branches) },
  );

export interface LoggedChange {
  source: string;
  taskId: string;
  at: number;
  /** `opened`: it was not among the open tasks before. */
  what: "completed" | "opened" | "changed";
  /** The task at that time; null if it left the list. */
  task: Task | null;
}

const isOpen = (task: Task | null): boolean => task !== null && isOpenTask(task);

/** Changes since an instant, of tasks with these ids and of completed tasks; the newest first. */
export function recentChanges(
  db: Sqlite,
  project: string,
  since: number,
  ids: readonly string[],
): LoggedChange[] {
  const rows = queryRows<{
    source: string;
    taskId: string;
    at: number;
    before: string | null;
    after: string | null;
  }>(
    db,
    `SELECT source, task_id AS taskId, at, before, after FROM task_changes
     WHERE project = @project AND at >= @since AND source IN
       (SELECT source FROM task_snapshots WHERE id IN (${configured}))
       AND (task_id IN (SELECT value FROM json_each(@ids)) OR after ->> '$.status' = 'completed')
     ORDER BY seq DESC LIMIT 2000`,
    { project, since, ids: JSON.stringify(ids) },
  );
  return rows.map(({ before, after, source, taskId, at }) => {
    const read = (text: string | null): Task | null =>
      readTask({ ...parseObject(text), id: taskId, source });
    const task = read(after);
    const isOpened = isOpen(task) && !isOpen(read(before));
    const what = task?.status === "completed" ? "completed" : isOpened ? "opened" : "changed";
    return { source, taskId, at, what, task };
  });
}

/** The branches on which sessions have worked since. */
export function recentBranches(db: Sqlite, project: string, since: number): Set<string> {
  const states = queryValues<string>(
    db,
    `SELECT delivered FROM sessions WHERE project = ? AND last_seen >= ? LIMIT 500`,
    project,
    since,
  );
  const trees = queryValues<string>(db, "SELECT value FROM git_states WHERE project = ?", project);
  return new Set([...states, ...trees].map(parseBranch).filter((name) => name !== null));
}
