// Which schema cache.db has, by `user_version`. Hooks read it; the tables themselves are in migrations.ts, which is no
// part of a hook's bundle.

import { SitrepError } from "../../core/errors.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";

/** What this version reads and writes: the number of migrations. */
export const currentSchema = 4;

/** Throws when the file's schema is not the one that this version reads: `cache-newer` or `database-unreadable`. */
export function requireSchema(db: Sqlite): void {
  const version = schemaVersion(db);
  if (version === currentSchema) return;
  if (version > currentSchema) throw newer(db.name, version);
  throw new SitrepError("database-unreadable", `${db.name} has an older schema (${version}).`, {
    hint: 'Run "sitrep start": the monitor brings it up to date.',
  });
}

export function schemaVersion(db: Sqlite): number {
  return Number(db.pragma("user_version", { simple: true }));
}

export function newer(file: string, version: number): SitrepError {
  return new SitrepError(
    "cache-newer",
    `${file} was written by a newer Sitrep (schema ${version}, this one knows ${currentSchema}).`,
    { hint: 'Install the newer version again, or remove the cache with "sitrep cache clear".' },
  );
}
