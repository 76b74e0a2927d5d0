// A backup of a store, and the way back. Whatever the store is, the backup is an SQLite file with the same tables, so that
// it can be looked at, and restored into a store of the other kind.

import { randomBytes } from "node:crypto";
import { linkSync, renameSync, rmSync, statSync } from "node:fs";
import { sql } from "kysely";
import { codeOf, SitrepError } from "../../core/errors.ts";
import { closing, openExisting, openForReading } from "../../state/sqlite/sqlite.ts";
import type { StoreConnection, StoreDatabase, StoreTables } from "./connection.ts";
import { openStoreDatabase, requireUsableStore } from "./database.ts";

/** Every table, with the columns that tell its rows apart. */
const keysOf = {
  tasks: ["organization", "project", "id"],
  task_dependencies: ["organization", "project", "task_id", "depends_on"],
  task_history: ["seq"],
  ids: ["organization", "project", "type"],
  id_reservations: ["id"],
  tickets: ["organization", "id"],
  api_keys: ["id"],
} as const satisfies Record<keyof StoreTables, readonly string[]>;

type TableName = keyof StoreTables;
const tables = Object.keys(keysOf) as TableName[];

/** How many rows of each table there are. */
export type RowCounts = Readonly<Record<TableName, number>>;

const pageSize = 500;

type Row = Record<string, string | number | null>;

/** The rows of a table, a page at a time, in the order of their keys: many are never in memory at once. */
async function* pagesOf(db: StoreDatabase, table: TableName): AsyncGenerator<Row[]> {
  const columns = sql.join(keysOf[table].map((name) => sql.ref(name)));
  let last: Row | undefined;
  for (;;) {
    const after = keysOf[table].map((name) => last?.[name] ?? null);
    const rest = last === undefined ? sql`` : sql`where (${columns}) > (${sql.join(after)})`;
    const query = sql<Row>`select * from ${sql.table(table)} ${rest} order by ${columns} limit ${pageSize}`;
    // oxlint-disable-next-line no-await-in-loop -- each begins where the one before ended
    const { rows } = await query.execute(db);
    if (rows.length > 0) yield rows;
    last = rows.at(-1);
    if (rows.length < pageSize) return;
  }
}

async function copyRows(from: StoreDatabase, to: StoreDatabase): Promise<RowCounts> {
  const counts = Object.fromEntries(tables.map((table) => [table, 0])) as Record<TableName, number>;
  for (const table of tables) {
    for await (const rows of pagesOf(from, table)) {
      // PostgreSQL gives its largest numbers as texts.
      const values = rows.map((row) => ("seq" in row ? { ...row, seq: Number(row["seq"]) } : row));
      await to
        .insertInto(table)
        .values(values as never)
        .execute();
      counts[table] += rows.length;
    }
  }
  return counts;
}

const withoutFile = (file: string): void => {
  for (const end of ["", "-wal", "-shm", "-journal"]) rmSync(file + end, { force: true });
};

const isThere = (file: string): SitrepError =>
  new SitrepError("usage", `There is a file ${file} already.`, {
    hint: "Name another, or move it away: a backup overwrites nothing.",
  });

/**
 * Writes everything in the store, as it was at one moment, into a new file, while others may write to the store. Throws
 * `usage` where the file is there, `disk-full`, `file-denied` and what the store throws; then there is no file.
 */
export async function backUp(store: StoreConnection, file: string): Promise<RowCounts> {
  if (statSync(file, { throwIfNoEntry: false }) !== undefined) throw isThere(file);
  const draft = `${file}.${randomBytes(4).toString("hex")}.draft`;
  try {
    const counts = await writeDraft(store, draft);
    // One file, which can be read where nothing may be written.
    closing(openExisting(draft, 5000), (db) => db.pragma("journal_mode = delete"));
    place(draft, file);
    return counts;
  } catch (error) {
    throw codeOf(error) === "EEXIST" ? isThere(file) : store.errorOf(error);
  } finally {
    withoutFile(draft);
  }
}

/** Under its name at last, and never over another file. */
function place(draft: string, file: string): void {
  try {
    linkSync(draft, file);
  } catch (error) {
    // A file system without links: there a file that comes within this instant is overwritten.
    if (codeOf(error) === "EEXIST") throw error;
    renameSync(draft, file);
  }
}

async function writeDraft(store: StoreConnection, draft: string): Promise<RowCounts> {
  await using copy = await openStoreDatabase(draft);
  try {
    // One snapshot for all tables. SQLite has it from the first read on, whatever is asked for.
    return await store.db
      .transaction()
      .setIsolationLevel("repeatable read")
      .execute((from) => copy.write((to) => copyRows(from, to)));
  } catch (error) {
    throw copy.errorOf(error);
  }
}

/** Throws `store-unreadable` for what is no backup, which would otherwise be made an empty store. */
function requireBackup(file: string): void {
  requireUsableStore(file);
  const version = closing(openForReading(file, 5000), (db) =>
    Number(db.pragma("user_version", { simple: true })),
  );
  if (version > 0) return;
  throw new SitrepError("store-unreadable", `${file} is no backup of a task store.`, {
    hint: '"sitrep store backup FILE" writes one.',
  });
}

/** A copy that may be brought up to date, where the backup is of an older version; the backup stays as it is. */
async function copyOf(file: string, copy: string): Promise<void> {
  const source = openForReading(file, 5000);
  try {
    await source.backup(copy);
  } finally {
    source.close();
  }
}

const notEmpty = (): SitrepError =>
  new SitrepError("store-not-empty", "There are tasks or keys in the store.", {
    hint: "Nothing was changed. Back it up first, then put the backup in its place with --replace.",
  });

/**
 * Puts a backup into the store, all of it or nothing. `scratch`: a file beside which nothing is, for a copy. Throws
 * `store-not-empty` where there is something in the store and it is not to be replaced, `database-missing` and
 * `store-unreadable` for what is no backup, and what the store throws.
 */
export async function restore(
  store: StoreConnection,
  file: string,
  { replace, scratch }: { replace: boolean; scratch: string },
): Promise<RowCounts> {
  requireBackup(file);
  try {
    await copyOf(file, scratch);
    await using backup = await openStoreDatabase(scratch);
    const counts = await store.write(async (to) => {
      if (store.kind === "postgres") {
        const all = sql.join(tables.map((table) => sql.table(table)));
        await sql`lock table ${all} in share row exclusive mode`.execute(to);
      }
      for (const table of tables) {
        const row = await to
          .selectFrom(table)
          .select(sql`1`.as("one"))
          .limit(1)
          .executeTakeFirst();
        if (row !== undefined && !replace) throw notEmpty();
        if (row !== undefined) await to.deleteFrom(table).execute();
      }
      const copied = await copyRows(backup.db, to);
      if (store.kind === "postgres") {
        await sql`select setval(pg_get_serial_sequence('task_history', 'seq'),
          greatest(1, (select max(seq) from task_history)))`.execute(to);
      }
      return copied;
    });
    await store.noteAdded(counts.tasks);
    return counts;
  } catch (error) {
    throw store.errorOf(error);
  } finally {
    withoutFile(scratch);
  }
}
