// What the store's operations need of a database, SQLite or PostgreSQL.

import type { Kysely, Transaction } from "kysely";
import type { StoreKind, StoreTables } from "./schema.ts";

export type StoreDatabase = Kysely<StoreTables>;
export type StoreTransaction = Transaction<StoreTables>;

/** Whose rows an operation sees: it has no way to those of another organisation. */
export interface ProjectKey {
  readonly organization: string;
  readonly project: string;
}

export interface StoreConnection extends AsyncDisposable {
  readonly kind: StoreKind;
  /** For reading. */
  readonly db: StoreDatabase;
  /**
   * Runs `work` in a transaction: all of it or nothing. It is run again when the database could not order it among
   * others, so it must do nothing but ask the database.
   */
  write<T>(work: (trx: StoreTransaction) => Promise<T>): Promise<T>;
  /** To be told of rows that were added: PostgreSQL finds the way to many rows only once it has counted them. */
  noteAdded(count: number): Promise<void>;
  /** Turns what a driver throws into `store-busy`, `store-unreachable` or `store-unreadable`; others pass. */
  errorOf(error: unknown): unknown;
}
