// Key/value entries with a time to live: free keys, and project context by branch. An expired free key is absent for
// `get` and still there for `getStale`; context is a last good answer and outlives a cleanup.

import { writing, type Sqlite } from "../sqlite/sqlite.ts";
import { parseJson } from "../../core/read.ts";
import type { StaleEntry } from "../../core/snapshot.ts";

export type EntryKind = "free" | "context" | "setting";

/** Key of what a server says of a project on a branch. */
export function contextKey(project: string, branch: string): string {
  return `context:${project}\n${branch}`;
}

export function setEntry(
  db: Sqlite,
  entry: { key: string; kind: EntryKind; value: unknown; ttlMs: number },
  now: number,
): void {
  writing(db, () =>
    db
      .prepare(
        `INSERT OR REPLACE INTO entries (key, kind, value, stored_at, ttl_ms) VALUES (?, ?, ?, ?, ?)`,
      )
      .run(entry.key, entry.kind, JSON.stringify(entry.value), now, entry.ttlMs),
  );
}

/** The value with its age, however old; null when the key was never set or is not readable JSON. */
export function getStaleEntry(db: Sqlite, key: string, now: number): StaleEntry | null {
  const row = db
    .prepare<[string], { value: string; stored_at: number; ttl_ms: number }>(
      "SELECT value, stored_at, ttl_ms FROM entries WHERE key = ?",
    )
    .get(key);
  if (row === undefined) return null;
  const ageMs = Math.max(0, now - row.stored_at);
  const value = parseJson(row.value);
  return value === undefined ? null : { value, ageMs, isExpired: ageMs > row.ttl_ms };
}

/** The value while it lives, else null. */
export function getEntry(db: Sqlite, key: string, now: number): unknown {
  const entry = getStaleEntry(db, key, now);
  return entry === null || entry.isExpired ? null : entry.value;
}

/** Removes expired free keys; context and settings stay. Returns how many were removed. */
export function removeExpiredEntries(db: Sqlite, now: number): number {
  return writing(
    db,
    () =>
      db.prepare("DELETE FROM entries WHERE kind = 'free' AND ? - stored_at > ttl_ms").run(now)
        .changes,
  );
}
