// Uses IMMEDIATE transactions: with deferred ones in two processes, a write can fail whatever the timeout.

import { setTimeout as sleep } from "node:timers/promises";
import { CompiledQuery, SqliteAdapter, SqliteDialect, SqliteDriver } from "kysely";
import type { DatabaseConnection, DialectAdapter, Driver, SqliteDialectConfig } from "kysely";
import { messageOf } from "../../core/errors.ts";
import { isBusy } from "../../state/sqlite/sqlite.ts";

export const busyTimeoutMs = 5000;
/** SQLite's own wait blocks the whole process, so it lasts only as long as most transactions. */
export const sqliteWaitMs = 20;
/** For this time after a writer gave up, the next ones do not wait as long. */
const givingUpLastsMs = 1000;

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

  /** After some errors, such as a full disk, SQLite has rolled back already; the earlier error is the one to report. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await super.rollbackTransaction(connection);
    } catch (error) {
      if (!messageOf(error).includes("no transaction is active")) throw error;
    }
  }
}

/** Kysely assumes that SQLite cannot create tables in a transaction; it can. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

export class ImmediateSqliteDialect extends SqliteDialect {
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
