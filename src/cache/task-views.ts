// Reads what a brief shows of each source: its state, its counts and the few tasks that can come first. The cost does
// not grow with the number of tasks.

import type { SourceView } from "../core/brief/source-lines.ts";
import { idsInBranch } from "../core/ranking.ts";
import { parseObject, readNumber, readString } from "../core/read.ts";
import { freshness } from "../core/snapshot.ts";
import type { Failure, FreshnessLimits } from "../core/snapshot.ts";
import { countByStatus, taskStatuses } from "../core/task.ts";
import type { Task, TaskCounts } from "../core/task.ts";
import { readTask } from "../core/task-json.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";

interface SnapshotRow {
  id: number;
  source: string;
  fetched_at: number | null;
  counts: string;
  failure: string | null;
}

/** The failure in a row's JSON text, or null. */
export function readFailure(text: string | null): Failure | null {
  const from = text === null ? null : parseObject(text);
  const code = readString(from?.["code"]);
  const at = readNumber(from?.["at"]);
  if (from === null || code === undefined || at === undefined) return null;
  return {
    code,
    at,
    count: readNumber(from["count"]) ?? 1,
    nextTryAt: readNumber(from["nextTryAt"]) ?? at,
  };
}

function readCounts(text: string): TaskCounts {
  const from = parseObject(text);
  const counts = countByStatus([]);
  for (const status of taskStatuses) counts[status] = Math.max(0, readNumber(from?.[status]) ?? 0);
  return counts;
}

/** A list this short is read whole. */
const shortList = 60;
const dueWithinMs = 5 * 86_400_000;

const candidateQueries = {
  all: "SELECT value FROM tasks WHERE snapshot = ? LIMIT 100",
  started:
    "SELECT value FROM tasks WHERE snapshot = ? AND status = 'in_progress' ORDER BY priority_rank, created_at LIMIT 20",
  waiting:
    "SELECT value FROM tasks WHERE snapshot = ? AND status = 'pending' ORDER BY priority_rank, created_at LIMIT 20",
  blocked:
    "SELECT value FROM tasks WHERE snapshot = ? AND status = 'blocked' ORDER BY priority_rank, created_at LIMIT 5",
  due: "SELECT value FROM tasks WHERE snapshot = ? AND due_at <= ? ORDER BY due_at LIMIT 20",
  branch: "SELECT value FROM tasks WHERE snapshot = ? AND branch = ? LIMIT 5",
};

function candidateValues(
  db: Sqlite,
  snapshot: number,
  pending: number,
  context: { branch: string | null; now: number },
): string[] {
  const values = (sql: string, ...parameters: (string | number)[]): string[] =>
    db
      .prepare<(string | number)[], string>(sql)
      .pluck()
      .all(snapshot, ...parameters);
  if (pending <= shortList) return values(candidateQueries.all);
  const found = [
    ...values(candidateQueries.started),
    ...values(candidateQueries.due, context.now + dueWithinMs),
    ...values(candidateQueries.waiting),
    ...values(candidateQueries.blocked),
  ];
  if (context.branch !== null) {
    found.push(...values(candidateQueries.branch, context.branch));
    const ids = idsInBranch(context.branch).slice(0, 10);
    const marks = ids.map(() => "?").join(", ");
    const byId = `SELECT value FROM tasks WHERE snapshot = ? AND id COLLATE NOCASE IN (${marks})`;
    if (ids.length > 0) found.push(...values(byId, ...ids));
  }
  return [...new Set(found)];
}

export interface ViewContext {
  project: string;
  branch: string | null;
  /** Epoch milliseconds. */
  now: number;
  limits: FreshnessLimits;
}

/** The configured sources of a project in their order. Rows of another shape are left out. */
export function readSourceViews(db: Sqlite, context: ViewContext): SourceView[] {
  const rows = db
    .prepare<[string], SnapshotRow>(
      `SELECT id, source, fetched_at, counts, failure FROM task_snapshots
       WHERE project = ? AND position IS NOT NULL ORDER BY position`,
    )
    .all(context.project);
  return rows.map((row) => {
    const counts = readCounts(row.counts);
    const snapshot = row.fetched_at === null ? null : { fetchedAt: row.fetched_at };
    const pending = counts.pending + counts.in_progress + counts.blocked;
    const tasks: Task[] = candidateValues(db, row.id, pending, context)
      .map((value) => readTask(parseObject(value)))
      .filter((task) => task !== null);
    return {
      source: row.source,
      freshness: freshness(snapshot, context.limits, context.now),
      fetchedAt: row.fetched_at,
      failure: readFailure(row.failure),
      counts,
      tasks,
    };
  });
}

/** For each configured source of a project, the code of its present failure, or null. */
export function readSourceFailures(db: Sqlite, project: string): Record<string, string | null> {
  const rows = db
    .prepare<[string], { source: string; failure: string | null }>(
      `SELECT source, failure FROM task_snapshots
       WHERE project = ? AND position IS NOT NULL ORDER BY position`,
    )
    .all(project);
  const failures: Record<string, string | null> = {};
  for (const row of rows) failures[row.source] = readFailure(row.failure)?.code ?? null;
  return failures;
}
