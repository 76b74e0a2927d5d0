// What the cache holds, and the two ways to make it hold less.

import { handoffKeptMs } from "../../core/handoff/handoff.ts";
import { trimChanges } from "./task-changes.ts";
import { removeExpiredEntries } from "./entries.ts";
import { writing, type Sqlite } from "../sqlite/sqlite.ts";

/** Entries are answers, git states and keys together. Bytes are of their values, `fileBytes` of the database. */
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

/** Older rows go. A session is told no older change; a working tree that nobody has worked in is read anew when somebody does. */
export const keptDays = {
  changes: 14,
  deliveries: 14,
  sessions: 30,
  git: 14,
  projects: 90,
} as const;

const day = 86_400_000;

/** Whatever their age: rows of each table, the latest of them. Scripts may begin a thousand sessions a day. */
export const mostRows = [
  ["sessions", "id", "last_seen", 2000],
  ["deliveries", "id", "id", 4000],
  ["task_changes", "seq", "seq", 20_000],
  ["projects", "path", "last_seen", 500],
  ["git_states", "worktree", "read_at", 500],
] as const;

/** `ttls`: times to live, in milliseconds, of the answers that carry none themselves. */
export function readStatistics(
  db: Sqlite,
  ttls: { tasksMs: number; gitMs: number },
  now: number,
): CacheStatistics {
  const number = (sql: string, ...parameters: number[]): number => {
    const statement = db.prepare<number[]>(sql).pluck();
    return Number(statement.get(...parameters) ?? 0);
  };
  const answers = number("SELECT count(*) FROM task_snapshots WHERE fetched_at IS NOT NULL");
  const gits = number("SELECT count(*) FROM git_states WHERE value IS NOT NULL");
  const keys = number("SELECT count(*) FROM entries WHERE kind <> 'setting'");
  const expired =
    number("SELECT count(*) FROM task_snapshots WHERE ? - fetched_at > ?", now, ttls.tasksMs) +
    number("SELECT count(*) FROM git_states WHERE ? - read_at > ?", now, ttls.gitMs) +
    number("SELECT count(*) FROM entries WHERE kind <> 'setting' AND ? - stored_at > ttl_ms", now);
  const entries = answers + gits + keys;
  return {
    entries,
    bytes:
      number("SELECT sum(length(CAST(value AS BLOB))) FROM tasks") +
      number("SELECT sum(length(CAST(value AS BLOB))) FROM git_states") +
      number("SELECT sum(length(CAST(value AS BLOB))) FROM entries WHERE kind <> 'setting'"),
    valid: entries - expired,
    expired,
    tasks: number("SELECT count(*) FROM tasks"),
    changes: number("SELECT count(*) FROM task_changes"),
    sessions: number("SELECT count(*) FROM sessions"),
    fileBytes:
      number("SELECT page_count FROM pragma_page_count") *
      number("SELECT page_size FROM pragma_page_size"),
  };
}

/** Removes all but the latest rows of each table. Returns how many. */
function removeBeyond(db: Sqlite): number {
  return mostRows
    .map(([table, key, order, most]) => {
      const latest = `SELECT ${key} FROM ${table} ORDER BY ${order} DESC LIMIT -1 OFFSET ?`;
      return db.prepare(`DELETE FROM ${table} WHERE ${key} IN (${latest})`).run(most).changes;
    })
    .reduce((sum, changes) => sum + changes, 0);
}

/**
 * Removes what nobody will ask for again: expired free keys, old changes, sessions and projects out of use, answers of
 * sources no longer configured. The last good answer of a project in use is kept, however old. Returns rows removed.
 */
export function cleanUp(db: Sqlite, now: number): number {
  const keys = removeExpiredEntries(db, now);
  return writing(db, () => {
    const remove = (sql: string, before: number): number => db.prepare(sql).run(before).changes;
    return (
      keys +
      trimChanges(db, now - keptDays.changes * day) +
      remove("DELETE FROM sessions WHERE last_seen < ?", now - keptDays.sessions * day) +
      remove("DELETE FROM deliveries WHERE at < ?", now - keptDays.deliveries * day) +
      remove("DELETE FROM handoffs WHERE at < ?", now - handoffKeptMs) +
      remove("DELETE FROM projects WHERE last_seen < ?", now - keptDays.projects * day) +
      remove(
        `DELETE FROM git_states WHERE coalesce(read_at, 0) < ? AND worktree NOT IN (SELECT worktree FROM sessions)`,
        now - keptDays.git * day,
      ) +
      removeBeyond(db) +
      remove(
        `DELETE FROM task_snapshots WHERE (position IS NULL OR project NOT IN (SELECT path FROM projects))
         AND coalesce(fetched_at, 0) < ?`,
        now - keptDays.projects * day,
      )
    );
  });
}

/** Removes every answer, key, session and change. Settings stay, and which sources there are. Returns rows removed or emptied. */
export function clearCache(db: Sqlite): number {
  return writing(db, () => {
    // A source that is not read yet is said to be so: one that is not there is not missed.
    const emptied = db.prepare(
      `UPDATE task_snapshots SET fetched_at = NULL, counts = '{}', failure = NULL, notes = NULL WHERE position IS NOT NULL`,
    );
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
    ].map((what) => db.prepare(`DELETE FROM ${what}`).run().changes);
    return removed.reduce((sum, changes) => sum + changes, emptied.run().changes);
  });
}
