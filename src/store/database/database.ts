import { Kysely, SqliteDialect } from "kysely";
import { SitrepError } from "../../core/errors.ts";
import { databaseError } from "../../state/sqlite/file-fault.ts";
import { keepStatements } from "../../state/sqlite/kept-statements.ts";
import { closing, openForReading, openForWriting, SqliteError } from "../../state/sqlite/sqlite.ts";
import type { Sqlite } from "../../state/sqlite/sqlite.ts";
import { busyTimeoutMs, ImmediateSqliteDialect, sqliteWaitMs } from "./sqlite-dialect.ts";
import {
  queryLog,
  type OnQuery,
  type StoreConnection,
  type StoreDatabase,
  type StoreTables,
} from "./connection.ts";
import { watchFile } from "./file-notices.ts";
import { createMigrations, runMigrations, type Migrations } from "./migrations.ts";
import { createGroupCommit } from "./group-commit.ts";

/** How long a process waits for another one that creates or migrates the store. */
const creationTimeoutMs = 20_000;

const storeError = (file: string, cause: unknown): SitrepError =>
  databaseError("store", file, cause, {
    busy: "Nothing was changed. Run the command again.",
    unreadable:
      "It holds your tasks: restore it from a backup, or move it elsewhere to start a new one.",
  });

const sqliteMigrations = createMigrations("sqlite");

export const storeVersion = (sqlite: Sqlite): number =>
  Number(sqlite.pragma("user_version", { simple: true }));

/** Throws `store-newer` if the file has more migrations than these. */
function requireKnown(sqlite: Sqlite, migrations: Migrations): void {
  const [version, known] = [storeVersion(sqlite), Object.keys(migrations).length];
  if (version <= known) return;
  const what = `was written by a newer Sitrep (schema ${version}; this version supports up to ${known})`;
  throw new SitrepError("store-newer", `The task store ${sqlite.name} ${what}.`, {
    hint: "Install the newer version again. It holds your tasks, and this version will not change it.",
  });
}

/** Creates or migrates the tables. A file that has them is not even locked. */
async function migrate(sqlite: Sqlite, db: StoreDatabase, migrations: Migrations): Promise<void> {
  const latest = Object.keys(migrations).length;
  if (storeVersion(sqlite) === latest) return;
  requireKnown(sqlite, migrations);
  const tables = sqlite
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
    .pluck()
    .all();
  if (tables.length > 0 && !tables.includes("kysely_migration"))
    throw new Error("it is not a Sitrep task store");
  // Other processes may start at the same time, and on a slow disk this takes longer than any write.
  sqlite.pragma(`busy_timeout = ${creationTimeoutMs}`);
  await runMigrations(db, migrations);
  sqlite.pragma(`user_version = ${latest}`);
}

/** Committed rows survive a power cut. Throws `store-busy`, `store-newer`, `store-unreadable`, `disk-full` or `file-denied`. */
export async function openStoreDatabase(
  file: string,
  migrations: Migrations = sqliteMigrations,
  onQuery: OnQuery | null = null,
): Promise<StoreConnection> {
  let sqlite: Sqlite | null = null;
  try {
    const opened = openForWriting(file, { timeoutMs: busyTimeoutMs, synchronous: "FULL" });
    sqlite = opened;
    const log = queryLog("sqlite", onQuery);
    const dialect = new ImmediateSqliteDialect({ database: keepStatements(opened) });
    const writer: StoreDatabase = new Kysely<StoreTables>({ dialect, ...log });
    await migrate(opened, writer, migrations);
    opened.pragma(`busy_timeout = ${sqliteWaitMs}`);
    let isClosed = false;
    // Opened with the first query, and not after the store was closed: Kysely does not destroy an unused connection.
    const reader: StoreDatabase = new Kysely<StoreTables>({
      ...log,
      dialect: new SqliteDialect({
        database: async () => {
          if (isClosed) throw new Error("the store has been destroyed");
          return keepStatements(openForReading(file, busyTimeoutMs));
        },
      }),
    });
    return {
      kind: "sqlite",
      db: reader,
      noteAdded: async () => undefined,
      listen: async (onNotice) => watchFile(opened, onNotice),
      countRequests: null,
      write: createGroupCommit(writer),
      errorOf: (error) => (error instanceof SqliteError ? storeError(file, error) : error),
      [Symbol.asyncDispose]: async () => {
        isClosed = true;
        await reader.destroy();
        // Closed last, because the last connection removes the write-ahead log, which a reader cannot.
        await writer.destroy();
      },
    };
  } catch (error) {
    sqlite?.close();
    throw storeError(file, error);
  }
}

/** Checks an existing store without changing it. Throws as `openStoreDatabase`. */
export function requireUsableStore(file: string): void {
  try {
    closing(openForReading(file, busyTimeoutMs), (sqlite) => {
      requireKnown(sqlite, sqliteMigrations);
      const verdict = String(sqlite.pragma("quick_check(1)", { simple: true }));
      if (verdict !== "ok") throw new Error(verdict);
    });
  } catch (error) {
    throw storeError(file, error);
  }
}

export type StoreAddress = { readonly file: string } | { readonly url: string };

/** Creates and migrates the store when needed. Throws `store-busy`, `store-unreachable` or `store-unreadable`. */
export async function openStore(
  address: StoreAddress,
  onQuery: OnQuery | null = null,
): Promise<StoreConnection> {
  if ("file" in address) return await openStoreDatabase(address.file, undefined, onQuery);
  // Loaded on demand: the embedded store needs no PostgreSQL driver.
  const { openPostgresStore } = await import("./postgres.ts");
  return await openPostgresStore(address.url, undefined, onQuery);
}
