// Reads the log of changed tasks, from which news and each "since" are computed.

import {
  maxChanges,
  netChanges,
  taskState,
  type TaskChange,
  type TaskState,
} from "../../core/news/changes.ts";
import { idsInBranch } from "../../core/task/branch-tasks.ts";
import { parseObject } from "../../core/read.ts";
import { isOpenTask, readTask } from "../../core/task/task.ts";
import { queryRows, queryValue } from "../sqlite/query.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";

interface Row {
  source: string;
  taskId: string;
  before: string | null;
  after: string | null;
  at: number;
}

function readState(id: string, text: string | null): TaskState | null {
  const task = readTask({ ...parseObject(text), id });
  return task === null ? null : taskState(task);
}

const changeOf = ({ source, taskId, before, after, at }: Row): TaskChange & { at: number } => ({
  source,
  taskId,
  before: readState(taskId, before),
  after: readState(taskId, after),
  at,
});

/** The sequence number of the newest change of any project; 0 before the first. */
export const lastChangeSeq = (db: Sqlite): number =>
  queryValue<number | null>(db, "SELECT max(seq) FROM task_changes") ?? 0;

export interface ChangeQuery {
  project: string;
  /** The reader's working tree: changes in the files of others are left out. Default: the main one. */
  worktree?: string;
  seq: number;
  /** The last reported change of these tasks; only later ones count. */
  named?: Readonly<Record<string, number>>;
  exceptSessions: readonly (string | null)[];
}

/** The net changes of a project after `seq`, the last `maxChanges` of them. */
export function changesSince(db: Sqlite, query: ChangeQuery): TaskChange[] {
  const { project, worktree = project, seq, named = {}, exceptSessions } = query;
  const rows = queryRows<Row & { back: number | null }>(
    db,
    `WITH named AS MATERIALIZED (SELECT key AS id, value AS covered FROM json_each(@named))
     SELECT first.source, first.task_id AS taskId, first.before, last.after, last.at,
       iif(first.before IS NULL, first.after ->> '$.isBack', NULL) AS back FROM (
       SELECT min(seq) AS first, max(seq) AS last FROM task_changes LEFT JOIN named ON named.id = task_id
       WHERE project = @project AND (tree IS NULL OR tree = @worktree) AND seq > @seq AND seq > coalesce(covered, 0)
         AND (by_session IS NULL OR by_session NOT IN (SELECT value FROM json_each(@except)))
       GROUP BY source, task_id) AS task
     JOIN task_changes AS first ON first.seq = task.first
     JOIN task_changes AS last ON last.seq = task.last
     WHERE first.before IS NOT last.after ORDER BY last.seq DESC LIMIT ${maxChanges}`,
    {
      project,
      worktree,
      seq,
      named: JSON.stringify(named),
      except: JSON.stringify(exceptSessions.filter((id) => id !== null)),
    },
  );
  const changes = rows.toReversed();
  return netChanges(
    changes.map((row) => ({ ...changeOf(row), ...(row.back === null ? {} : { isBack: true }) })),
  );
}

/** The changes of one task, oldest first, with the instant (epoch milliseconds) at which each was noticed. */
export const taskHistory = (
  db: Sqlite,
  project: string,
  { source, id }: { source: string; id: string },
): (TaskChange & { at: number })[] =>
  queryRows<Row>(
    db,
    `SELECT source, task_id AS taskId, before, after, at FROM task_changes
     WHERE project = ? AND source = ? AND task_id = ? ORDER BY seq DESC LIMIT 20`,
    project,
    source,
    id,
  )
    .toReversed()
    .map(changeOf);

const maxIds = 10;

/** The tasks that a branch names and that their last logged change closed, in the configured sources. */
export function endedOfBranch(db: Sqlite, project: string, branch: string): TaskChange[] {
  const ids = idsInBranch(branch)
    .slice(0, maxIds)
    .flatMap((id) => [id, `#${id}`]);
  if (ids.length === 0) return [];
  return queryRows<Pick<Row, "source" | "taskId" | "after">>(
    db,
    `SELECT source, task_id AS taskId, after, max(seq) FROM task_changes
     WHERE project = @project AND task_id COLLATE NOCASE IN (SELECT value FROM json_each(@ids)) AND source IN
       (SELECT source FROM task_snapshots WHERE project = @project AND position IS NOT NULL)
     GROUP BY source, task_id`,
    { project, ids: JSON.stringify(ids) },
  )
    .map(({ source, taskId, after }) => {
      return { source, taskId, before: null, after: readState(taskId, after) };
    })
    .filter(({ after }) => after !== null && !isOpenTask(after));
}

/** The final states of tasks that left a list of open tasks, by id, as far as the log goes. Null: unknown. */
export function endedStates(
  db: Sqlite,
  { project, source }: { project: string; source: string },
  tasks: readonly Pick<TaskChange, "taskId">[],
): Map<string, TaskState | null> {
  if (tasks.length === 0) return new Map();
  const rows = queryRows<{ id: string; after: string | null }>(
    db,
    `SELECT task_id AS id, after, max(seq) FROM task_changes
     WHERE project = ? AND source = ? AND task_id IN (SELECT value FROM json_each(?)) GROUP BY task_id`,
    project,
    source,
    JSON.stringify(tasks.map(({ taskId }) => taskId)),
  );
  return new Map(rows.map(({ id, after }) => [id, readState(id, after)]));
}
