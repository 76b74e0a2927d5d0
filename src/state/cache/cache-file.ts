// Opens cache.db: to read in a hook, to write in the monitor and the commands, and anew when the file is beyond use.

import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { codeOf, SitrepError } from "../../core/errors.ts";
import { migrate, requireSchema } from "./schema.ts";
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
import { fileIdentity } from "../files/file-identity.ts";

/** What can be read is read, also where a full or read-only disk leaves SQLite no room for its side files. */
function orCopy(file: string, open: () => Sqlite): Sqlite {
  try {
    return prepared(open(), requireSchema);
  } catch (error) {
    if (!lacksSideFiles(error)) throw error;
    return prepared(openCopy(file), requireSchema);
  }
}

/** For a hook: read-only, never migrates. Throws `database-missing`, `database-unreadable`, `cache-newer`, or SQLite's own. */
export const openCacheForReading = (file: string, timeoutMs: number): Sqlite =>
  orCopy(file, () => openForReading(file, timeoutMs));

/**
 * For a hook that reads and, at its end, notes one thing: read-only until `allowWriting`, on one connection, because a
 * second one costs a hook a millisecond. Never creates or migrates. Errors as `openCacheForReading`.
 */
export const openCacheToNote = (file: string, timeoutMs: number): Sqlite =>
  orCopy(file, () => openExisting(file, timeoutMs, "PRAGMA query_only = ON"));

/** Ends the read-only part of a connection of `openCacheToNote`. */
export function allowWriting(db: Sqlite): void {
  db.exec("PRAGMA query_only = OFF");
}

/** For a hook's one short write: never creates or migrates. Errors as `openCacheForReading`. */
export function openCacheForShortWrite(file: string, timeoutMs: number): Sqlite {
  return prepared(openExisting(file, timeoutMs), requireSchema);
}

/** For the monitor and the commands: creates and migrates. */
export function openCache(file: string, timeoutMs = 5000): Sqlite {
  return prepared(openForWriting(file, { timeoutMs, synchronous: "NORMAL" }), migrate);
}

/** Moves a broken database with its side files into one quarantine slot beside it; an earlier one is replaced. */
export function quarantine(file: string): string {
  const slot = join(dirname(file), "quarantine");
  rmSync(slot, { recursive: true, force: true });
  mkdirSync(slot, { recursive: true, mode: 0o700 });
  for (const suffix of ["", "-wal", "-shm"]) {
    if (existsSync(file + suffix)) renameSync(file + suffix, join(slot, basename(file) + suffix));
  }
  return slot;
}

/** As `openCache`; a file beyond use is put aside and made anew. `onRebuild` gets the folder that the old one is in. */
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

/**
 * As `openOrRebuildCache`, with the file's identity, so that another that is put in its place later can be told. Where one is
 * put there just now, or made, nobody knows which of the two was opened: it is opened again.
 */
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
