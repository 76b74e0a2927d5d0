// Writes the last good answer of each source as rows, what changed from one to the next, and its failures.

import { personKey } from "../../core/task/identity.ts";
import { countByStatus, isOpenTask, priorityRank, type Task } from "../../core/task/task.ts";
import { writing, type Sqlite } from "../sqlite/sqlite.ts";
import { diffTasks } from "../../core/news/changes.ts";
import type { AnswerNotes } from "../../core/ports.ts";
import { readFailure, type Failure } from "../../core/snapshot.ts";
import { parseObject, readObject } from "../../core/read.ts";
import { noteFailure } from "./last-failures.ts";
import { endedStates } from "./task-changes.ts";
import { tasksIn } from "./source-views.ts";

/** The tasks of a snapshot as they are stored, JSON by id. */
function storedValues(db: Sqlite, snapshot: number): Map<string, string> {
  const rows = db
    .prepare<[number], { id: string; value: string }>(
      "SELECT id, value FROM tasks WHERE snapshot = ?",
    )
    .all(snapshot);
  return new Map(rows.map((row) => [row.id, row.value]));
}

/** Makes the rows of a snapshot those of `tasks`; what is `stored` already is not written again. */
function replaceTasks(
  db: Sqlite,
  snapshot: number,
  stored: Map<string, string>,
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
      task.createdAt ?? "~",
      task.branch ?? null,
      task.assignees[0] === undefined ? null : personKey(task.assignees[0]),
      value,
    );
  }
  const remove = db.prepare("DELETE FROM tasks WHERE snapshot = ? AND id = ?");
  for (const id of left) remove.run(snapshot, id);
}

/** All that an answer depends on. Two keys never share a row. */
export interface SnapshotKey {
  /** Real path of the project's main worktree. */
  project: string;
  /** The configured name of the source. */
  source: string;
  /** The server's origin, or the file of an embedded store. */
  origin: string;
  /** The user or client that asked; empty where there is no sign-in. */
  subject: string;
  query: string;
}

/** A complete good answer. */
export interface TaskAnswer {
  tasks: readonly Task[];
  /** Tasks that left the list, in their last state, where the source could say it. */
  ended: readonly Task[];
  /** Null where it says nothing else. */
  notes: AnswerNotes | null;
  /** Epoch milliseconds at which the answer was complete. */
  at: number;
  /** The session whose own command made the changes, if one did. */
  bySession: string | null;
}

const keyColumns = (key: SnapshotKey): [string, string, string, string, string] => [
  key.project,
  key.source,
  key.origin,
  key.subject,
  key.query,
];

type SnapshotRow = { id: number; fetched_at: number | null; fallback: number; counts: string };

function ensureSnapshot(db: Sqlite, key: SnapshotKey): SnapshotRow {
  const columns = keyColumns(key);
  db.prepare(
    `INSERT INTO task_snapshots (project, source, origin, subject, query, fallback, counts)
     VALUES (?, ?, ?, ?, ?, 0, '{}') ON CONFLICT DO NOTHING`,
  ).run(...columns);
  const row = db
    .prepare<string[], SnapshotRow>(
      `SELECT id, fetched_at, fallback, counts FROM task_snapshots
       WHERE project = ? AND source = ? AND origin = ? AND subject = ? AND query = ?`,
    )
    .get(...columns);
  if (row === undefined) throw new Error("a snapshot row was not inserted");
  return row;
}

