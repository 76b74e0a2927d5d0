// Connections to PostgreSQL, whose errors become the store's. Loaded only if a database's address is set.

import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from "kysely";
import { Pool, type PoolClient } from "pg";
import { SitrepError } from "../../core/errors.ts";
import type { ConnectionCounts } from "./connection.ts";
import {
  runNamed,
  createStatementNames,
  staleStates,
  sqlState,
  type StatementNames,
} from "./named-statements.ts";

const connectTimeoutMs = 5000;
const statementTimeoutMs = 30_000;
/** A connection that does not answer within this time counts as lost: a stopped server cannot end the statement itself. */
const responseTimeoutMs = statementTimeoutMs + 2000;
const connectionLimit = 10;

/** serialization_failure, deadlock_detected, and stale statements: nothing was changed, so the work can be repeated. */
const repeatable = new Set(["40001", "40P01", ...staleStates]);

export const isRepeatable = (error: unknown): boolean => repeatable.has(sqlState(error));

/** Classes of SQLSTATE (connection, resources, operator's intervention), and the codes of sockets. */
const unreachable = /^(?:08|53|57P|E[A-Z]+$)/;

/** The driver's messages that come without a code. */
const withoutConnection =
  /connection terminated|not queryable|client (?:was|has been) closed|timeout exceeded when trying|timeout expired|query read timeout/i;

export const isUnreachable = (error: unknown): error is Error =>
  error instanceof Error &&
  (unreachable.test(sqlState(error)) || withoutConnection.test(error.message));

/** The database's address without its secrets. */
export function databaseAddress(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${host === "" ? "localhost" : host}${pathname}`;
  } catch {
    return "the address in DATABASE_URL";
  }
}

export function postgresError(place: string, cause: unknown): unknown {
  if (cause instanceof SitrepError || !(cause instanceof Error)) return cause;
  if (isUnreachable(cause)) {
    return new SitrepError("store-unreachable", `The database at ${place} is not responding.`, {
      hint: "Check that it is running and that the address in DATABASE_URL is correct.",
      cause,
    });
  }
  // 55P03 lock_not_available, 57014 query_canceled (the statement's time was over).
  if (isRepeatable(cause) || /^(?:55P03|57014)$/.test(sqlState(cause))) {
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

/** PostgreSQL text cannot contain U+0000, so it is replaced in stored text, and a search for it finds nothing. */
const storable = (value: unknown): unknown =>
  typeof value === "string" ? value.replaceAll("\u0000", "\uFFFD") : value;

const wrapped = new WeakMap<PoolClient, PostgresPoolClient>();

function clientOf(client: PoolClient, names: StatementNames): PostgresPoolClient {
  const known = wrapped.get(client);
  if (known !== undefined) return known;
  // Nothing more is sent to a connection that did not answer, not even the end of the transaction.
  let lost: Error | null = null;
  const query = (async (text: string, parameters: readonly unknown[]) => {
    if (lost !== null) throw lost;
    const statement = { text, values: parameters.map(storable) };
    try {
      return await runNamed((one) => client.query(one), names, statement);
    } catch (error) {
      if (isUnreachable(error)) lost = error;
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

export function createPool(url: string): PostgresPool & { counts(): ConnectionCounts } {
  const names = createStatementNames();
  const pool = new Pool({
    connectionString: url,
    max: connectionLimit,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    statement_timeout: statementTimeoutMs,
    query_timeout: responseTimeoutMs,
    application_name: "sitrep",
    keepAlive: true,
  });
  // A connection that breaks while idle is replaced; without a listener it would end the process.
  pool.on("error", () => undefined);
  // The pool listens only to idle ones: one that breaks in use, or reports it twice, would end the process too.
  pool.on("connect", (client) => void client.on("error", () => undefined));
  return {
    options: {},
    connect: async () => {
      try {
        return clientOf(await pool.connect(), names);
      } catch (cause) {
        if (pool.totalCount < connectionLimit) throw cause;
        // All connections are in use, so the database is answering other calls.
        throw new SitrepError("store-busy", "Every connection to the database is in use.", {
          hint: "Try again.",
          cause,
        });
      }
    },
    end: () => pool.end(),
    counts: () => ({
      total: pool.totalCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
      most: connectionLimit,
    }),
  };
}
