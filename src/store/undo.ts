import { sql, type Selectable, type SelectQueryBuilder } from "kysely";
import { SitrepError } from "../core/errors.ts";
import { quotedName } from "../core/quote.ts";
import { parseJson } from "../core/read.ts";
import type { Task } from "../core/task/task.ts";
import type { HistoryStep, StoredChange } from "./change.ts";
import type { HistoryTable, StoreScope, StoreTables } from "./database/connection.ts";
import { lockProject } from "./dependencies.ts";
import { noteChanges, type ChangeContext } from "./task-history.ts";
import { findRow, selectByIds, type TaskRow } from "./task-queries.ts";
import { taskFromRow } from "./task-row.ts";
import { restoreRows } from "./task-writes.ts";

type HistoryRow = Selectable<HistoryTable>;

const historyOf = ({
  db,
  key: { organization, project },
}: StoreScope): SelectQueryBuilder<StoreTables, "task_history", object> =>
  db
    .selectFrom("task_history")
    .where("organization", "=", organization)
    .where("project", "=", project);

const entriesOf = (scope: StoreScope, change: string): Promise<HistoryRow[]> =>
  historyOf(scope).selectAll().where("change", "=", change).orderBy("seq").execute();

const rowBefore = ({ before }: HistoryRow): TaskRow | null =>
  before === null ? null : ((parseJson(before) as TaskRow | undefined) ?? null);

const taskOf = (row: TaskRow | null | undefined, source: string): Task | null =>
  row ? taskFromRow(row, source) : null;

async function currentRows(
  scope: StoreScope,
  entries: readonly HistoryRow[],
): Promise<Map<string, TaskRow>> {
  const ids = entries.map((entry) => entry.task_id);
  return new Map((await selectByIds(scope, ids)).map((row) => [row.id, row]));
}

const maxPast = 100;

/** The steps of one task, oldest first: the last hundred of the last ninety days. */
export async function readPast(
  scope: StoreScope,
  id: string,
  source: string,
): Promise<HistoryStep[]> {
  const newest = historyOf(scope).selectAll().where("task_id", "=", id).orderBy("seq", "desc");
  const rows = (await newest.limit(maxPast).execute()).toReversed();
  const states = [...rows.map(rowBefore), await findRow(scope, id)];
  return rows.map(({ at, author, is_undo: isUndo }, index) => ({
    id,
    at,
    author,
    isUndo: isUndo === 1,
    before: taskOf(states[index], source),
    after: taskOf(states[index + 1], source),
  }));
}

/** The last change that can be undone; with `by`, the last one by this author. Null if there is none. */
export async function lastChange(
  scope: StoreScope,
  by: { author: string | null } | null,
  source: string,
): Promise<StoredChange | null> {
  let query = historyOf(scope).where("is_undo", "=", 0).where("is_undone", "=", 0);
  if (by !== null) query = query.where("author", by.author === null ? "is" : "=", by.author);
  const last = await query.select("change").orderBy("seq", "desc").limit(1).executeTakeFirst();
  const entries = last === undefined ? [] : await entriesOf(scope, last.change);
  const [first] = entries;
  if (first === undefined) return null;
  const now = await currentRows(scope, entries);
  const steps = entries.map((entry) => ({
    id: entry.task_id,
    before: taskOf(rowBefore(entry), source),
    after: taskOf(now.get(entry.task_id), source),
  }));
  return { id: first.change, at: first.at, author: first.author, steps };
}

async function changedSince(
  { db, key: { organization, project } }: StoreScope,
  change: string,
): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    select later.task_id as id from task_history as entry join task_history as later
      on later.organization = entry.organization and later.project = entry.project
      and later.task_id = entry.task_id and later.seq > entry.seq
    where entry.organization = ${organization} and entry.project = ${project} and entry.change = ${change}
      and later.is_undo = 0 and later.is_undone = 0`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

const maxNamed = 5;

export function idsText(ids: readonly string[]): string {
  const named = ids.slice(0, maxNamed).map((id) => quotedName(id));
  const more = ids.length > maxNamed ? ` and ${ids.length - maxNamed} more` : "";
  return `${named.join(", ")}${more}`;
}

/** Restores each task's earlier row. Throws `task-changed`, and changes nothing, if one of them was changed since. */
export async function undoSteps(
  scope: StoreScope,
  { change, ...occasion }: { change: string } & ChangeContext,
): Promise<void> {
  const { db, key } = scope;
  await lockProject(scope, "alone");
  const entries = await entriesOf(scope, change);
  const later = await changedSince(scope, change);
  const changed = entries.filter((entry) => entry.is_undone === 1 || later.has(entry.task_id));
  if (changed.length > 0) {
    const named = idsText(changed.map((entry) => entry.task_id));
    throw new SitrepError("task-changed", `Changed since then: ${named}.`, {
      hint: 'Nothing was undone. "sitrep task show ID" shows the history; make corrections with "sitrep task edit ID".',
    });
  }
  const now = await currentRows(scope, entries);
  await restoreRows(scope, new Map(entries.map((entry) => [entry.task_id, rowBefore(entry)])));
  const back = entries.map(({ task_id: id }) => ({ id, before: now.get(id) ?? null }));
  await noteChanges(scope, [{ ...occasion, entries: back, isUndo: true }]);
  await db
    .updateTable("task_history")
    .set({ is_undone: 1 })
    .where((eb) => eb.and({ ...key, change }))
    .execute();
}
