import { sql, type Selectable, type SelectQueryBuilder } from "kysely";
import type { TaskStatus } from "../core/task/task.ts";
import type { StoreDatabase, StoreScope, StoreTables, TaskTable } from "./database/connection.ts";
import { chunks } from "./dependencies.ts";
import { countExpression, type PageSelection } from "./task-numbers.ts";

export type TaskRow = Selectable<TaskTable>;

/** The columns of a shown task. Reading all columns would take twice as long. */
const shownColumns = [
  "id",
  "title",
  "description",
  "status",
  "priority",
  "assignees",
  "labels",
  "depends_on",
  "inputs",
  "outputs",
  "due",
  "branch",
  "category",
  "estimated_effort",
  "parent",
  "url",
  "created_at",
  "updated_at",
  "completed_at",
  "completion_notes",
] as const;

export type TaskColumns = Pick<TaskRow, (typeof shownColumns)[number]>;

export const ofProject = ({
  db,
  key: { organization, project },
}: StoreScope): SelectQueryBuilder<StoreTables, "tasks", object> =>
  db.selectFrom("tasks").where("organization", "=", organization).where("project", "=", project);

/** `locked`: nobody else changes it until the transaction ends; SQLite has one writer at a time anyway. */
export async function findRow(
  scope: StoreScope,
  id: string,
  locked?: "locked",
): Promise<TaskRow | null> {
  return (await selectByIds(scope, [id], locked))[0] ?? null;
}

/** The existing ones of these tasks, unordered. `locked`: as for `findRow`. */
export async function selectByIds(
  scope: StoreScope,
  ids: readonly string[],
  locked?: "locked",
): Promise<TaskRow[]> {
  const isLocked = locked === "locked" && scope.kind === "postgres";
  const rows: TaskRow[] = [];
  // Locked in the same order everywhere, so that two transactions do not deadlock.
  for (const chunk of chunks(isLocked ? ids.toSorted() : ids)) {
    const query = ofProject(scope).selectAll().where("id", "in", chunk);
    rows.push(...(await (isLocked ? query.orderBy("id").forUpdate() : query).execute()));
  }
  return rows;
}

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

export const hasTasks = async (scope: StoreScope): Promise<boolean> =>
  (await ofProject(scope).select("id").limit(1).executeTakeFirst()) !== undefined;

/** The projects in which an organization has tasks. One step in an index for each, however many tasks there are. */
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

/** The task of this status to do next: by priority, due date, then age. A pending task that is held back is skipped. */
export async function findNextRow(
  scope: StoreScope,
  status: TaskStatus,
): Promise<TaskColumns | null> {
  const row = await ofProject(scope)
    .select(shownColumns)
    .where((eb) => eb.and({ status, held: 0 }))
    .orderBy("priority_rank")
    .orderBy("due_key")
    .orderBy("created_at")
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

/** Oldest first; of all statuses when none are named. */
export async function selectTasks(
  scope: StoreScope,
  statuses?: readonly TaskStatus[],
): Promise<TaskRow[]> {
  if (statuses?.length === 0) return [];
  const tasks = ofProject(scope).selectAll().orderBy("created_at").orderBy("id");
  return await (statuses ? tasks.where("status", "in", [...statuses]) : tasks).execute();
}

export interface TaskPage {
  readonly rows: TaskColumns[];
  readonly total: number | null;
}

export async function selectTaskPage(
  scope: StoreScope,
  { status, priority }: PageSelection,
  { limit, offset }: { limit: number; offset: number },
): Promise<TaskPage> {
  let chosen = ofProject(scope);
  if (status !== undefined) chosen = chosen.where("status", "=", status);
  if (priority !== undefined) chosen = chosen.where("priority", "=", priority);
  const page = chosen.orderBy("created_at").orderBy("id").limit(limit).offset(offset);
  // PostgreSQL would read every row before the page, so it gets the page's ids from the index first. SQLite is slower that way.
  const isShort = scope.kind === "sqlite" || offset === 0;
  const found = isShort
    ? page
    : ofProject(scope).where("id", "in", page.select("id")).orderBy("created_at").orderBy("id");
  const read = found.select(shownColumns);
  // One statement: rows that wait for a second one would reach V8's old generation and prolong its collections.
  const total = countExpression(scope.key, { status, priority }).as("total");
  const rows = await read.select(total).execute();
  return { rows, total: rows[0] === undefined ? null : Number(rows[0].total) };
}
