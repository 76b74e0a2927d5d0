// Looks back on the changes of a project's tasks, and takes the last one back.

import { SitrepError } from "../core/errors.ts";
import { quotedName } from "../core/quote.ts";
import type { Task } from "../core/task/task.ts";
import type { PastStep, StoredChange } from "./change.ts";
import type { ProjectKey, StoreConnection, StoreTransaction } from "./database/connection.ts";
import { lockProject } from "./dependencies.ts";
import * as history from "./task-history.ts";
import { findTask, selectByIds, type TaskRow } from "./task-queries.ts";
import { taskFromRow } from "./task-row.ts";
import { restoreRows } from "./task-writes.ts";

const mostPast = 100;

/** What became of one task, oldest first: the last hundred steps of the last ninety days. */
export async function pastOf(
  { db }: Pick<StoreConnection, "db">,
  key: ProjectKey,
  id: string,
  source: string,
): Promise<PastStep[]> {
  const rows = await history.historyOf(db, key, id, mostPast);
  const now = await findTask(db, key, id);
  const states = [...rows.map(history.rowBefore), now];
  const taskOf = (row: TaskRow | null | undefined): Task | null =>
    row ? taskFromRow(row, source) : null;
  return rows.map(({ at, author, is_undo: isUndo }, index) => ({
    id,
    at,
    author,
    isUndo: isUndo === 1,
    before: taskOf(states[index]),
    after: taskOf(states[index + 1]),
  }));
}

/** The last change that can be taken back; of one author where one is named. Null where there is none. */
export async function lastChange(
  { db }: Pick<StoreConnection, "db">,
  key: ProjectKey,
  by: { author: string | null } | null,
  source: string,
): Promise<StoredChange | null> {
  const entries = await history.entriesOfLast(db, key, by);
  const [first] = entries;
  if (first === undefined) return null;
  const ids = entries.map((entry) => entry.task_id);
  const now = new Map((await selectByIds(db, key, ids)).map((row) => [row.id, row]));
  const taskOf = (row: TaskRow | null | undefined): Task | null =>
    row ? taskFromRow(row, source) : null;
  const steps = entries.map((entry) => ({
    id: entry.task_id,
    before: taskOf(history.rowBefore(entry)),
    after: taskOf(now.get(entry.task_id)),
  }));
  return { id: first.change, at: first.at, author: first.author, steps };
}

const mostNamed = 5;

/**
 * Gives each task of a change the row that it had before. Throws `task-changed` where one of them was changed since, and
 * leaves all as they are then.
 */
export async function takeBack(
  kind: Pick<StoreConnection, "kind">,
  trx: StoreTransaction,
  key: ProjectKey,
  { change, ...occasion }: { change: string } & history.Occasion,
): Promise<void> {
  await lockProject(kind, trx, key, "alone");
  const entries = await history.entriesOf(trx, key, change);
  const ids = entries.map((entry) => entry.task_id);
  const now = new Map((await selectByIds(trx, key, ids)).map((row) => [row.id, row]));
  // By what is noted, and by the rows themselves: an older Sitrep notes nothing.
  const later = new Set((await history.overtaken(trx, key, entries)).map((one) => one.task_id));
  const changed = entries.filter(
    ({ task_id: id, became, is_undone: isUndone }) =>
      isUndone === 1 || later.has(id) || (now.get(id)?.updated_at ?? null) !== became,
  );
  if (changed.length > 0) {
    const named = changed.slice(0, mostNamed).map((entry) => quotedName(entry.task_id));
    const more = changed.length > mostNamed ? ` and ${changed.length - mostNamed} more` : "";
    throw new SitrepError("task-changed", `Changed since: ${named.join(", ")}${more}.`, {
      hint: 'Nothing was undone. "sitrep task show ID" has the history; correct it with "sitrep task edit ID".',
    });
  }
  const rows = new Map(entries.map((entry) => [entry.task_id, history.rowBefore(entry)]));
  await restoreRows(kind, trx, key, rows);
  const back = entries.map(({ task_id: id }) => ({
    id,
    before: now.get(id) ?? null,
    became: rows.get(id)?.updated_at ?? null,
  }));
  await history.noteChanges(trx, key, [{ ...occasion, entries: back, isUndo: true }]);
  await history.markUndone(trx, key, change);
}
