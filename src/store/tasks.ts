// The operations on tasks that the embedded store and the task server share. Each takes whose tasks it is about.

import { sql } from "kysely";
import type { Insertable, Selectable } from "kysely";
import { SitrepError } from "../core/errors.ts";
import { isPending } from "../core/task.ts";
import type { NewTask, TaskCounts, TaskPriority, TaskStatus } from "../core/task.ts";
import type { ProjectKey, StoreConnection, StoreDatabase, StoreTransaction } from "./connection.ts";
import {
  chunksOf,
  dependentsOf,
  lockProject,
  settleHeld,
  writeDependencies,
} from "./dependencies.ts";
import { registerIds, takeIds } from "./ids.ts";
import type { TaskTable } from "./schema.ts";
import { rowFromTask } from "./task-row.ts";

export type TaskRow = Selectable<TaskTable>;
type Kind = Pick<StoreConnection, "kind">;

const ofProject = (db: StoreDatabase, { organization, project }: ProjectKey) =>
  db.selectFrom("tasks").where("organization", "=", organization).where("project", "=", project);

export async function findTask(
  db: StoreDatabase,
  key: ProjectKey,
  id: string,
): Promise<TaskRow | null> {
  const row = await ofProject(db, key).selectAll().where("id", "=", id).executeTakeFirst();
  return row ?? null;
}

/** The projects of an organisation that have a task with this id; at most `limit` of them. */
export async function projectsWithTask(
  db: StoreDatabase,
  organization: string,
  id: string,
  limit: number,
): Promise<string[]> {
  const rows = await db
    .selectFrom("tasks")
    .select("project")
    .where("organization", "=", organization)
    .where("id", "=", id)
    .orderBy("project")
    .limit(limit)
    .execute();
  return rows.map(({ project }) => project);
}

/** The projects that an organisation has tasks in. */
export async function listProjects(db: StoreDatabase, organization: string): Promise<string[]> {
  const rows = await db
    .selectFrom("tasks")
    .select("project")
    .distinct()
    .where("organization", "=", organization)
    .orderBy("project")
    .execute();
  return rows.map(({ project }) => project);
}

/**
 * The task of this status to do next: the most pressing, then earliest due, then oldest. A pending one that is held back
 * is passed over.
 */
