// Opens the store that a setting names: PostgreSQL by its own file, SQLite here.

import { Kysely, SqliteDialect } from "kysely";
import { Migrator } from "kysely/migration";
import { messageOf, SitrepError } from "../../core/errors.ts";
import { diskFault } from "../../state/sqlite/file-fault.ts";
import {
  closing,
  isBusy,
  openForReading,
  openForWriting,
  SqliteError,
} from "../../state/sqlite/sqlite.ts";
import type { Sqlite } from "../../state/sqlite/sqlite.ts";
import {
  busyTimeoutMs,
  ImmediateSqliteDialect,
  keepingStatements,
  sqliteWaitMs,
} from "./sqlite-dialect.ts";
import type { StoreConnection, StoreDatabase, StoreTables } from "./connection.ts";
import { watchFile } from "./file-notices.ts";
import { migrationsFor } from "./migrations.ts";
import { sharingCommits } from "./group-commit.ts";

/** How long is waited for another that makes or migrates the store. */
const makingTimeoutMs = 20_000;

/** SQLite's errors as ours: a store that is only locked must not be taken for one beyond use. */
function storeError(file: string, cause: unknown): SitrepError {
  if (cause instanceof SitrepError && cause.code !== "database-unreadable") return cause;
  if (isBusy(cause)) {
    return new SitrepError("store-busy", `The task store ${file} is locked by another program.`, {
      hint: "Nothing was changed. Run the command again.",
      cause,
    });
  }
  const fault = diskFault(file, cause);
  if (fault !== null) return fault;
  return new SitrepError(
    "store-unreadable",
    `The task store ${file} cannot be used: ${messageOf(cause)}.`,
    {
      hint: "It holds your tasks: restore it from a backup, or move it away to begin a new one.",
      cause,
    },
  );
}

const migrations = migrationsFor("sqlite");
const migrationNames = Object.keys(migrations);

function requireKnown(sqlite: Sqlite, version: number): void {
  if (version <= migrationNames.length) return;
  throw new SitrepError(
    "store-newer",
    `The task store ${sqlite.name} was written by a newer Sitrep (schema ${version}, this one knows ${migrationNames.length}).`,
    {
      hint: "Install the newer version again; it holds your tasks, and this one changes nothing in it.",
    },
  );
}

const versionOf = (sqlite: Sqlite): number =>
  Number(sqlite.pragma("user_version", { simple: true }));

/** Brings the file to the current tables. A file that is there already is not even locked. */
async function migrate(sqlite: Sqlite, db: StoreDatabase): Promise<void> {
  const version = versionOf(sqlite);
  if (version === migrationNames.length) return;
  requireKnown(sqlite, version);
  const tables = sqlite
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
    .pluck()
    .all();
  if (tables.length > 0 && !tables.includes("kysely_migration"))
    throw new Error("it is no store of Sitrep's");
  // Once in a store's life, for another process that comes at the same time: on a slow disk it takes longer than any write.
  sqlite.pragma(`busy_timeout = ${makingTimeoutMs}`);
  const provider = { getMigrations: async () => migrations };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error !== undefined) throw error;
  sqlite.pragma(`user_version = ${migrationNames.length}`);
}

/**
 * Opens the store's file, made and migrated when needed. Committed rows survive a power cut (synchronous FULL). Throws
 * `store-busy`, `store-newer`, `disk-full`, `file-denied` or `store-unreadable`, with SQLite's error as the cause.
 */
export async function openStoreDatabase(file: string): Promise<StoreConnection> {
  let sqlite: Sqlite | null = null;
  try {
    const opened = openForWriting(file, { timeoutMs: busyTimeoutMs, synchronous: "FULL" });
    sqlite = opened;
    const dialect = new ImmediateSqliteDialect({ database: keepingStatements(opened) });
    const writer: StoreDatabase = new Kysely<StoreTables>({ dialect });
    await migrate(opened, writer);
    opened.pragma(`busy_timeout = ${sqliteWaitMs}`);
    let isClosed = false;
    // Readers do not wait for writers. Opened with the first query, and not after the store was closed:
    // Kysely forgets to destroy what was never asked.
    const reader: StoreDatabase = new Kysely<StoreTables>({
      dialect: new SqliteDialect({
        database: async () => {
          if (isClosed) throw new Error("the store has been destroyed");
          return keepingStatements(openForReading(file, busyTimeoutMs));
        },
      }),
    });
    return {
      kind: "sqlite",
      db: reader,
      noteAdded: async () => undefined,
      listen: async (onNotice) => watchFile(opened, onNotice),
      countRequests: null,
      write: sharingCommits(writer),
      errorOf: (error) => (error instanceof SqliteError ? storeError(file, error) : error),
      [Symbol.asyncDispose]: async () => {
        isClosed = true;
        await reader.destroy();
        // Last, since the last connection removes the write-ahead log, and a reader cannot.
        await writer.destroy();
      },
    };
  } catch (error) {
    sqlite?.close();
    throw storeError(file, error);
  }
}

/** Looks at an existing store and changes nothing. Throws as `openStoreDatabase`. */
export function requireUsableStore(file: string): void {
  try {
    closing(openForReading(file, busyTimeoutMs), (sqlite) => {
      requireKnown(sqlite, versionOf(sqlite));
      const verdict = String(sqlite.pragma("quick_check(1)", { simple: true }));
      if (verdict !== "ok") throw new Error(verdict);
    });
  } catch (error) {
    throw storeError(file, error);
  }
}

/** `url`: `postgres://user@host/database`, as in `DATABASE_URL`. */
export type StoreAddress = { readonly file: string } | { readonly url: string };

/** Made and migrated when needed. Throws `store-busy`, `store-unreachable` or `store-unreadable`. */
export async function openStore(address: StoreAddress): Promise<StoreConnection> {
  if ("file" in address) return await openStoreDatabase(address.file);
  // Loaded when it is asked for: the embedded store needs no driver of a server.
  const { openPostgresStore } = await import("./postgres.ts");
  return await openPostgresStore(address.url);
}
