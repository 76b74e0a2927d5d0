// The task store's connection: Kysely over SQLite, every transaction IMMEDIATE. Kysely's own driver begins deferred,
// and a read-then-write transaction of two processes then fails whatever the timeout.

import { CompiledQuery, Kysely, SqliteDialect, SqliteDriver } from "kysely";
import type { DatabaseConnection, Driver, SqliteDialectConfig } from "kysely";
import { Migrator } from "kysely/migration";
import { SitrepError } from "../core/errors.ts";
import { openForWriting } from "../sqlite/sqlite.ts";
import { migrations } from "./schema.ts";
import type { StoreTables } from "./schema.ts";

export type StoreDatabase = Kysely<StoreTables>;

class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
  }
}

class ImmediateSqliteDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;

  constructor(config: SqliteDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): Driver {
    return new ImmediateDriver(this.#config);
  }
}

/**
 * Opens the store's file, made and migrated when needed. Committed rows survive a power cut (synchronous FULL). Throws
 * `store-unreadable` with SQLite's error as its cause.
 */
export async function openStoreDatabase(file: string): Promise<StoreDatabase> {
  try {
    const sqlite = openForWriting(file, { timeoutMs: 5000, synchronous: "FULL" });
    const db: StoreDatabase = new Kysely<StoreTables>({
      dialect: new ImmediateSqliteDialect({ database: sqlite }),
    });
    const { error } = await new Migrator({
      db,
      provider: { getMigrations: async () => migrations },
    }).migrateToLatest();
    if (error !== undefined) throw error;
    return db;
  } catch (cause) {
    if (cause instanceof SitrepError && cause.code !== "database-unreadable") throw cause;
    throw new SitrepError("store-unreadable", `The task store ${file} cannot be used.`, {
      hint: "It holds your tasks: restore it from a backup, or move it away to begin a new one.",
      cause,
    });
  }
}
