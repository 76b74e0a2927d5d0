// What became of the tasks of a project and what they were before, written with each change in its own transaction: for
// people who look back, and to take a change back.

import { randomUUID } from "node:crypto";
import { parseJson } from "../core/read.ts";
import type {
  HistoryTable,
  ProjectKey,
  StoreDatabase,
  StoreTransaction,
} from "./database/connection.ts";
import type { Selectable } from "kysely";
import { chunksOf } from "./dependencies.ts";
import type { TaskRow } from "./task-queries.ts";

export type HistoryRow = Selectable<HistoryTable>;

/** When, and by which session or user; null for a person at a terminal. */
export interface Occasion {
  /** ISO 8601 in UTC. */
  readonly now: string;
  readonly author: string | null;
}

/** What became of one task. `before` null: it was added; `became` null: it was removed, else its `updated_at`. */
export interface HistoryEntry {
  readonly id: string;
  readonly before: TaskRow | null;
  readonly became: string | null;
}

export const changesKeptMs: number = 90 * 86_400_000;
/** How often what is older is removed, in entries. */
const trimmedEvery = 64;

/** One change of several tasks. */
export interface Change extends Occasion {
  readonly entries: readonly HistoryEntry[];
  /** True where it takes another back. */
  readonly isUndo?: boolean;
}

/** Notes changes, in order. */
export async function noteChanges(
  trx: StoreTransaction,
  { organization, project }: ProjectKey,
  changes: readonly Change[],
): Promise<void> {
  const noted = changes.flatMap(({ now, author, entries, isUndo = false }) => {
    const change = randomUUID();
    return entries.map(({ id, before, became }) => ({
      organization,
      project,
      change,
      at: now,
      author,
      task_id: id,
      before: before === null ? null : JSON.stringify(before),
      became,
      is_undo: Number(isUndo),
      is_undone: 0,
    }));
  });
  let last = 0;
  for (const values of chunksOf(noted)) {
    const rows = await trx.insertInto("task_history").values(values).returning("seq").execute();
    last = Math.max(last, ...rows.map(({ seq }) => Number(seq)));
  }
  const [one] = changes;
  if (one === undefined || last === 0 || last % trimmedEvery >= noted.length) return;
  const end = new Date(Date.parse(one.now) - changesKeptMs).toISOString();
  await trx.deleteFrom("task_history").where("at", "<", end).execute();
}

/** The row that a task had before an entry. */
export const rowBefore = ({ before }: Pick<HistoryRow, "before">): TaskRow | null =>
  before === null ? null : ((parseJson(before) as TaskRow | undefined) ?? null);

const ofProject = (db: StoreDatabase, { organization, project }: ProjectKey) =>
  db
    .selectFrom("task_history")
    .where("organization", "=", organization)
    .where("project", "=", project);

/** What became of one task, oldest first. */
export async function historyOf(
  db: StoreDatabase,
  key: ProjectKey,
  id: string,
  limit: number,
): Promise<HistoryRow[]> {
  const newest = ofProject(db, key)
    .selectAll()
    .where("task_id", "=", id)
    .orderBy("seq", "desc")
    .limit(limit);
  return (await newest.execute()).toReversed();
}

/** The entries of the last change that can be taken back, in order; of one author where one is named. */
export async function entriesOfLast(
  db: StoreDatabase,
  key: ProjectKey,
  by: { author: string | null } | null,
): Promise<HistoryRow[]> {
  let query = ofProject(db, key).where("is_undo", "=", 0).where("is_undone", "=", 0);
  if (by !== null) {
    query =
      by.author === null
        ? query.where("author", "is", null)
        : query.where("author", "=", by.author);
  }
  const last = await query.select("change").orderBy("seq", "desc").limit(1).executeTakeFirst();
  return last === undefined ? [] : await entriesOf(db, key, last.change);
}

export const entriesOf = (
  db: StoreDatabase,
  key: ProjectKey,
  change: string,
): Promise<HistoryRow[]> =>
  ofProject(db, key).selectAll().where("change", "=", change).orderBy("seq").execute();

/** Those of the entries whose task was changed after them, other than by a change that was taken back. */
export async function overtaken(
  db: StoreDatabase,
  key: ProjectKey,
  entries: readonly HistoryRow[],
): Promise<HistoryRow[]> {
  const last = new Map<string, number>();
  for (const ids of chunksOf(entries.map((entry) => entry.task_id))) {
    const rows = await ofProject(db, key)
      .select((eb) => ["task_id", eb.fn.max("seq").as("seq")])
      .where("task_id", "in", ids)
      .where("is_undo", "=", 0)
      .where("is_undone", "=", 0)
      .groupBy("task_id")
      .execute();
    for (const { task_id: id, seq } of rows) last.set(id, Number(seq));
  }
  return entries.filter(({ task_id: id, seq }) => (last.get(id) ?? 0) > Number(seq));
}

/** Notes of a change that it was taken back. */
export async function markUndone(
  trx: StoreTransaction,
  { organization, project }: ProjectKey,
  change: string,
): Promise<void> {
  await trx
    .updateTable("task_history")
    .set({ is_undone: 1 })
    .where((eb) => eb.and({ organization, project, change }))
    .execute();
}
