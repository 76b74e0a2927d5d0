// Changes to tasks in the store: added, moved and removed with their dependencies and ids. Each takes whose they are.

import type { Insertable } from "kysely";
import { SitrepError } from "../core/errors.ts";
import { quotedName } from "../core/quote.ts";
import { parseJson, readStrings } from "../core/read.ts";
import { isOpenTask, type NewTask, type TaskStatus } from "../core/task/task.ts";
import type {
  ProjectKey,
  StoreConnection,
  StoreTransaction,
  TaskTable,
} from "./database/connection.ts";
import {
  chunksOf,
  dependentsOf,
  insertDependencies,
  lockProject,
  settleHeld,
  writeDependencies,
} from "./dependencies.ts";
import { registerIds, takeIds } from "./ids.ts";
import { noteChanges, type Occasion } from "./task-history.ts";
import { findTask, ofProject, selectByIds, type TaskRow } from "./task-queries.ts";
import { rowFromTask } from "./task-row.ts";

type Kind = Pick<StoreConnection, "kind">;

async function takenIds(
  trx: StoreTransaction,
  key: ProjectKey,
  ids: readonly string[],
): Promise<string[]> {
  const taken: string[] = [];
  for (const chunk of chunksOf(ids)) {
    const rows = await ofProject(trx, key).select("id").where("id", "in", chunk).execute();
    taken.push(...rows.map(({ id }) => id));
  }
  return taken;
}

/** The type of the ids of tasks that bring none. */
const idType = "TASK";

/** What is added by one call. */
export interface NewTasks extends Occasion {
  readonly tasks: readonly NewTask[];
}

/**
 * Adds the tasks of several calls, in order, each with its own id or the project's next, and gives the rows of each call.
 * Throws `task-invalid` for an id in use, and adds none then.
 */
export async function insertTasks(
  kind: Kind,
  trx: StoreTransaction,
  key: ProjectKey,
  calls: readonly NewTasks[],
): Promise<TaskRow[][]> {
  await lockProject(kind, trx, key, "alone");
  const tasks = calls.flatMap((call) => call.tasks.map((task) => ({ now: call.now, ...task })));
  const named = tasks.flatMap((task) => task.id ?? []);
  const seen = new Set<string>();
  const twice = named.find((id) => seen.size === seen.add(id).size);
  const clash = twice ?? (await takenIds(trx, key, named))[0];
  if (clash !== undefined) {
    throw new SitrepError("task-invalid", `There is a task ${quotedName(clash)} already.`, {
      hint: "Leave the id out to be given the next one. Nothing was added.",
    });
  }
  await registerIds(trx, key, named);
  const { ids } = await takeIds(trx, key, idType, tasks.length - named.length);
  const complete = tasks.map((task) => ({ ...task, id: task.id ?? ids.shift() ?? "" }));
  const rows = new Map<string, TaskRow>();
  for (const chunk of chunksOf(complete)) {
    const values = chunk.map((task) => rowFromTask(task, key, task.updatedAt ?? task.now));
    // In no order that a database promises.
    const inserted = await trx.insertInto("tasks").values(values).returningAll().execute();
    for (const row of inserted) rows.set(row.id, row);
  }
  const added = complete.map(({ id }) => id);
  await insertDependencies(trx, key, complete);
  // Others may have waited for these before they were there.
  const waiting = await dependentsOf(trx, key, added);
  const own = complete.filter(({ dependsOn }) => dependsOn.length > 0).map(({ id }) => id);
  await settleHeld(kind, trx, key, [...new Set([...own, ...waiting])].toSorted());
  let first = 0;
  const given = calls.map((call) =>
    added.slice(first, (first += call.tasks.length)).flatMap((id) => rows.get(id) ?? []),
  );
  const changes = calls.map(({ now, author }, at) => ({
    now,
    author,
    entries: (given[at] ?? []).map(({ id, updated_at: became }) => ({ id, before: null, became })),
  }));
  await noteChanges(trx, key, changes);
  return given;
}

const isOver = (status: string): boolean => !isOpenTask({ status: status as TaskStatus });

/**
 * Sets fields of a task, if it still has the status `from`. Null when it does not, or is not there: then nothing is
 * changed.
 */
export async function changeTask(
  kind: Kind,
  trx: StoreTransaction,
  key: ProjectKey,
  change: {
    id: string;
    from: string;
    set: Partial<Insertable<TaskTable>>;
    dependsOn?: readonly string[] | undefined;
    author: string | null;
    now: string;
  },
): Promise<TaskRow | null> {
  const { organization, project } = key;
  const { id, from, set, dependsOn, ...occasion } = change;
  await lockProject(kind, trx, key, dependsOn === undefined ? "shared" : "alone");
  const before = await findTask(trx, key, id, kind);
  const row = await trx
    .updateTable("tasks")
    .set(set)
    .where((eb) => eb.and({ organization, project, id, status: from }))
    .returningAll()
    .executeTakeFirst();
  if (row === undefined || before === null) return null;
  if (dependsOn !== undefined) await writeDependencies(trx, key, [{ id, dependsOn }]);
  const freed = isOver(from) === isOver(row.status) ? [] : await dependentsOf(trx, key, [id]);
  await settleHeld(kind, trx, key, [...new Set([id, ...freed])].toSorted());
  const entries = [{ id, before, became: row.updated_at }];
  await noteChanges(trx, key, [{ ...occasion, entries }]);
  return row;
}

/** Removes the tasks with these ids, and gives their rows; what waited for them does so no longer. */
export async function removeTasks(
  kind: Kind,
  trx: StoreTransaction,
  key: ProjectKey,
  { ids, ...occasion }: { ids: readonly string[] } & Occasion,
): Promise<TaskRow[]> {
  await lockProject(kind, trx, key, "alone");
  const removed = await selectByIds(trx, key, ids);
  await deleteRows(kind, trx, key, ids);
  const entries = removed.map((row) => ({ id: row.id, before: row, became: null }));
  await noteChanges(trx, key, [{ ...occasion, entries }]);
  return removed;
}

async function deleteRows(
  kind: Kind,
  trx: StoreTransaction,
  key: ProjectKey,
  ids: readonly string[],
): Promise<void> {
  const waiting = await dependentsOf(trx, key, ids);
  await writeDependencies(
    trx,
    key,
    ids.map((id) => ({ id, dependsOn: [] })),
  );
  for (const chunk of chunksOf(ids)) {
    await trx
      .deleteFrom("tasks")
      .where("organization", "=", key.organization)
      .where("project", "=", key.project)
      .where("id", "in", chunk)
      .execute();
  }
  await settleHeld(kind, trx, key, waiting);
}

/** Gives tasks the rows that they had; null: there was none. Rows and what waits for them are settled anew. */
export async function restoreRows(
  kind: Kind,
  trx: StoreTransaction,
  key: ProjectKey,
  rows: ReadonlyMap<string, TaskRow | null>,
): Promise<void> {
  await deleteRows(kind, trx, key, [...rows.keys()]);
  const restored = [...rows.values()].filter((row) => row !== null);
  for (const values of chunksOf(restored)) await trx.insertInto("tasks").values(values).execute();
  const tasks = restored.map((row) => ({
    id: row.id,
    dependsOn: readStrings(parseJson(row.depends_on)),
  }));
  await insertDependencies(trx, key, tasks);
  const waiting = await dependentsOf(trx, key, [...rows.keys()]);
  const ids = restored.map(({ id }) => id);
  await settleHeld(kind, trx, key, [...new Set([...ids, ...waiting])].toSorted());
}
