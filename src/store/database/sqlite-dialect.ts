// Kysely over SQLite with every transaction IMMEDIATE: its own driver begins deferred, and a read-then-write transaction of
// two processes then fails whatever the timeout.

import { setTimeout as sleep } from "node:timers/promises";
import { CompiledQuery, SqliteAdapter, SqliteDialect, SqliteDriver } from "kysely";
import type {
  DatabaseConnection,
  DialectAdapter,
  Driver,
  SqliteDatabase,
  SqliteDialectConfig,
  SqliteStatement,
} from "kysely";
import { messageOf } from "../../core/errors.ts";
import { isBusy, type Sqlite } from "../../state/sqlite/sqlite.ts";

/** How long is waited for another that writes. Milliseconds. */
export const busyTimeoutMs = 5000;
/** SQLite itself waits with the whole process: only as long as most transactions take. */
export const sqliteWaitMs = 20;
/** After one has given up waiting, those behind it do not wait as long again. */
const givingUpLastsMs = 1000;

const mostStatements = 200;

/** A connection that keeps the statements it was asked for last: to make one takes as long as to run it. */
export function keepingStatements(sqlite: Sqlite): SqliteDatabase {
  const kept = new Map<string, SqliteStatement & { readonly busy: boolean }>();
  return {
    close: () => void sqlite.close(),
    prepare: (text) => {
      const found = kept.get(text);
      // One that is being read row by row cannot be begun anew.
      const statement = found === undefined || found.busy ? sqlite.prepare(text) : found;
      kept.delete(text);
      kept.set(text, statement);
      const [oldest] = kept.keys();
      if (kept.size > mostStatements && oldest !== undefined) kept.delete(oldest);
      return statement;
    },
  };
}

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
