// Key/value entries with a time to live. `free` keys: an expired one is absent for `getEntry`, and still there for
// `getStaleEntry` until a cleanup. `context`: the last good answer about a branch, which outlives cleanups, as do settings.

import { writing, type Sqlite } from "../sqlite/sqlite.ts";
import { parseJson } from "../../core/read.ts";
import type { StaleEntry } from "../../core/snapshot.ts";

export type EntryKind = "free" | "context" | "setting";

/** The key of what a server says of a project on a branch. */
export function contextKey(project: string, branch: string): string {
  return `context:${project}\n${branch}`;
}

export function setEntry(
  db: Sqlite,
  { key, kind, value, ttlMs }: { key: string; kind: EntryKind; value: unknown; ttlMs: number },
  now: number,
): void {
  const put = db.prepare(
    "INSERT OR REPLACE INTO entries (key, kind, value, stored_at, ttl_ms) VALUES (?, ?, ?, ?, ?)",
  );
  writing(db, () => put.run(key, kind, JSON.stringify(value), now, ttlMs));
}

/** The value with its age, even if expired; null when the key was never set, or its value is not JSON. */
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

/** The value until it expires, else null. */
export function getEntry(db: Sqlite, key: string, now: number): unknown {
  const entry = getStaleEntry(db, key, now);
  return entry === null || entry.isExpired ? null : entry.value;
}

/** Removes expired free keys. Returns how many. */
export function removeExpiredEntries(db: Sqlite, now: number): number {
  const remove = db.prepare("DELETE FROM entries WHERE kind = 'free' AND ? - stored_at > ttl_ms");
  return writing(db, () => remove.run(now).changes);
}
