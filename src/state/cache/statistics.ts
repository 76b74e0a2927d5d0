import { handoffKeptMs } from "../../core/handoff/handoff.ts";
import { removeOldNotices } from "./discovery-notices.ts";
import { removeExpiredEntries } from "./cache-entries.ts";
import { run, queryValue } from "../sqlite/query.ts";
import { writing, type Sqlite } from "../sqlite/sqlite.ts";

/** Entries are responses, git states and keys together. `bytes` counts their values, `fileBytes` the database. */
export interface CacheStatistics {
  entries: number;
  bytes: number;
  valid: number;
  expired: number;
  tasks: number;
  changes: number;
  sessions: number;
  fileBytes: number;
}

/** Older rows are removed. Older changes are not reported, and a working tree that is used again is read again. */
export const keptDays = {
  changes: 14,
  deliveries: 14,
  sessions: 30,
  git: 14,
  projects: 90,
} as const;

const day = 86_400_000;

/** The most rows of each table, whatever their age: table, key, order, number. Scripts may start a thousand sessions a day. */
export const maxRows = [
  ["sessions", "id", "last_seen", 2000],
  ["deliveries", "id", "id", 4000],
  ["task_changes", "seq", "seq", 20_000],
  ["projects", "path", "last_seen", 500],
  ["git_states", "worktree", "read_at", 500],
] as const;

/** `ttls`: times to live, in milliseconds, of responses and git states, whose rows have none. */
export function readStatistics(
  db: Sqlite,
  { tasksMs, gitMs }: { tasksMs: number; gitMs: number },
  now: number,
): CacheStatistics {
  const number = (sql: string, ...values: number[]): number =>
    queryValue<number | null>(db, `SELECT ${sql}`, ...values) ?? 0;
  const entries =
    number("count(*) FROM task_snapshots WHERE fetched_at IS NOT NULL") +
    number("count(*) FROM git_states WHERE value IS NOT NULL") +
    number("count(*) FROM entries WHERE kind <> 'setting'");
  const expired =
    number("count(*) FROM task_snapshots WHERE ? - fetched_at > ?", now, tasksMs) +
    number("count(*) FROM git_states WHERE ? - read_at > ?", now, gitMs) +
    number("count(*) FROM entries WHERE kind <> 'setting' AND ? - stored_at > ttl_ms", now);
  const size = "sum(length(CAST(value AS BLOB)))";
  return {
    entries,
    bytes:
      number(`${size} FROM tasks`) +
      number(`${size} FROM git_states`) +
      number(`${size} FROM entries WHERE kind <> 'setting'`),
    valid: entries - expired,
    expired,
    tasks: number("count(*) FROM tasks"),
    changes: number("count(*) FROM task_changes"),
    sessions: number("count(*) FROM sessions"),
    fileBytes: number("page_count * page_size FROM pragma_page_count, pragma_page_size"),
  };
}

function removeBeyond(db: Sqlite): number {
  return maxRows
    .map(([table, key, order, most]) => {
      const latest = `SELECT ${key} FROM ${table} ORDER BY ${order} DESC LIMIT -1 OFFSET ?`;
      return run(db, `DELETE FROM ${table} WHERE ${key} IN (${latest})`, most);
    })
    .reduce((sum, changes) => sum + changes, 0);
}

/** Removes old rows. The last good response of a project in use stays, whatever its age. Returns the number of rows removed. */
export function cleanUp(db: Sqlite, now: number): number {
  const keys = removeExpiredEntries(db, now) + removeOldNotices(db, now - keptDays.projects * day);
  return writing(db, () => {
    const remove = (where: string, keptMs: number): number =>
      run(db, `DELETE FROM ${where} < ?`, now - keptMs);
    return (
      keys +
      remove("task_changes WHERE at", keptDays.changes * day) +
      remove("sessions WHERE last_seen", keptDays.sessions * day) +
      remove("deliveries WHERE at", keptDays.deliveries * day) +
      remove("handoffs WHERE at", handoffKeptMs) +
      remove("projects WHERE last_seen", keptDays.projects * day) +
      remove(
        "git_states WHERE worktree NOT IN (SELECT worktree FROM sessions) AND coalesce(read_at, 0)",
        keptDays.git * day,
      ) +
      removeBeyond(db) +
      remove(
        `task_snapshots WHERE (position IS NULL OR project NOT IN (SELECT path FROM projects))
         AND coalesce(fetched_at, 0)`,
        keptDays.projects * day,
      )
    );
  });
}

/** Removes all responses, keys, sessions and changes, but not settings and the list of sources. Returns rows removed or emptied. */
export function clearCache(db: Sqlite): number {
  return writing(db, () => {
    // Configured sources stay without a response, so that they are shown as not read yet.
    const empty = `UPDATE task_snapshots SET fetched_at = NULL, counts = '{}', failure = NULL, notes = NULL
      WHERE position IS NOT NULL`;
    const removed = [
      "tasks",
      "task_snapshots WHERE position IS NULL",
      "task_changes",
      "git_states",
      "sessions",
      "deliveries",
      "handoffs",
      "requests",
      "entries WHERE kind <> 'setting'",
    ].map((what) => run(db, `DELETE FROM ${what}`));
    return removed.reduce((sum, changes) => sum + changes, run(db, empty));
  });
}
