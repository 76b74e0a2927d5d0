import type { TaskComment } from "../change.ts";
import type { Generated, Kysely, KyselyConfig, Transaction } from "kysely";

export type StoreKind = "sqlite" | "postgres";
export type StoreDatabase = Kysely<StoreTables>;
export type StoreTransaction = Transaction<StoreTables>;

/** The rows that an operation sees. The embedded store has one organization, the empty text. */
export interface ProjectKey {
  readonly organization: string;
  readonly project: string;
}

export interface StoreScope {
  readonly kind: StoreKind;
  readonly db: StoreDatabase;
  /** Has these two properties and no others: it is spread into conditions and rows. */
  readonly key: ProjectKey;
}

/** Something was committed, by this process or another. */
export interface StoreNotice {
  /** The organization whose rows changed; null: unknown, treat all as changed. */
  readonly organization: string | null;
  /** The tasks that changed, project and id; null: unknown, or too many to name. */
  readonly tasks: readonly { readonly project: string; readonly id: string }[] | null;
  /** True if a key may have changed. */
  readonly ofKeys: boolean;
}

export interface StoreNotices extends AsyncDisposable {
  /** True if this process also gets notices of its own writes. */
  readonly hasOwn: boolean;
  /** True when every commit before the call has been reported; false while that cannot be known. */
  caughtUp(): Promise<boolean>;
}

/** The requests counted in the window, and how long it still lasts. */
export interface Counted {
  readonly count: number;
  readonly endsInMs: number;
}

/** A query that has ended. `sql` has placeholders for its values. */
export interface FinishedQuery {
  readonly system: "postgresql" | "sqlite";
  readonly sql: string;
  readonly durationMs: number;
  readonly isFailed: boolean;
}

export type OnQuery = (query: FinishedQuery) => void;

/** Kysely times queries only if it has a log. */
export const queryLog = (
  system: FinishedQuery["system"],
  onQuery: OnQuery | null,
): Pick<KyselyConfig, "log"> =>
  onQuery === null
    ? {}
    : {
        log: ({ level, query: { sql }, queryDurationMillis: durationMs }) =>
          onQuery({ system, sql, durationMs, isFailed: level === "error" }),
      };

/** Connections to the database, and the calls that wait for one. */
export interface ConnectionCounts {
  readonly total: number;
  readonly idle: number;
  readonly waiting: number;
  readonly most: number;
}

export type CountRequests = (name: string, amount: number, seconds: number) => Promise<Counted>;

export interface StoreConnection extends AsyncDisposable {
  readonly kind: StoreKind;
  readonly db: StoreDatabase;
  /** Runs `work` in a transaction. It may run again, so it must do nothing but query the database. */
  write<T>(work: (trx: StoreTransaction) => Promise<T>): Promise<T>;
  /** Call this after adding rows: PostgreSQL plans queries over many rows well only once it has analyzed them. */
  noteAdded(count: number): Promise<void>;
  /** Reports every change, whichever process makes it. */
  listen(onNotice: (notice: StoreNotice) => void): Promise<StoreNotices>;
  /** Counts the requests of all servers on the store; null if only one server can use it. */
  readonly countRequests: CountRequests | null;
  /** Absent on SQLite. */
  readonly poolCounts?: () => ConnectionCounts;
  /** Turns a driver's error into `store-busy`, `store-unreachable` or `store-unreadable`; returns others unchanged. */
  errorOf(error: unknown): unknown;
}

export const withStoreError = <T>(store: StoreConnection, work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw store.errorOf(error);
  });

export const writeInProject = <T>(
  { kind, write }: StoreConnection,
  key: ProjectKey,
  work: (scope: StoreScope) => Promise<T>,
): Promise<T> => write((db) => work({ kind, db, key }));

/** Lists are JSON text; instants are ISO 8601 in UTC. */
export interface TaskTable {
  organization: string;
  project: string;
  id: string;
  title: string;
  description: string | null;
  status: string;
  raw_status: string | null;
  priority: string;
  priority_rank: number;
  assignees: string;
  labels: string;
  due: string | null;
  /** `due`, or a text that sorts after every date. */
  due_key: string;
  created_at: string;
  updated_at: string;
  completed_at: string | null;
  url: string | null;
  branch: string | null;
  parent: string | null;
  depends_on: string;
  /** 1 for a pending task with an open dependency, else 0. */
  held: number;
  category: string | null;
  estimated_effort: string | null;
  inputs: string;
  outputs: string;
  completion_notes: string | null;
}

/** One row for each id in a task's `depends_on`, whether there is such a task or not. */
interface DependencyTable {
  organization: string;
  project: string;
  task_id: string;
  depends_on: string;
}

export interface HistoryTable {
  organization: string;
  project: string;
  seq: Generated<number>;
  change: string;
  task_id: string;
  at: string;
  /** The session or the server's user who made it; null for a person at a terminal. */
  author: string | null;
  before: string | null;
  /** 1 for the undo of another change. */
  is_undo: number;
  /** 1 for a change that was undone. */
  is_undone: number;
}

interface IdTable {
  organization: string;
  project: string;
  type: string;
  last: number;
}

/** Reserved ids. An expired reservation is removed; its numbers stay taken. */
interface ReservationTable {
  organization: string;
  project: string;
  id: string;
  type: string;
  first: number;
  last: number;
  reserved_by: string;
  created_at: string;
  expires_at: string;
}

export interface TicketTable {
  organization: string;
  id: string;
  title: string;
  description: string;
  status: string;
  category: string;
  priority: string;
  created_by: string;
  created_at: string;
  updated_at: string;
  /** The title and the beginning of the description, in lower case. */
  search_text: string;
}

/** `id` is the beginning of the hash; permissions, `rate_limit` and `metadata` are JSON text. */
export interface KeyTable {
  organization: string;
  id: string;
  hash: string;
  name: string;
  user_id: string;
  permissions: string;
  /** 0: as itself; 1: as any user of its organization; 2: of any organization. */
  act_as: number;
  created_at: string;
  revoked_at: string | null;
  rate_limit: string | null;
  metadata: string;
}

export interface StoreTables {
  tasks: TaskTable;
  task_dependencies: DependencyTable;
  task_history: HistoryTable;
  task_comments: ProjectKey & TaskComment & { readonly id: string; readonly task_id: string };
  ids: IdTable;
  id_reservations: ReservationTable;
  tickets: TicketTable;
  api_keys: KeyTable;
}