export async function nextTask(
  db: StoreDatabase,
  key: ProjectKey,
  status: TaskStatus,
): Promise<TaskRow | null> {
  const row = await ofProject(db, key)
    .selectAll()
    .where("status", "=", status)
    .where("held", "=", 0)
    .orderBy("priority_rank")
    .orderBy("due_key")
    .orderBy("created_at")
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

export interface TaskSelection {
  readonly statuses?: readonly TaskStatus[] | undefined;
  readonly priority?: TaskPriority | undefined;
}

const selected = (db: StoreDatabase, key: ProjectKey, { statuses, priority }: TaskSelection) => {
  let query = ofProject(db, key);
  // One status as an equality: its index then also gives the order.
  const [only] = statuses ?? [];
  if (statuses?.length === 0) query = query.where(sql<boolean>`1 = 0`);
  else if (only !== undefined && statuses?.length === 1) query = query.where("status", "=", only);
  else if (statuses !== undefined) query = query.where("status", "in", [...statuses]);
  return priority === undefined ? query : query.where("priority", "=", priority);
};

/** Oldest first. */
export async function selectTasks(
  db: StoreDatabase,
  key: ProjectKey,
  selection: TaskSelection,
): Promise<TaskRow[]> {
  const chosen = selected(db, key, selection).selectAll();
  return await chosen.orderBy("created_at").orderBy("id").execute();
}

/** `limit` of them after the first `offset`, oldest first. */
export async function selectTaskPage(
  { kind, db }: Pick<StoreConnection, "kind" | "db">,
  key: ProjectKey,
  selection: TaskSelection,
  { limit, offset }: { limit: number; offset: number },
): Promise<TaskRow[]> {
  const chosen = selected(db, key, selection).orderBy("created_at").orderBy("id");
  const page = chosen.limit(limit).offset(offset);
  if (kind === "sqlite" || offset === 0) return await page.selectAll().execute();
  // PostgreSQL reads every row before the page. Its ids out of the index alone first; SQLite would be slower so.
  return await ofProject(db, key)
    .selectAll()
    .where("id", "in", page.select("id"))
    .orderBy("created_at")
    .orderBy("id")
    .execute();
}

export async function countTasks(
  db: StoreDatabase,
  key: ProjectKey,
  selection: TaskSelection,
): Promise<number> {
  const { count } = await selected(db, key, selection)
    .select((eb) => eb.fn.countAll<number | string>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function countByStatus(db: StoreDatabase, key: ProjectKey): Promise<TaskCounts> {
  const rows = await ofProject(db, key)
    .select((eb) => ["status", eb.fn.countAll<number | string>().as("count")])
    .groupBy("status")
    .execute();
  const counts: TaskCounts = {
    pending: 0,
    in_progress: 0,
    blocked: 0,
    completed: 0,
    cancelled: 0,
  };
  for (const { status, count } of rows) {
    if (status in counts) counts[status as TaskStatus] += Number(count);
    else counts.pending += Number(count);
  }
  return counts;
}

/** Days in UTC, oldest first. */
export async function completedByDay(
  db: StoreDatabase,
  key: ProjectKey,
): Promise<{ day: string; count: number }[]> {
  const day = sql<string>`substr(completed_at, 1, 10)`;
  const rows = await ofProject(db, key)
    .select((eb) => [day.as("day"), eb.fn.countAll<number | string>().as("count")])
    .where("completed_at", "is not", null)
    .groupBy(day)
    .orderBy("day")
    .execute();
  return rows.map((row) => ({ day: row.day, count: Number(row.count) }));
}

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

/** Adds all, in order, each with its own id or the project's next. Throws `task-invalid` for an id in use. */
export async function insertTasks(
  kind: Kind,
  trx: StoreTransaction,
  key: ProjectKey,
  { tasks, now }: { tasks: readonly NewTask[]; now: string },
): Promise<TaskRow[]> {
  await lockProject(kind, trx, key, "alone");
  const named = tasks.flatMap((task) => task.id ?? []);
  const seen = new Set<string>();
  const twice = named.find((id) => seen.size === seen.add(id).size);
  const clash = twice ?? (await takenIds(trx, key, named))[0];
  if (clash !== undefined) {
    throw new SitrepError("task-invalid", `There is a task ${clash} already.`, {
      hint: "Leave the id out to be given the next one. Nothing was added.",
    });
  }
  await registerIds(trx, key, named);
  const { ids } = await takeIds(trx, key, idType, tasks.length - named.length);
  const complete = tasks.map((task) => ({ ...task, id: task.id ?? ids.shift() ?? "" }));
  const rows = new Map<string, TaskRow>();
  for (const chunk of chunksOf(complete)) {
    const values = chunk.map((task) => rowFromTask(task, key, now));
    // In no order that a database promises.
    const inserted = await trx.insertInto("tasks").values(values).returningAll().execute();
    for (const row of inserted) rows.set(row.id, row);
  }
  const added = complete.map(({ id }) => id);
  await writeDependencies(trx, key, complete);
  // Others may have waited for these before they were there.
  const waiting = await dependentsOf(trx, key, added);
  const own = complete.filter(({ dependsOn }) => dependsOn.length > 0).map(({ id }) => id);
  await settleHeld(kind, trx, key, [...new Set([...own, ...waiting])].toSorted());
  return added.flatMap((id) => rows.get(id) ?? []);
}

const isOver = (status: string): boolean => !isPending({ status: status as TaskStatus });

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
    dependsOn?: readonly string[];
  },
): Promise<TaskRow | null> {
  const { id, from, set, dependsOn } = change;
  await lockProject(kind, trx, key, dependsOn === undefined ? "shared" : "alone");
  const row = await trx
    .updateTable("tasks")
    .set(set)
    .where("organization", "=", key.organization)
    .where("project", "=", key.project)
    .where("id", "=", id)
    .where("status", "=", from)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return null;
  if (dependsOn !== undefined) await writeDependencies(trx, key, [{ id, dependsOn }]);
  const freed = isOver(from) === isOver(row.status) ? [] : await dependentsOf(trx, key, [id]);
  await settleHeld(kind, trx, key, [...new Set([id, ...freed])].toSorted());
  return row;
}

/** Removes the tasks with these ids; what waited for them does so no longer. */
export async function removeTasks(
  kind: Kind,
  trx: StoreTransaction,
  key: ProjectKey,
  ids: readonly string[],
): Promise<void> {
  await lockProject(kind, trx, key, "alone");
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