function recordChanges(
  db: Sqlite,
  key: SnapshotKey,
  stored: Map<string, string>,
  answer: TaskAnswer,
): void {
  const before = tasksIn(stored.values());
  const insert = db.prepare(
    `INSERT INTO task_changes (project, source, task_id, before, after, at, by_session)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const changes = diffTasks(key.source, before, [...answer.tasks, ...answer.ended]);
  const arrived = changes.filter((change) => change.before === null);
  const ends = endedStates(db, key, arrived);
  for (const change of changes) {
    const earlier = change.before ?? ends.get(change.taskId) ?? null;
    // Whoever did not hear that it left reads of no change; whoever did, that it is back.
    const isBack = earlier === null && ends.has(change.taskId);
    insert.run(
      key.project,
      key.source,
      change.taskId,
      earlier === null ? null : JSON.stringify(earlier),
      change.after === null
        ? null
        : JSON.stringify(isBack ? { ...change.after, isBack } : change.after),
      answer.at,
      answer.bySession,
    );
  }
}

/** The ids that the stored answer has: what a caller compares a new answer with. */
export function storedTaskIds(db: Sqlite, key: SnapshotKey): string[] {
  return db
    .prepare<string[], string>(
      `SELECT tasks.id FROM tasks JOIN task_snapshots AS s ON s.id = tasks.snapshot
       WHERE s.project = ? AND s.source = ? AND s.origin = ? AND s.subject = ? AND s.query = ?`,
    )
    .pluck()
    .all(...keyColumns(key));
}

const mostPeople = 500;

/** How many tasks each person has; 0 for those who had some, so that a person is known who has none left. */
function countPeople(tasks: readonly Task[], before: string): Record<string, number> {
  const earlier = Object.keys(readObject(parseObject(before)?.["people"]) ?? {});
  const people = new Map<string, number>();
  for (const name of tasks.flatMap(({ assignees }) => assignees))
    people.set(name, (people.get(name) ?? 0) + 1);
  for (const name of earlier) if (!people.has(name)) people.set(name, 0);
  return Object.fromEntries([...people].slice(0, mostPeople));
}

/** Replaces the last good answer by this one, and notes what changed. An empty list is an answer too. */
export function saveAnswer(db: Sqlite, key: SnapshotKey, answer: TaskAnswer): void {
  const tasks = answer.tasks.filter(isOpenTask);
  writing(db, () => {
    const snapshot = ensureSnapshot(db, key);
    const stored = storedValues(db, snapshot.id);
    // What changes in a fallback is no news: it stands for tasks that are known from elsewhere.
    const isNews = snapshot.fetched_at !== null && snapshot.fallback === 0;
    if (isNews) recordChanges(db, key, stored, { ...answer, tasks });
    replaceTasks(db, snapshot.id, stored, tasks);
    db.prepare(
      "UPDATE task_snapshots SET fetched_at = ?, counts = ?, notes = ?, failure = NULL WHERE id = ?",
    ).run(
      answer.at,
      JSON.stringify({ ...countByStatus(tasks), people: countPeople(tasks, snapshot.counts) }),
      answer.notes === null ? null : JSON.stringify(answer.notes),
      snapshot.id,
    );
  });
}

/** Notes that a refresh failed. The last good answer stays as it is. */
export function saveFailure(db: Sqlite, key: SnapshotKey, failure: Failure): void {
  writing(db, () => {
    const { id } = ensureSnapshot(db, key);
    db.prepare("UPDATE task_snapshots SET failure = ? WHERE id = ?").run(
      JSON.stringify(failure),
      id,
    );
  });
  noteFailure(db, key, failure);
}

/** The failure since the last good answer, or null. */
export function readSnapshotFailure(db: Sqlite, key: SnapshotKey): Failure | null {
  const text = db
    .prepare<string[], string | null>(
      `SELECT failure FROM task_snapshots
       WHERE project = ? AND source = ? AND origin = ? AND subject = ? AND query = ?`,
    )
    .pluck()
    .get(...keyColumns(key));
  return readFailure(parseObject(text ?? null));
}

/** The projects that have a failed source whose next try has come. */
export const projectsToRetry = (db: Sqlite, now: number): string[] =>
  db
    .prepare<[number], string>(
      `SELECT DISTINCT project FROM task_snapshots
       WHERE position IS NOT NULL AND failure IS NOT NULL AND json_extract(failure, '$.nextTryAt') <= ?`,
    )
    .pluck()
    .all(now);

/** No project shows the answers of this source any more, until it is configured again. */
export function dropSource(db: Sqlite, source: string): void {
  db.prepare("UPDATE task_snapshots SET position = NULL WHERE source = ?").run(source);
}

/**
 * Sets which sources a project has now, in their order; answers of others are kept and no longer shown. `isPart`: these
 * are not all of them, and a project that has sources keeps those.
 */
export function configureSources(
  db: Sqlite,
  project: string,
  places: readonly { key: SnapshotKey; isFallback: boolean }[],
  isPart = false,
): void {
  const current = db.prepare<[string], { id: number; fallback: number }>(
    "SELECT id, fallback FROM task_snapshots WHERE project = ? AND position IS NOT NULL ORDER BY position",
  );
  writing(db, () => {
    const rows = places.map(({ key, isFallback }) => ({
      id: ensureSnapshot(db, key).id,
      fallback: isFallback ? 1 : 0,
    }));
    const before = current.all(project);
    if (JSON.stringify(before) === JSON.stringify(rows) || (isPart && before.length > 0)) return;
    db.prepare("UPDATE task_snapshots SET position = NULL WHERE project = ?").run(project);
    const place = db.prepare("UPDATE task_snapshots SET position = ?, fallback = ? WHERE id = ?");
    for (const [position, { id, fallback }] of rows.entries()) place.run(position, fallback, id);
  });
}
