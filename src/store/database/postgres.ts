// The store on PostgreSQL, for several servers that serve as one. Loaded only if a database's address is set.

import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Kysely, PostgresDialect, sql } from "kysely";
import { SitrepError } from "../../core/errors.ts";
import {
  queryLog,
  type CountRequests,
  type OnQuery,
  type StoreConnection,
  type StoreDatabase,
  type StoreTables,
  type StoreTransaction,
} from "./connection.ts";
import { createMigrations, runMigrations, type Migrations } from "./migrations.ts";
import { listenForNotices } from "./postgres-notices.ts";
import {
  isRepeatable,
  isUnreachable,
  databaseAddress,
  createPool,
  postgresError,
} from "./postgres-pool.ts";

const maxTries = 8;

/** Repeats a transaction that PostgreSQL could not serialize, each time after a longer, random pause. */
async function repeating<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries === maxTries || !isRepeatable(error)) throw error;
    }
    await sleep(Math.random() * 5 * 2 ** tries);
  }
}

/** A transaction. A commit without a response may have been done, so it must not be reported as failed. */
async function transact<T>(
  db: StoreDatabase,
  place: string,
  work: (trx: StoreTransaction) => Promise<T>,
): Promise<T> {
  let isCommitting = false;
  try {
    return await db.transaction().execute(async (trx) => {
      const result = await work(trx);
      isCommitting = true;
      return result;
    });
  } catch (cause) {
    if (!isCommitting || !isUnreachable(cause)) throw cause;
    const what = `The connection to the database at ${place} was lost in the middle of a change.`;
    const hint = "The change may have been made: check before you repeat it.";
    throw new SitrepError("store-interrupted", what, { hint, cause });
  }
}

/** Analyses the tables after 500 added rows and each doubling: until then the server reads a whole project for each task. */
function createAnalysis(db: StoreDatabase) {
  const analyze = async (): Promise<void> => {
    await sql`analyze tasks, task_dependencies`.execute(db);
  };
  let added = 0;
  let next = 500;
  return {
    /** For a database restored from a backup, which was never analyzed. */
    start: async (): Promise<void> => {
      const { rows } = await sql<{ known: boolean }>`
        select reltuples >= 0 as known from pg_class where oid = 'tasks'::regclass`.execute(db);
      if (rows[0]?.known !== true) await analyze();
    },
    note: async (count: number): Promise<void> => {
      added += count;
      if (added < next) return;
      next = added * 2;
      await analyze();
    },
  };
}

/** How often expired windows are removed, in counts. */
const trimmedEvery = 1000;

/** A name of any length as one that fits into an index. */
const keyOf = (name: string): string => createHash("sha256").update(name).digest("base64");

/** Counts by the database's clock, for several servers together. */
function createRequestCounts(db: StoreDatabase): CountRequests {
  let counted = 0;
  return async (name, amount, seconds) => {
    counted += 1;
    if (counted % trimmedEvery === 0) {
      await sql`delete from request_counts where ends < now()`.execute(db);
    }
    const { rows } = await sql<{ count: string; ms: string }>`
      insert into request_counts as known (name, count, ends)
      values (${keyOf(name)}, ${amount}, clock_timestamp() + ${seconds} * interval '1 second')
      on conflict (name) do update set
        count = case when known.ends <= clock_timestamp() then 0 else known.count end + excluded.count,
        ends = case when known.ends <= clock_timestamp() then excluded.ends else known.ends end
      returning count, extract(epoch from ends - clock_timestamp()) * 1000 as ms`.execute(db);
    return { count: Number(rows[0]?.count), endsInMs: Math.max(0, Number(rows[0]?.ms)) };
  };
}

/** Throws `store-unreachable`, `store-busy` or `store-unreadable`, never with the password. */
export async function openPostgresStore(
  url: string,
  migrations: Migrations = createMigrations("postgres"),
  onQuery: OnQuery | null = null,
): Promise<StoreConnection> {
  const place = databaseAddress(url);
  const pool = createPool(url);
  const db: StoreDatabase = new Kysely<StoreTables>({
    dialect: new PostgresDialect({ pool }),
    ...queryLog("postgresql", onQuery),
  });
  const analysis = createAnalysis(db);
  const counts = createRequestCounts(db);
  const refuse = (error: unknown): never => {
    throw postgresError(place, error);
  };
  try {
    await runMigrations(db, migrations);
    await analysis.start();
  } catch (error) {
    await db.destroy();
    return refuse(error);
  }
  return {
    kind: "postgres",
    db,
    write: (work) => repeating(() => transact(db, place, work)),
    // The rows are already there: a failed analysis is not a failed write.
    noteAdded: (count) => analysis.note(count).catch(() => undefined),
    listen: (onNotice) => listenForNotices(url, onNotice),
    countRequests: (...counted) => counts(...counted).catch(refuse),
    poolCounts: pool.counts,
    errorOf: (error) => postgresError(place, error),
    [Symbol.asyncDispose]: () => db.destroy(),
  };
}
