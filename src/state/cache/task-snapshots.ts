import type { ResponseNotes } from "../../core/ports.ts";
import { parseObject, readObject } from "../../core/read.ts";
import { readFailure, type Failure } from "../../core/snapshot.ts";
import { countByStatus, isOpenTask, type Task } from "../../core/task/task.ts";
import { queryRow, queryRows, run, queryValues } from "../sqlite/query.ts";
import { writing, type Sqlite } from "../sqlite/sqlite.ts";
import { noteFailure } from "./last-failures.ts";
import { countRefresh } from "./refresh-counts.ts";
import { recordChanges, replaceTasks, storedValues, type ReceivedTasks } from "./task-rows.ts";

/** Everything that a response depends on. Two keys never share a row. */
export interface SnapshotKey {
  project: string;
  source: string;
  origin: string;
  subject: string;
}

export interface TaskResponse extends ReceivedTasks {
  notes: ResponseNotes | null;
}

interface SnapshotRow {
  id: number;
  fetched_at: number | null;
  fallback: number;
  counts: string;
  failure: string | null;
}

const findSnapshot = (db: Sqlite, key: SnapshotKey): SnapshotRow | undefined =>
  queryRow(
    db,
    `SELECT id, fetched_at, fallback, counts, failure FROM task_snapshots
     WHERE project = @project AND source = @source AND origin = @origin AND subject = @subject`,
    key,
  );

function ensureSnapshot(db: Sqlite, key: SnapshotKey): SnapshotRow {
  const insert = `INSERT INTO task_snapshots (project, source, origin, subject, fallback, counts)
    VALUES (@project, @source, @origin, @subject, 0, '{}') ON CONFLICT DO NOTHING`;
  run(db, insert, key);
  const row = findSnapshot(db, key);
  if (row === undefined) throw new Error("a snapshot row was not inserted");
  return row;
}

export const storedTaskIds = (db: Sqlite, key: SnapshotKey): string[] =>
  queryValues(db, "SELECT id FROM tasks WHERE snapshot = ?", findSnapshot(db, key)?.id ?? 0);

const maxPeople = 500;

/** The number of tasks by person. A person without tasks stays, with 0, so that the name remains known. */
function countPeople(tasks: readonly Task[], before: string): Record<string, number> {
  const earlier = Object.keys(readObject(parseObject(before)?.["people"]) ?? {});
  const people = new Map<string, number>();
  for (const name of tasks.flatMap(({ assignees }) => assignees))
    people.set(name, (people.get(name) ?? 0) + 1);
  for (const name of earlier) if (!people.has(name)) people.set(name, 0);
  return Object.fromEntries([...people].slice(0, maxPeople));
}

/** Replaces the last good response, and notes what changed. An empty list is a response too. */
export function saveResponse(db: Sqlite, key: SnapshotKey, response: TaskResponse): void {
  const tasks = response.tasks.filter(isOpenTask);
  writing(db, () => {
    const snapshot = ensureSnapshot(db, key);
    const stored = storedValues(db, snapshot.id);
    // A change in a fallback is not news, because its tasks replace those of other sources.
    const isNews = snapshot.fetched_at !== null && snapshot.fallback === 0;
    if (isNews) recordChanges(db, key, stored, { ...response, tasks });
    replaceTasks(db, snapshot.id, stored, tasks);
    const people = countPeople(tasks, snapshot.counts);
    run(
      db,
      "UPDATE task_snapshots SET fetched_at = ?, counts = ?, notes = ?, failure = NULL WHERE id = ?",
      response.at,
      JSON.stringify({ ...countByStatus(tasks), people }),
      response.notes === null ? null : JSON.stringify(response.notes),
      snapshot.id,
    );
    countRefresh(db, key, false, response.at);
  });
}

export function saveFailure(db: Sqlite, key: SnapshotKey, failure: Failure): void {
  writing(db, () => {
    const { id } = ensureSnapshot(db, key);
    run(db, "UPDATE task_snapshots SET failure = ? WHERE id = ?", JSON.stringify(failure), id);
    countRefresh(db, key, true, failure.at);
  });
  noteFailure(db, key, failure);
}

/** The failure since the last good response, or null. */
export const readSnapshotFailure = (db: Sqlite, key: SnapshotKey): Failure | null =>
  readFailure(parseObject(findSnapshot(db, key)?.failure ?? null));

export const projectsToRetry = (db: Sqlite, now: number): string[] =>
  queryValues(
    db,
    `SELECT DISTINCT project FROM task_snapshots
     WHERE position IS NOT NULL AND failure IS NOT NULL AND json_extract(failure, '$.nextTryAt') <= ?`,
    now,
  );

/** Stops showing the responses of this source in any project, until it is configured again. */
export function dropSource(db: Sqlite, source: string): void {
  run(db, "UPDATE task_snapshots SET position = NULL WHERE source = ?", source);
}

/** Sets the sources that a project shows, in order. `isPart`: there may be more, so a project with sources keeps them. */
export function configureSources(
  db: Sqlite,
  project: string,
  places: readonly { key: SnapshotKey; isFallback: boolean }[],
  isPart = false,
): void {
  const current =
    "SELECT id, fallback FROM task_snapshots WHERE project = ? AND position IS NOT NULL ORDER BY position";
  writing(db, () => {
    const rows = places.map(({ key, isFallback }) => ({
      id: ensureSnapshot(db, key).id,
      fallback: Number(isFallback),
    }));
    const before = queryRows(db, current, project);
    if (JSON.stringify(before) === JSON.stringify(rows) || (isPart && before.length > 0)) return;
    run(db, "UPDATE task_snapshots SET position = NULL WHERE project = ?", project);
    const place = "UPDATE task_snapshots SET position = ?, fallback = ? WHERE id = ?";
    for (const [position, { id, fallback }] of rows.entries())
      run(db, place, position, fallback, id);
  });
}
