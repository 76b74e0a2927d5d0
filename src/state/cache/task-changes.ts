// Reads and trims the log of what changed, which each session and each "since" is measured against.

import {
  mostChanges,
  netChanges,
  stateOf,
  type TaskChange,
  type TaskState,
} from "../../core/news/changes.ts";
import { idsInBranch } from "../../core/task/branch-tasks.ts";
import { parseObject } from "../../core/read.ts";
import { isOpenTask, readTask } from "../../core/task/task.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";

function readState(id: string, text: string | null): TaskState | null {
  const task = readTask({ ...parseObject(text), id });
  return task === null ? null : stateOf(task);
}

/** The sequence number of the newest change of any project; 0 before the first. */
export function lastChangeSeq(db: Sqlite): number {
  return db.prepare<[], number | null>("SELECT max(seq) FROM task_changes").pluck().get() ?? 0;
}

export interface ChangeQuery {
  project: string;
  seq: number;
  /** Of these tasks only what came after another change, where that is later. */
  named?: Readonly<Record<string, number>>;
  /** The sessions whose own changes are left out. */
  exceptSessions: readonly (string | null)[];
}

/** The net changes of a project after `seq`, the last `mostChanges` of them. */
export function changesSince(db: Sqlite, query: ChangeQuery): TaskChange[] {
  const { project, seq, named = {}, exceptSessions } = query;
  const rows = db
    .prepare<
      [{ project: string; seq: number; named: string; except: string }],
      {
        source: string;
        task_id: string;
        before: string | null;
        after: string | null;
        back: number | null;
        at: number;
      }
    >(
      `WITH named AS MATERIALIZED (SELECT key AS id, value AS covered FROM json_each(@named))
       SELECT first.source, first.task_id, first.before, last.after, last.at,
         iif(first.before IS NULL, first.after ->> '$.isBack', NULL) AS back FROM (
         SELECT min(seq) AS first, max(seq) AS last FROM task_changes LEFT JOIN named ON named.id = task_id
         WHERE project = @project AND seq > @seq AND seq > coalesce(covered, 0)
           AND (by_session IS NULL OR by_session NOT IN (SELECT value FROM json_each(@except)))
         GROUP BY source, task_id) AS task
       JOIN task_changes AS first ON first.seq = task.first
       JOIN task_changes AS last ON last.seq = task.last
       WHERE first.before IS NOT last.after ORDER BY last.seq DESC LIMIT ${mostChanges}`,
    )
    .all({
      project,
      seq,
      named: JSON.stringify(named),
      except: JSON.stringify(exceptSessions.filter((id) => id !== null)),
    })
    .toReversed();
  return netChanges(
    rows.map((row) => ({
      source: row.source,
      taskId: row.task_id,
      before: readState(row.task_id, row.before),
      after: readState(row.task_id, row.after),
      ...(row.back === null ? {} : { isBack: true }),
      at: row.at,
    })),
  );
}

/** What happened to one task, the oldest first, with the instant (epoch milliseconds) at which it was noticed. */
export const taskHistory = (
  db: Sqlite,
  project: string,
  { source, id }: { source: string; id: string },
): (TaskChange & { at: number })[] =>
  db
    .prepare<[string, string, string], { at: number; before: string | null; after: string | null }>(
      `SELECT at, before, after FROM task_changes WHERE project = ? AND source = ? AND task_id = ?
       ORDER BY seq DESC LIMIT 20`,
    )
    .all(project, source, id)
    .toReversed()
    .map((row) => ({
      source,
      taskId: id,
      at: row.at,
      before: readState(id, row.before),
      after: readState(id, row.after),
    }));

const mostIds = 10;

/** The tasks named by a branch whose last change ended them, as far as the log goes; of the configured sources. */
export function endedOfBranch(db: Sqlite, project: string, branch: string): TaskChange[] {
  const ids = idsInBranch(branch)
    .slice(0, mostIds)
    .flatMap((id) => [id, `#${id}`]);
  if (ids.length === 0) return [];
  const rows = db
    .prepare<string[], { source: string; task_id: string; after: string | null }>(
      `SELECT source, task_id, after, max(seq) FROM task_changes
       WHERE project = ? AND task_id COLLATE NOCASE IN (${ids.map(() => "?").join(", ")}) AND source IN
         (SELECT source FROM task_snapshots WHERE project = ? AND position IS NOT NULL)
       GROUP BY source, task_id`,
    )
    .all(project, ...ids, project);
  return rows
    .map(({ source, task_id: taskId, after }) => {
      return { source, taskId, before: null, after: readState(taskId, after) };
    })
    .filter(({ after }) => after !== null && !isOpenTask(after));
}

/**
 * How those of `tasks` ended that did, as far as the log goes, by id: the list holds only what is open. Null: it left the list
 * for a reason that is not known.
 */
export function endedStates(
  db: Sqlite,
  { project, source }: { project: string; source: string },
  tasks: readonly Pick<TaskChange, "taskId">[],
): Map<string, TaskState | null> {
  if (tasks.length === 0) return new Map();
  const rows = db
    .prepare<[string, string, string], { id: string; after: string | null }>(
      `SELECT task_id AS id, after, max(seq) FROM task_changes
       WHERE project = ? AND source = ? AND task_id IN (SELECT value FROM json_each(?)) GROUP BY task_id`,
    )
    .all(project, source, JSON.stringify(tasks.map(({ taskId }) => taskId)));
  return new Map(rows.map(({ id, after }) => [id, readState(id, after)]));
}

/** Removes changes older than `before` (epoch milliseconds). Returns how many. */
export function trimChanges(db: Sqlite, before: number): number {
  return db.prepare("DELETE FROM task_changes WHERE at < ?").run(before).changes;
}
