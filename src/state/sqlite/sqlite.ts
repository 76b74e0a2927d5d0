// Opens SQLite files the one way that Sitrep does: guarded, with a busy timeout from the start. What can corrupt or
// hang: ../docs of SQLite, "how to corrupt"; a FIFO in place of the file blocks `open` for ever.

import { closeSync, mkdirSync, openSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { SitrepError, codeOf } from "../../core/errors.ts";
import { loadAddon } from "./addon.ts";

export type Sqlite = Database.Database;

/** What SQLite throws; its `code` begins with `SQLITE_`. */
export const SqliteError: typeof Database.SqliteError = Database.SqliteError;

/** The first release without the WAL-reset bug (https://sqlite.org/wal.html#the_wal_reset_bug). */
const neededSqlite = [3, 51, 3] as const;

function requireSqlite(db: Sqlite): void {
  const version = String(db.prepare("SELECT sqlite_version()").pluck().get());
  const parts = version.split(".").map(Number);
  for (const [index, needed] of neededSqlite.entries()) {
    const part = parts[index] ?? 0;
    if (part > needed) return;
    if (part < needed) {
      throw new SitrepError(
        "sqlite-too-old",
        `SQLite ${version} can lose rows; 3.51.3 or later is needed to write.`,
        { hint: "Install a current better-sqlite3." },
      );
    }
  }
}

/** Throws `database-unreadable` for what is no regular file. */
function isThere(file: string): boolean {
  let isFile: boolean;
  try {
    isFile = statSync(file).isFile();
  } catch {
    return false;
  }
  if (isFile) return true;
  throw new SitrepError("database-unreadable", `${file} is not a regular file.`);
}

/** `pragmas`: settings of the connection, set together with ours. */
function connect(
  file: string,
  options: { readonly: boolean; timeoutMs: number; pragmas?: string },
): Sqlite {
  const addon = loadAddon();
  const db = new Database(file, {
    readonly: options.readonly,
    fileMustExist: true,
    timeout: options.timeoutMs,
    // The types know a path only; an addon object is better-sqlite3's documented other form.
    ...(addon === undefined ? {} : { nativeBinding: addon as unknown as string }),
  });
  db.exec(`PRAGMA trusted_schema = OFF; ${options.pragmas ?? ""}`);
  return db;
}

/** The connection once `prepare` has passed; else it is closed. */
export function prepared(db: Sqlite, prepare: (db: Sqlite) => void): Sqlite {
  try {
    prepare(db);
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

/** What `work` makes of the connection, which is closed then. */
export function closing<D extends { close(): void }, T>(db: D, work: (db: D) => T): T {
  try {
    return work(db);
  } finally {
    db.close();
  }
}

function requireFile(file: string): void {
  if (!isThere(file)) throw new SitrepError("database-missing", `There is no file ${file}.`);
}

/** Opens an existing file for reading. Throws `database-missing`, `database-unreadable`, or SQLite's own error. */
export function openForReading(file: string, timeoutMs: number): Sqlite {
  requireFile(file);
  return connect(file, { readonly: true, timeoutMs });
}

/**
 * Opens a file that `openForWriting` made, to write without its set-up, which costs a hook a millisecond: the log mode
 * is in the file, and SQLite's release was looked at by whoever made it with the same addon. Foreign keys are not
 * looked at. Throws as `openForReading`.
 */
export function openExisting(file: string, timeoutMs: number, pragmas = ""): Sqlite {
  requireFile(file);
  return connect(file, {
    readonly: false,
    timeoutMs,
    pragmas: `PRAGMA synchronous = NORMAL; ${pragmas}`,
  });
}

const largestCopy = 64 * 1024 * 1024;
/** Where the header says how rows are written: 2 for a write-ahead log, which a database in memory cannot have. */
const formatBytes = [18, 19] as const;

/** True where SQLite wants to make a side file and cannot: no room, no file entries, no rights. */
export const lacksSideFiles = (error: unknown): boolean =>
  /^SQLITE_(CANTOPEN|READONLY|IOERR|FULL|PERM)/.test(codeOf(error));

/**
 * The file's content in memory, for reading where SQLite cannot make the files that it needs beside it. What stands in the
 * write-ahead log alone is missing: it is the state of the last checkpoint. Throws the system's own error.
 */
export function openCopy(file: string): Sqlite {
  requireFile(file);
  if (statSync(file).size > largestCopy) {
    throw new SitrepError(
      "database-unreadable",
      `${file} is too large to be read without its side files.`,
    );
  }
  const bytes = readFileSync(file);
  for (const at of formatBytes) bytes[at] = 1;
  const addon = loadAddon();
  return new Database(
    bytes,
    addon === undefined ? {} : { nativeBinding: addon as unknown as string },
  );
}

function ensureFile(file: string): void {
  // Closing any descriptor of a file gives up every lock that this process holds on it (POSIX, `fcntl`).
  if (isThere(file)) return;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, "a", 0o600));
}

/** Opens a file, made when missing, with SQLite's own defaults: for locks. */
export function openPlain(file: string, timeoutMs: number): Sqlite {
  ensureFile(file);
  return connect(file, { readonly: false, timeoutMs });
}

const longestSwitchMs = 2000;
const mostSwitchPollMs = 20;

/** True where another connection holds a lock that is wanted. */
export const isBusy = (error: unknown): boolean => codeOf(error).startsWith("SQLITE_BUSY");

/**
 * Switches to the write-ahead log. SQLite does not wait by its busy timeout for another that switches the same new file,
 * so that of several programs which start together all but one would fail. The question before it reads the file too.
 */
function useWriteAheadLog(db: Sqlite): void {
  const until = Date.now() + longestSwitchMs;
  for (;;) {
    try {
      requireSqlite(db);
      db.pragma("journal_mode = WAL");
      return;
    } catch (error) {
      if (!isBusy(error) || Date.now() >= until) throw error;
    }
    // Each for another time: those that look again together keep each other from it.
    const waitMs = Math.random() * mostSwitchPollMs;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, waitMs);
  }
}

/**
 * Opens a file for writing, and makes it and its folder when missing (0600 and 0700 from the start; SQLite gives its
 * side files the same mode). Write-ahead log, synchronous as given: NORMAL may lose the last commits at a power cut.
 */
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

/** By hand: better-sqlite3's own prepares six statements first, which a hook feels. */
function inTransaction<T>(db: Sqlite, begin: string, work: () => T): T {
  if (db.inTransaction) return work();
  db.exec(begin);
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    // Some errors have rolled it back already.
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/**
 * Runs `work` in a transaction that takes the write lock first, so that it cannot fail half-way as busy. Inside another
 * it is a part of that one.
 */
export const writing = <T>(db: Sqlite, work: () => T): T =>
  inTransaction(db, "BEGIN IMMEDIATE", work);

/** Runs `work` so that all it reads is of one moment. */
export const reading = <T>(db: Sqlite, work: () => T): T => inTransaction(db, "BEGIN", work);

/** True for a file that SQLite cannot use at all, as against one that is only locked or out of reach. */
export function isBroken(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB$|IOERR_SHORT_READ$)/.test(codeOf(error));
}
