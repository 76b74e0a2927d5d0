// The backup of either kind of store is an SQLite file, which can be restored into the other kind.

import { randomBytes } from "node:crypto";
import { linkSync, renameSync, rmSync, statSync } from "node:fs";
import { sql } from "kysely";
import { codeOf, SitrepError } from "../../core/errors.ts";
import { closing, openExisting, openForReading } from "../../state/sqlite/sqlite.ts";
import type { StoreConnection, StoreDatabase, StoreTables } from "./connection.ts";
import { openStoreDatabase, requireUsableStore, storeVersion } from "./database.ts";

/** All tables with their primary keys. The board's sessions are not backed up. */
const keysOf = {
  tasks: ["organization", "project", "id"],
  task_dependencies: ["organization", "project", "task_id", "depends_on"],
  task_history: ["seq"],
  task_comments: ["id"],
  ids: ["organization", "project", "type"],
  id_reservations: ["id"],
  tickets: ["organization", "id"],
  api_keys: ["id"],
} as const satisfies Record<keyof StoreTables, readonly string[]>;

type TableName = keyof StoreTables;
const tables = Object.keys(keysOf) as TableName[];

export type RowCounts = Readonly<Record<TableName, number>>;

const pageSize = 500;

type Row = Record<string, string | number | null>;

/** The rows of a table in the order of their keys, a page at a time, so that memory use stays small. */
async function* pagesOf(db: StoreDatabase, table: TableName): AsyncGenerator<Row[]> {
  const columns = sql.join(keysOf[table].map((name) => sql.ref(name)));
  let last: Row | undefined;
  for (;;) {
    const after = keysOf[table].map((name) => last?.[name] ?? null);
    const rest = last === undefined ? sql`` : sql`where (${columns}) > (${sql.join(after)})`;
    const query = sql<Row>`select * from ${sql.table(table)} ${rest} order by ${columns} limit ${pageSize}`;
    // oxlint-disable-next-line no-await-in-loop -- each page begins at the end of the one before
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
      // The driver gives PostgreSQL's bigint as text.
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

const removeDatabase = (file: string): void => {
  for (const end of ["", "-wal", "-shm", "-journal"]) rmSync(file + end, { force: true });
};

const alreadyThere = (file: string): SitrepError =>
  new SitrepError("usage", `${file} already exists.`, {
    hint: "Choose another name, or move that file: a backup never overwrites a file.",
  });

/** Writes a snapshot of the store into a new file. Throws `usage` if the file exists, `disk-full` and `file-denied`. */
export async function backUp(store: StoreConnection, file: string): Promise<RowCounts> {
  if (statSync(file, { throwIfNoEntry: false }) !== undefined) throw alreadyThere(file);
  const draft = `${file}.${randomBytes(4).toString("hex")}.draft`;
  try {
    const counts = await writeDraft(store, draft);
    // A single file, which can be read even if its folder is not writable.
    closing(openExisting(draft, 5000), (db) => db.pragma("journal_mode = delete"));
    place(draft, file);
    return counts;
  } catch (error) {
    throw codeOf(error) === "EEXIST" ? alreadyThere(file) : store.errorOf(error);
  } finally {
    removeDatabase(draft);
  }
}

/** Gives the draft its name, never over another file. */
function place(draft: string, file: string): void {
  try {
    linkSync(draft, file);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw error;
    // Without hard links, a file that appears at this moment is overwritten.
    renameSync(draft, file);
  }
}

async function writeDraft(store: StoreConnection, draft: string): Promise<RowCounts> {
  await using copy = await openStoreDatabase(draft);
  try {
    // One snapshot for all tables. SQLite has one anyway, from its first read on.
    return await store.db
      .transaction()
      .setIsolationLevel("repeatable read")
      .execute((from) => copy.write((to) => copyRows(from, to)));
  } catch (error) {
    throw copy.errorOf(error);
  }
}

/** Throws `store-unreadable` for a file that is not a backup, which opening would turn into an empty store. */
function requireBackup(file: string): void {
  requireUsableStore(file);
  if (closing(openForReading(file, 5000), storeVersion) > 0) return;
  throw new SitrepError("store-unreadable", `${file} is not a backup of a task store.`, {
    hint: '"sitrep store backup FILE" writes one.',
  });
}

async function copyFile(file: string, copy: string): Promise<void> {
  const source = openForReading(file, 5000);
  try {
    await source.backup(copy);
  } finally {
    source.close();
  }
}

/** Throws `store-not-empty` if the store has rows and `replace` is false. */
async function clear(to: StoreDatabase, replace: boolean): Promise<void> {
  for (const table of tables) {
    const rows = to.selectFrom(table).select(sql`1`.as("one"));
    const isEmpty = (await rows.limit(1).executeTakeFirst()) === undefined;
    if (!isEmpty && !replace) {
      throw new SitrepError("store-not-empty", "The store already contains tasks or keys.", {
        hint: "Nothing was changed. Back the store up first, then restore with --replace.",
      });
    }
    if (!isEmpty) await to.deleteFrom(table).execute();
  }
}

/** All or nothing. `scratch`: an unused file name. Throws `store-not-empty`, `store-unreadable`. */
export async function restore(
  store: StoreConnection,
  file: string,
  { replace, scratch }: { replace: boolean; scratch: string },
): Promise<RowCounts> {
  requireBackup(file);
  const isPostgres = store.kind === "postgres";
  try {
    await copyFile(file, scratch);
    await using backup = await openStoreDatabase(scratch);
    const counts = await store.write(async (to) => {
      const all = sql.join(tables.map((table) => sql.table(table)));
      if (isPostgres) await sql`lock table ${all} in share row exclusive mode`.execute(to);
      await clear(to, replace);
      const copied = await copyRows(backup.db, to);
      if (isPostgres) {
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
    removeDatabase(scratch);
  }
}
