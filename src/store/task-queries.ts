// What is asked of tasks in the store, each for one organisation's project.

import { sql, type Selectable, type SelectQueryBuilder } from "kysely";
import {
  noTasks,
  taskStatuses,
  type TaskCounts,
  type TaskPriority,
  type TaskStatus,
} from "../core/task.ts";
import type {
  ProjectKey,
  StoreConnection,
  StoreDatabase,
  StoreTables,
  TaskTable,
} from "./connection.ts";
import { chunksOf } from "./dependencies.ts";

export type TaskRow = Selectable<TaskTable>;

/** The tasks of a project, to be narrowed. */
export const ofProject = (
  db: StoreDatabase,
  { organization, project }: ProjectKey,
): SelectQueryBuilder<StoreTables, "tasks", object> =>
  db.selectFrom("tasks").where("organization", "=", organization).where("project", "=", project);

export async function findTask(
  db: StoreDatabase,
  key: ProjectKey,
  id: string,
  /** Given where nobody else is to change it until the transaction ends; SQLite has one writer at a time. */
  locked?: Pick<StoreConnection, "kind">,
): Promise<TaskRow | null> {
  const query = ofProject(db, key).selectAll().where("id", "=", id);
  const row = await (locked?.kind === "postgres" ? query.forUpdate() : query).executeTakeFirst();
  return row ?? null;
}

/** The tasks with these ids that are there, in no order. `locked`: as with `findTask`. */
export async function selectByIds(
  db: StoreDatabase,
  key: ProjectKey,
  ids: readonly string[],
  locked?: Pick<StoreConnection, "kind">,
): Promise<TaskRow[]> {
  const rows: TaskRow[] = [];
  // Locked in one order by all, so that two transactions do not wait for each other's.
  for (const chunk of chunksOf(locked === undefined ? ids : ids.toSorted())) {
    const query = ofProject(db, key).selectAll().where("id", "in", chunk);
    const isLocked = locked?.kind === "postgres";
    rows.push(...(await (isLocked ? query.orderBy("id").forUpdate() : query).execute()));
  }
  return rows;
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
    .where((eb) => eb.and({ organization, id }))
    .orderBy("project")
    .limit(limit)
    .execute();
  return rows.map(({ project }) => project);
}

/** True when the project has a task, of whatever status. */
export async function hasTasks(db: StoreDatabase, key: ProjectKey): Promise<boolean> {
  return (await ofProject(db, key).select("id").limit(1).executeTakeFirst()) !== undefined;
}

/** The projects that an organisation has tasks in. One step in an index for each, however many tasks there are. */
export async function listProjects(db: StoreDatabase, organization: string): Promise<string[]> {
  const { rows } = await sql<{ project: string }>`
    with recursive found(project) as (
      select min(project) from tasks where organization = ${organization}
      union all
      select (select min(project) from tasks where organization = ${organization} and project > found.project)
      from found where found.project is not null)
    select project from found where project is not null`.execute(db);
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
    .where((eb) => eb.and({ status, held: 0 }))
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

/** What the database counts with each change, by whichever program it is made (migration 007). */
const counted = ({ organization, project }: ProjectKey) =>
  sql`from task_counts where organization = ${organization} and project = ${project}`;

export async function countTasks(
  db: StoreDatabase,
  key: ProjectKey,
  { statuses, priority }: TaskSelection,
): Promise<number> {
  const counts = await countByStatus(db, key, priority);
  return (statuses ?? taskStatuses).reduce((sum, status) => sum + counts[status], 0);
}

/** `priority`: only tasks of this one. */
export async function countByStatus(
  db: StoreDatabase,
  key: ProjectKey,
  priority?: TaskPriority,
): Promise<TaskCounts> {
  const only = priority === undefined ? sql`` : sql`and priority = ${priority}`;
  const { rows } = await sql<{ status: string; count: number | string }>`
    select status, sum(count) as count ${counted(key)} and day = '' ${only} group by status`.execute(
    db,
  );
  const counts = noTasks();
  for (const { status, count } of rows) {
    if (status in counts) counts[status as TaskStatus] += Number(count);
    else counts.pending += Number(count);
  }
  return counts;
}

/** The latest `limit` days (UTC) on which something was completed, oldest first. */
export async function completedByDay(
  db: StoreDatabase,
  key: ProjectKey,
  limit: number,
): Promise<{ day: string; count: number }[]> {
  const { rows } = await sql<{ day: string; count: number | string }>`
    select day, sum(count) as count ${counted(key)} and day > ''
    group by day having sum(count) > 0 order by day desc limit ${sql.lit(limit)}`.execute(db);
  return rows.toReversed().map(({ day, count }) => ({ day, count: Number(count) }));
}
