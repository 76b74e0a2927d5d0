import type { Insertable } from "kysely";
import { SitrepError } from "../core/errors.ts";
import { quotedName } from "../core/quote.ts";
import { parseJson, readStrings } from "../core/read.ts";
import { isOpenTask, type NewTask, type TaskStatus } from "../core/task/task.ts";
import type { StoreScope, TaskTable } from "./database/connection.ts";
import {
  chunks,
  findDependents,
  insertDependencies,
  lockProject,
  removeDependencies,
  recomputeHeld,
} from "./dependencies.ts";
import { registerIds, reserveNextIds } from "./ids.ts";
import { nextVersion, noteChanges, type ChangeContext } from "./task-history.ts";
import { findRow, ofProject, selectByIds, type TaskRow } from "./task-queries.ts";
import { rowFromTask } from "./task-row.ts";

/** An id that two of these tasks, or one of them and a stored task, have in common. */
async function clashingId(scope: StoreScope, ids: readonly string[]): Promise<string | undefined> {
  const seen = new Set<string>();
  const twice = ids.find((id) => seen.size === seen.add(id).size);
  if (twice !== undefined) return twice;
  for (const chunk of chunks(ids)) {
    const taken = await ofProject(scope).select("id").where("id", "in", chunk).executeTakeFirst();
    if (taken !== undefined) return taken.id;
  }
  return undefined;
}

const idType = "TASK";

export interface NewTasks extends ChangeContext {
  readonly tasks: readonly NewTask[];
}

/** Adds the tasks of several calls, all or none, and returns the rows of each. Throws `task-invalid` for an id in use. */
export async function insertTasks(
  scope: StoreScope,
  calls: readonly NewTasks[],
): Promise<TaskRow[][]> {
  await lockProject(scope, "alone");
  const tasks = calls.flatMap((call) => call.tasks.map((task) => ({ now: call.now, ...task })));
  const named = tasks.flatMap((task) => task.id ?? []);
  const clash = await clashingId(scope, named);
  if (clash !== undefined) {
    throw new SitrepError("task-invalid", `Task ${quotedName(clash)} already exists.`, {
      hint: "Nothing was added. Leave the id out to get the next one.",
    });
  }
  await registerIds(scope, named);
  const { ids } = await reserveNextIds(scope, idType, tasks.length - named.length);
  const complete = tasks.map((task) => ({ ...task, id: task.id ?? ids.shift() ?? "" }));
  const rows = new Map<string, TaskRow>();
  for (const chunk of chunks(complete)) {
    const values = chunk.map((task) => rowFromTask(task, scope.key, task.updatedAt ?? task.now));
    // Sorts by id, because databases may return rows in any order.
    const inserted = await scope.db.insertInto("tasks").values(values).returningAll().execute();
    for (const row of inserted) rows.set(row.id, row);
  }
  const added = complete.map(({ id }) => id);
  await insertDependencies(scope, complete);
  // Other tasks may have waited for these before they existed.
  const waiting = await findDependents(scope, added);
  const own = complete.filter(({ dependsOn }) => dependsOn.length > 0).map(({ id }) => id);
  await recomputeHeld(scope, [...own, ...waiting]);
  let first = 0;
  const given = calls.map((call) =>
    added.slice(first, (first += call.tasks.length)).flatMap((id) => rows.get(id) ?? []),
  );
  const changes = calls.map(({ now, author }, at) => ({
    now,
    author,
    entries: (given[at] ?? []).map(({ id }) => ({ id, before: null })),
  }));
  await noteChanges(scope, changes);
  return given;
}

const isOver = (status: string): boolean => !isOpenTask({ status: status as TaskStatus });

/** Sets fields of a task, if it still has the status `from`. Null, and no change, when it does not or does not exist. */
export async function changeTask(
  scope: StoreScope,
  change: {
    id: string;
    from: string;
    set: Partial<Insertable<TaskTable>>;
    dependsOn?: readonly string[] | undefined;
  } & ChangeContext,
): Promise<TaskRow | null> {
  const { id, from, set, dependsOn, ...occasion } = change;
  await lockProject(scope, dependsOn === undefined ? "shared" : "alone");
  const before = await findRow(scope, id, "locked");
  const row = await scope.db
    .updateTable("tasks")
    .set({ ...set, updated_at: nextVersion(before?.updated_at ?? "", occasion.now) })
    .where((eb) => eb.and({ ...scope.key, id, status: from }))
    .returningAll()
    .executeTakeFirst();
  if (row === undefined || before === null) return null;
  if (dependsOn !== undefined) {
    await removeDependencies(scope, [id]);
    await insertDependencies(scope, [{ id, dependsOn }]);
  }
  const freed = isOver(from) === isOver(row.status) ? [] : await findDependents(scope, [id]);
  await recomputeHeld(scope, [id, ...freed]);
  await noteChanges(scope, [{ ...occasion, entries: [{ id, before }] }]);
  return row;
}

/** Removes the tasks with these ids, and gives their rows. Tasks that waited for them no longer do. */
export async function removeTasks(
  scope: StoreScope,
  { ids, ...occasion }: { ids: readonly string[] } & ChangeContext,
): Promise<TaskRow[]> {
  await lockProject(scope, "alone");
  const removed = await selectByIds(scope, ids);
  await recomputeHeld(scope, await deleteRows(scope, ids));
  const entries = removed.map((row) => ({ id: row.id, before: row }));
  await noteChanges(scope, [{ ...occasion, entries }]);
  return removed;
}

async function deleteRows(scope: StoreScope, ids: readonly string[]): Promise<string[]> {
  await removeDependencies(scope, ids);
  for (const chunk of chunks(ids)) {
    await scope.db
      .deleteFrom("tasks")
      .where((eb) => eb.and({ ...scope.key }))
      .where("id", "in", chunk)
      .execute();
  }
  return await findDependents(scope, ids);
}

/** Restores the earlier rows of tasks; null: the task did not exist. */
export async function restoreRows(
  scope: StoreScope,
  rows: ReadonlyMap<string, TaskRow | null>,
): Promise<void> {
  const waiting = await deleteRows(scope, [...rows.keys()]);
  const restored = [...rows.values()].filter((row) => row !== null);
  for (const values of chunks(restored))
    await scope.db.insertInto("tasks").values(values).execute();
  const tasks = restored.map((row) => ({
    id: row.id,
    dependsOn: readStrings(parseJson(row.depends_on)),
  }));
  await insertDependencies(scope, tasks);
  await recomputeHeld(scope, [...restored.map(({ id }) => id), ...waiting]);
}
