// `free` keys: `getStaleEntry` gives expired ones until a cleanup. `context` outlives cleanups.

import { queryRow, run } from "../sqlite/query.ts";
import { writing, type Sqlite } from "../sqlite/sqlite.ts";
import { parseJson } from "../../core/read.ts";
import type { StaleEntry } from "../../core/snapshot.ts";

export type EntryKind = "free" | "context" | "setting";

export const contextKey = (branch: string): string => `context:${branch}`;

export function setEntry(
  db: Sqlite,
  { key, kind, value, ttlMs }: { key: string; kind: EntryKind; value: unknown; ttlMs: number },
  now: number,
): void {
  const put =
    "INSERT OR REPLACE INTO entries (key, kind, value, stored_at, ttl_ms) VALUES (?, ?, ?, ?, ?)";
  writing(db, () => run(db, put, key, kind, JSON.stringify(value), now, ttlMs));
}

/** The value with its age, even if expired; null when the key was never set, or its value is not JSON. */
export function getStaleEntry(db: Sqlite, key: string, now: number): StaleEntry | null {
  const row = queryRow<{ value: string; storedAt: number; ttlMs: number }>(
    db,
    "SELECT value, stored_at AS storedAt, ttl_ms AS ttlMs FROM entries WHERE key = ?",
    key,
  );
  if (row === undefined) return null;
  const ageMs = Math.max(0, now - row.storedAt);
  const value = parseJson(row.value);
  return value === undefined ? null : { value, ageMs, isExpired: ageMs > row.ttlMs };
}

export function getEntry(db: Sqlite, key: string, now: number): unknown {
  const entry = getStaleEntry(db, key, now);
  return entry === null || entry.isExpired ? null : entry.value;
}

export function removeExpiredEntries(db: Sqlite, now: number): number {
  const expired = "DELETE FROM entries WHERE kind = 'free' AND ? - stored_at > ttl_ms";
  return writing(db, () => run(db, expired, now));
}
