// Opens SQLite databases. Known dangers: https://sqlite.org/howtocorrupt.html, and a FIFO, which blocks `open`.

import { closeSync, mkdirSync, openSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { SitrepError, codeOf } from "../../core/errors.ts";
import { compareVersions } from "../../core/version-order.ts";
import { loadAddon } from "./addon.ts";

export type Sqlite = Database.Database;

export const SqliteError: typeof Database.SqliteError = Database.SqliteError;

/** The first release without the WAL-reset bug (https://sqlite.org/wal.html#the_wal_reset_bug). */
const neededSqlite = "3.51.3";

function requireSqlite(db: Sqlite): void {
  const version = String(db.prepare("SELECT sqlite_version()").pluck().get());
  if (compareVersions(version, neededSqlite) >= 0) return;
  const what = `SQLite ${version} can lose rows; ${neededSqlite} or later is needed to write.`;
  throw new SitrepError("sqlite-too-old", what, {
    hint: "Install a current version of better-sqlite3.",
  });
}

/** Throws `database-unreadable` for anything but a regular file. */
function isThere(file: string): boolean {
  try {
    if (statSync(file).isFile()) return true;
  } catch {
    return false;
  }
  throw new SitrepError("database-unreadable", `${file} is not a regular file.`);
}

function binding(): { nativeBinding?: string } {
  const addon = loadAddon();
  // The types know only a path; an addon object is better-sqlite3's other documented form.
  return addon === undefined ? {} : { nativeBinding: addon as unknown as string };
}

function connect(
  file: string,
  { readonly, timeoutMs, pragmas = "" }: { readonly: boolean; timeoutMs: number; pragmas?: string },
): Sqlite {
  const options = { readonly, fileMustExist: true, timeout: timeoutMs, ...binding() };
  const db = new Database(file, options);
  db.exec(`PRAGMA trusted_schema = OFF; ${pragmas}`);
  return db;
}

/** Returns the connection after `prepare`, or closes it if `prepare` throws. */
export function prepared(db: Sqlite, prepare: (db: Sqlite) => void): Sqlite {
  try {
    prepare(db);
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

export function closing<D extends { close(): void }, T>(db: D, work: (db: D) => T): T {
  try {
    return work(db);
  } finally {
    db.close();
  }
}

function requireFile(file: string): void {
  if (!isThere(file)) throw new SitrepError("database-missing", `${file} does not exist.`);
}

/** Opens an existing file for reading. Throws `database-missing`, `database-unreadable`, or SQLite's error. */
export function openForReading(file: string, timeoutMs: number): Sqlite {
  requireFile(file);
  return connect(file, { readonly: true, timeoutMs });
}

/** Opens a file that `openForWriting` made, without the setup, which takes a millisecond. Throws as `openForReading`. */
export function openExisting(file: string, timeoutMs: number, pragmas = ""): Sqlite {
  requireFile(file);
  return connect(file, {
    readonly: false,
    timeoutMs,
    pragmas: `PRAGMA synchronous = NORMAL; ${pragmas}`,
  });
}

const largestCopy = 64 * 1024 * 1024;
/** The bytes of the header that say how rows are written: 2 for a write-ahead log, which a database in memory cannot have. */
const formatBytes = [18, 19] as const;

/** True if SQLite could not make a side file: no space, no inodes or no permission. */
export const lacksSideFiles = (error: unknown): boolean =>
  /^SQLITE_(CANTOPEN|READONLY|IOERR|FULL|PERM)/.test(codeOf(error));

/** A copy in memory as of the last checkpoint, for reading if SQLite cannot make its side files. */
export function openCopy(file: string): Sqlite {
  requireFile(file);
  if (statSync(file).size > largestCopy) {
    const what = `${file} is too large to read without its -wal and -shm files.`;
    throw new SitrepError("database-unreadable", what);
  }
  const bytes = readFileSync(file);
  for (const at of formatBytes) bytes[at] = 1;
  return new Database(bytes, binding());
}

function ensureFile(file: string): void {
  // An existing file is not opened: closing any descriptor releases every lock of this process on it (POSIX, `fcntl`).
  if (isThere(file)) return;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, "a", 0o600));
}

/** Opens a file, created when missing, with SQLite's defaults: for locks. */
export function openPlain(file: string, timeoutMs: number): Sqlite {
  ensureFile(file);
  return connect(file, { readonly: false, timeoutMs });
}

const maxSwitchMs = 2000;
const maxSwitchPollMs = 20;

export const isBusy = (error: unknown): boolean => codeOf(error).startsWith("SQLITE_BUSY");

/** Retries, since SQLite's busy timeout does not cover another connection that switches the same new file. */
function useWriteAheadLog(db: Sqlite): void {
  const until = Date.now() + maxSwitchMs;
  for (;;) {
    try {
      requireSqlite(db);
      db.pragma("journal_mode = WAL");
      return;
    } catch (error) {
      if (!isBusy(error) || Date.now() >= until) throw error;
    }
    // A random time: programs that retry at the same moment would block each other again.
    const waitMs = Math.random() * maxSwitchPollMs;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, waitMs);
  }
}

/** Opens a file, created when missing, as are its folders (0600 and 0700). With NORMAL a power cut may lose the last commits. */
export function openForWriting(
  file: string,
  options: { timeoutMs: number; synchronous: "NORMAL" | "FULL" },
): Sqlite {
  ensureFile(file);
  return prepared(connect(file, { readonly: false, timeoutMs: options.timeoutMs }), (db) => {
    useWriteAheadLog(db);
    db.pragma(`synchronous = ${options.synchronous}`);
    db.pragma("foreign_keys = ON");
  });
}

/** Replaces better-sqlite3's `transaction`, which is too slow for a hook because it first prepares six statements. */
function inTransaction<T>(db: Sqlite, begin: string, work: () => T): T {
  if (db.inTransaction) return work();
  db.exec(begin);
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    // After some errors SQLite has rolled back already.
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/** Runs `work` in a transaction that takes the write lock first, so that it is not busy half-way; nested, as part of the outer one. */
export const writing = <T>(db: Sqlite, work: () => T): T =>
  inTransaction(db, "BEGIN IMMEDIATE", work);

export const reading = <T>(db: Sqlite, work: () => T): T => inTransaction(db, "BEGIN", work);

/** True for a file that SQLite cannot use at all, not for one that is only locked or out of reach. */
export function isBroken(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB$|IOERR_SHORT_READ$)/.test(codeOf(error));
}
