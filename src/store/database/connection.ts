// What the store's operations need of a database, SQLite or PostgreSQL: a connection, and the tables in it.

import type { Generated, Kysely, Transaction } from "kysely";

export type StoreDatabase = Kysely<StoreTables>;
export type StoreTransaction = Transaction<StoreTables>;

/** Whose rows an operation sees: it has no way to those of another organisation. */
export interface ProjectKey {
  readonly organization: string;
  readonly project: string;
}

/** Something was committed, by this process or another. */
export interface StoreNotice {
  /** Whose rows; null where that is not known: anybody's may be others now. */
  readonly organization: string | null;
  /** The tasks that changed, project and id; null where that is not known, or they are too many to be named. */
  readonly tasks: readonly { readonly project: string; readonly id: string }[] | null;
  /** True where a key may have been changed. */
  readonly ofKeys: boolean;
}

/** Listens for notices, until it is disposed of. */
export interface StoreNotices extends AsyncDisposable {
  /** True where this process hears of its own writes too. */
  readonly hasOwn: boolean;
  /** True when all that was committed before the call has been told; false while that cannot be known. */
  caughtUp(): Promise<boolean>;
}

/** How many were counted in the window, and for how long it lasts yet. */
export interface Counted {
  readonly count: number;
  readonly endsInMs: number;
}

/** Counts `amount` more of this name; a window begins with its first count. */
export type CountRequests = (name: string, amount: number, seconds: number) => Promise<Counted>;

export interface StoreConnection extends AsyncDisposable {
  readonly kind: StoreKind;
  /** For reading. */
  readonly db: StoreDatabase;
  /**
   * Runs `work` in a transaction: all of it or nothing. It is run again when the database could not order it among
   * others, so it must do nothing but ask the database.
   */
  write<T>(work: (trx: StoreTransaction) => Promise<T>): Promise<T>;
  /** To be called when rows were added: PostgreSQL finds the way to many rows only once it has counted them. */
  noteAdded(count: number): Promise<void>;
  /** Has every change told, by whichever process it is made. */
  listen(onNotice: (notice: StoreNotice) => void): Promise<StoreNotices>;
  /** For all servers on the store together; null where there is one, which counts by itself. */
  readonly countRequests: CountRequests | null;
  /** Turns what a driver throws into `store-busy`, `store-unreachable` or `store-unreadable`; others pass. */
  errorOf(error: unknown): unknown;
}

/** The outcome of work in the store; what a driver throws becomes the store's error. */
export const orStoreError = <T>(store: StoreConnection, work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw store.errorOf(error);
  });

/** Whose rows: the embedded store has one organisation, the empty text. */
interface OrganizationColumn {
  organization: string;
}

/** Lists are JSON text; instants are ISO 8601 in UTC. */
export interface TaskTable extends OrganizationColumn {
  project: string;
  id: string;
  title: string;
  description: string | null;
  status: string;
  raw_status: string | null;
  priority: string;
  /** 0 for `urgent` to 4 for `none`. */
  priority_rank: number;
  assignees: string;
  labels: string;
  due: string | null;
  /** As `due`, and after every date where there is none. */
  due_key: string;
  created_at: string;
  updated_at: string;
  completed_at: string | null;
  url: string | null;
  branch: string | null;
  parent: string | null;
  depends_on: string;
  /** 1 for a pending task with a dependency that is not over, else 0. */
  held: number;
  category: string | null;
  estimated_effort: string | null;
  inputs: string;
  outputs: string;
  completion_notes: string | null;
}

/** One row for each id in a task's `depends_on`, whether there is such a task or not. */
interface DependencyTable extends OrganizationColumn {
  project: string;
  task_id: string;
  depends_on: string;
}

/** One row for each task of a change. */
export interface HistoryTable extends OrganizationColumn {
  seq: Generated<number>;
  project: string;
  /** What was changed together has one. */
  change: string;
  task_id: string;
  at: string;
  /** The session of a client or the user of a server that it is of; null for a person at a terminal. */
  author: string | null;
  /** The task's row as it was, as JSON; null where it was added. */
  before: string | null;
  /** `updated_at` of the row as it became; null where it was removed. */
  became: string | null;
  /** 1 for what takes another change back. */
  is_undo: number;
  /** 1 for what was taken back. */
  is_undone: number;
}

/** The last number given out for a kind of id, by project. */
interface IdTable extends OrganizationColumn {
  project: string;
  type: string;
  last: number;
}

/** Reserved ids. A reservation that is over is no longer listed; its numbers stay given out. */
interface ReservationTable extends OrganizationColumn {
  id: string;
  project: string;
  type: string;
  first: number;
  last: number;
  reserved_by: string;
  created_at: string;
  expires_at: string;
}

export interface TicketTable extends OrganizationColumn {
  id: string;
  title: string;
  description: string;
  status: string;
  category: string;
  priority: string;
  created_by: string;
  created_at: string;
  updated_at: string;
  /** Title and beginning of the description in small letters. */
  search_text: string;
}

/** `id` is the beginning of the hash; permissions, `rate_limit` and `metadata` are JSON text; `act_as` is 0, 1, or 2 for any organisation. */
export interface KeyTable extends OrganizationColumn {
  id: string;
  hash: string;
  name: string;
  user_id: string;
  permissions: string;
  act_as: number;
  created_at: string;
  revoked_at: string | null;
  rate_limit: string | null;
  metadata: string | null;
}

export interface StoreTables {
  tasks: TaskTable;
  task_dependencies: DependencyTable;
  task_history: HistoryTable;
  ids: IdTable;
  id_reservations: ReservationTable;
  tickets: TicketTable;
  api_keys: KeyTable;
}

export type StoreKind = "sqlite" | "postgres";
