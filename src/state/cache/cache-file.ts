// Opens cache.db: to read in a hook, to write in the monitor and the commands. An unusable file is put aside and replaced.

import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { codeOf, SitrepError } from "../../core/errors.ts";
import { migrate, requireSchema } from "./cache-schema.ts";
import {
  isBroken,
  lacksSideFiles,
  openCopy,
  openExisting,
  openForReading,
  openForWriting,
  prepared,
} from "../sqlite/sqlite.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";
import { fileIdentity } from "../files/file-stats.ts";

/** Falls back to a copy in memory if SQLite cannot make its side files, as on a full or read-only disk. */
function orCopy(file: string, open: () => Sqlite): Sqlite {
  try {
    return prepared(open(), requireSchema);
  } catch (error) {
    if (!lacksSideFiles(error)) throw error;
    return prepared(openCopy(file), requireSchema);
  }
}

/** For a hook: read-only, never migrates. Throws `database-missing`, `database-unreadable`, `cache-newer`, or SQLite's error. */
export const openCacheForReading = (file: string, timeoutMs: number): Sqlite =>
  orCopy(file, () => openForReading(file, timeoutMs));

/** As `openCacheForReading` until `allowWriting`, because a second connection would take a millisecond of a hook's time. */
export const openCacheToNote = (file: string, timeoutMs: number): Sqlite =>
  orCopy(file, () => openExisting(file, timeoutMs, "PRAGMA query_only = ON"));

export function allowWriting(db: Sqlite): void {
  db.exec("PRAGMA query_only = OFF");
}

/** For one short write of a hook: never creates or migrates. Throws as `openCacheForReading`. */
export const openCacheForShortWrite = (file: string, timeoutMs: number): Sqlite =>
  prepared(openExisting(file, timeoutMs), requireSchema);

export const openCache = (file: string, timeoutMs = 5000): Sqlite =>
  prepared(openForWriting(file, { timeoutMs, synchronous: "NORMAL" }), (db) => migrate(db));

/** Moves an unusable database with its side files into `quarantine` beside it, in place of an earlier one. */
export function quarantine(file: string): string {
  const slot = join(dirname(file), "quarantine");
  rmSync(slot, { recursive: true, force: true });
  mkdirSync(slot, { recursive: true, mode: 0o700 });
  for (const suffix of ["", "-wal", "-shm"]) {
    if (existsSync(file + suffix)) renameSync(file + suffix, join(slot, basename(file) + suffix));
  }
  return slot;
}

/** As `openCache`; an unusable file is put aside and replaced. `onRebuild` gets the folder that it was moved to. */
export function openOrRebuildCache(file: string, onRebuild: (slot: string) => void): Sqlite {
  try {
    return prepared(openCache(file), (db) => {
      const verdict = String(db.pragma("quick_check(1)", { simple: true }));
      if (verdict !== "ok") throw new SitrepError("database-unreadable", `${file}: ${verdict}`);
    });
  } catch (error) {
    if (!isBroken(error) && codeOf(error) !== "database-unreadable") throw error;
    onRebuild(quarantine(file));
    return openCache(file);
  }
}

/** As `openOrRebuildCache`, with the file's identity. Opens the file again if it was replaced meanwhile. */
export function openIdentifiedCache(
  file: string,
  onRebuild: (slot: string) => void,
): { db: Sqlite; identity: string } {
  for (;;) {
    const identity = fileIdentity(file);
    const db = openOrRebuildCache(file, onRebuild);
    if (fileIdentity(file) === identity) return { db, identity };
    db.close();
  }
}
