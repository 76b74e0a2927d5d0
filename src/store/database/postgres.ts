// The store on PostgreSQL, for several servers that serve as one. Loaded only where a database's address is set.

import { setTimeout as sleep } from "node:timers/promises";
import { Kysely, PostgresDialect, sql } from "kysely";
import { Migrator } from "kysely/migration";
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from "kysely";
import { Pool, type PoolClient } from "pg";
import { SitrepError } from "../../core/errors.ts";
import type {
  StoreConnection,
  StoreDatabase,
  StoreTables,
  StoreTransaction,
} from "./connection.ts";
import {
  askKept,
  createStatementNames,
  staleStates,
  type StatementNames,
} from "./kept-statements.ts";
import { migrationsFor } from "./migrations.ts";
import { listenOn } from "./postgres-notices.ts";
import { createRequestCounts } from "../request-counts.ts";

const connectTimeoutMs = 5000;
/** A statement that takes longer than this is ended by the server. */
const statementTimeoutMs = 30_000;
/** A server that is stopped does not do that: then it counts as lost. */
const answerTimeoutMs = statementTimeoutMs + 2000;
const mostConnections = 10;

const stateOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "";

/** serialization_failure, deadlock_detected, and what was kept: nothing was done, and it may be done again. */
const repeatable = new Set(["40001", "40P01", ...staleStates]);

/** Classes of SQLSTATE: connection, resources, operator's intervention; and what the sockets say. */
const unreachable = /^(?:08|53|57P|E[A-Z]+$)/;

/** What the driver says without a code. */
const withoutConnection =
  /connection terminated|not queryable|client (?:was|has been) closed|timeout exceeded when trying|timeout expired|query read timeout/i;

function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return unreachable.test(stateOf(error)) || withoutConnection.test(error.message);
}

