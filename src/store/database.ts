// Opens the store that a setting names: PostgreSQL by its own file, SQLite here. That is Kysely with every transaction IMMEDIATE. Kysely's own driver begins deferred, and a
// read-then-write transaction of two processes then fails whatever the timeout.

import { setTimeout as sleep } from "node:timers/promises";
import { CompiledQuery, Kysely, SqliteAdapter, SqliteDialect, SqliteDriver } from "kysely";
import type { DatabaseConnection, DialectAdapter, Driver, SqliteDialectConfig } from "kysely";
import { Migrator } from "kysely/migration";
import { messageOf, SitrepError } from "../core/errors.ts";
import { diskFault } from "../state/sqlite/file-fault.ts";
import {
  closing,
  isBusy,
  openForReading,
  openForWriting,
  SqliteError,
} from "../state/sqlite/sqlite.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";
import type { StoreConnection, StoreDatabase, StoreTables } from "./connection.ts";
import { watchFile } from "./file-notices.ts";
import { migrationsFor } from "./migrations.ts";

const busyTimeoutMs = 5000;
/** SQLite itself waits with the whole process: only as long as most transactions take. */
const sqliteWaitMs = 20;
/** After one has given up waiting, those behind it do not wait as long again. */
const givingUpLastsMs = 1000;

/** How long is waited for another that makes or migrates the store. */
const makingTimeoutMs = 20_000;

/** Waits for the write lock without keeping the process from anything else. */
class ImmediateDriver extends SqliteDriver {
  #gaveUpAt = Number.NEGATIVE_INFINITY;

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    const started = performance.now();
    const hasHope = started - this.#gaveUpAt > givingUpLastsMs;
    const deadline = hasHope ? started + busyTimeoutMs : started;
    for (;;) {
      try {
        await connection.executeQuery(CompiledQuery.raw("begin immediate"));
        return;
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (performance.now() >= deadline) {
          this.#gaveUpAt = performance.now();
          throw error;
        }
      }
      await sleep(1 + Math.random() * 10);
    }
  }

  /** After some errors, a full disk among them, SQLite has rolled back itself; the error that counts is the one before. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await super.rollbackTransaction(connection);
    } catch (error) {
      if (!messageOf(error).includes("no transaction is active")) throw error;
    }
  }
}

/** Kysely takes SQLite for a database that cannot make tables in a transaction; it can. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class ImmediateSqliteDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;

  constructor(config: SqliteDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createAdapter(): DialectAdapter {
    return new TransactionalSqliteAdapter();
  }

  override createDriver(): Driver {
    return new ImmediateDriver(this.#config);
  }
}

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
    const dialect = new ImmediateSqliteDialect({ database: opened });
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
          return openForReading(file, busyTimeoutMs);
        },
      }),
    });
    return {
      kind: "sqlite",
      db: reader,
      noteAdded: async () => undefined,
      listen: async (onNotice) => watchFile(opened, onNotice),
      countRequests: null,
      write: (work) => writer.transaction().execute(work),
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