/** Where the database is, without what the address holds of secrets. */
function placeOf(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${host === "" ? "localhost" : host}${pathname}`;
  } catch {
    return "the address in DATABASE_URL";
  }
}

function postgresError(place: string, cause: unknown): unknown {
  if (cause instanceof SitrepError || !(cause instanceof Error)) return cause;
  if (isUnreachable(cause)) {
    return new SitrepError("store-unreachable", `The database at ${place} does not answer.`, {
      hint: "Check that it runs, and the address in DATABASE_URL.",
      cause,
    });
  }
  // 55P03 lock_not_available, 57014 query_canceled (the statement's time was over).
  if (repeatable.has(stateOf(cause)) || /^(?:55P03|57014)$/.test(stateOf(cause))) {
    return new SitrepError("store-busy", `The database at ${place} is too busy.`, {
      hint: "Try again.",
      cause,
    });
  }
  return new SitrepError("store-unreadable", `The task store at ${place} cannot be used.`, {
    hint: "Check the user and the database in DATABASE_URL, and that no newer Sitrep wrote to it.",
    cause,
  });
}

/** PostgreSQL has no text with U+0000; what is searched by one is not there, what is stored has a sign in its place. */
const storable = (value: unknown): unknown =>
  typeof value === "string" ? value.replaceAll("\u0000", "\uFFFD") : value;

const wrapped = new WeakMap<PoolClient, PostgresPoolClient>();

function clientOf(client: PoolClient, names: StatementNames): PostgresPoolClient {
  const known = wrapped.get(client);
  if (known !== undefined) return known;
  // Nothing more is asked of a connection that has not answered: not even the end of the transaction.
  let lost: Error | null = null;
  const query = (async (text: string, parameters: readonly unknown[]) => {
    if (lost !== null) throw lost;
    const statement = { text, values: parameters.map(storable) };
    try {
      return await askKept((one) => client.query(one), names, statement);
    } catch (error) {
      if (error instanceof Error && isUnreachable(error)) lost = error;
      throw error;
    }
  }) as <R>(text: unknown, parameters?: readonly unknown[]) => Promise<PostgresQueryResult<R>>;
  const made = {
    query: query as PostgresPoolClient["query"],
    release: (destroy?: boolean) => client.release(destroy === true || lost !== null),
  };
  wrapped.set(client, made);
  return made;
}

function poolOf(url: string): PostgresPool {
  const names = createStatementNames();
  const pool = new Pool({
    connectionString: url,
    max: mostConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    statement_timeout: statementTimeoutMs,
    query_timeout: answerTimeoutMs,
    application_name: "sitrep",
    keepAlive: true,
  });
  // A connection that breaks while nobody uses it is replaced; without a listener it would end the process.
  pool.on("error", () => undefined);
  // The pool listens only to those that lie idle; one that breaks in use, or says it twice, would end the process too.
  pool.on("connect", (client) => void client.on("error", () => undefined));
  return {
    options: {},
    connect: async () => {
      try {
        return clientOf(await pool.connect(), names);
      } catch (cause) {
        if (pool.totalCount < mostConnections) throw cause;
        // All are in use: the database answers, to others.
        throw new SitrepError("store-busy", "Every connection to the database is in use.", {
          hint: "Try again.",
          cause,
        });
      }
    },
    end: () => pool.end(),
  };
}

const mostTries = 8;

/** Repeats what PostgreSQL could not order among others, each time after a longer, uneven pause. */
async function repeating<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries === mostTries || !repeatable.has(stateOf(error))) throw error;
    }
    await sleep(Math.random() * 5 * 2 ** tries);
  }
}

/** The transaction; one whose commit has no answer may have been done, which is not to be taken for a failure. */
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
    const what = `The database at ${place} was lost in the middle of a change.`;
    const hint = "It may have been made: look before you do it again.";
    throw new SitrepError("store-interrupted", what, { hint, cause });
  }
}

/**
 * Has the server count its rows when many were added. It does so by itself within a minute or so, and until then reads
 * a whole project to find the next task. After the first 500 rows, and each time that there are twice as many.
 */
function createCounting(db: StoreDatabase): {
  start(): Promise<void>;
  note: (n: number) => Promise<void>;
} {
  const analyze = async (): Promise<void> => {
    await sql`analyze tasks, task_dependencies`.execute(db);
  };
  let added = 0;
  let next = 500;
  return {
    /** A database out of a backup has never counted them. */
    start: async () => {
      const { rows } = await sql<{ known: boolean }>`
        select reltuples >= 0 as known from pg_class where oid = 'tasks'::regclass`.execute(db);
      if (rows[0]?.known !== true) await analyze();
    },
    note: async (count) => {
      added += count;
      if (added < next) return;
      next = added * 2;
      await analyze();
    },
  };
}

/** Two servers that start at once: Kysely's lock lets one migrate and the other find it done. */
async function migrate(db: StoreDatabase): Promise<void> {
  const provider = { getMigrations: async () => migrationsFor("postgres") };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error !== undefined) throw error;
}

/**
 * Connects to a database and makes and migrates its tables when needed. Transactions are READ COMMITTED; what must not
 * change meanwhile is locked. Throws `store-unreachable`, `store-busy` or `store-unreadable`; the address's password is in
 * no message.
 */
export async function openPostgresStore(url: string): Promise<StoreConnection> {
  const place = placeOf(url);
  const db: StoreDatabase = new Kysely<StoreTables>({
    dialect: new PostgresDialect({ pool: poolOf(url) }),
  });
  const counting = createCounting(db);
  const counts = createRequestCounts(db);
  const refuse = (error: unknown): never => {
    throw postgresError(place, error);
  };
  try {
    await migrate(db);
    await counting.start();
  } catch (error) {
    await db.destroy();
    return refuse(error);
  }
  return {
    kind: "postgres",
    db,
    write: (work) => repeating(() => transact(db, place, work)),
    // The rows are there already: not to have counted them is no failure.
    noteAdded: (count) => counting.note(count).catch(() => undefined),
    listen: (onNotice) => listenOn(url, onNotice),
    countRequests: (...counted) => counts(...counted).catch(refuse),
    errorOf: (error) => postgresError(place, error),
    [Symbol.asyncDispose]: () => db.destroy(),
  };
}
