// What is asked of tasks in the store, each for one organisation's project.

import { sql, type Selectable, type SelectQueryBuilder } from "kysely";
import type { TaskPriority, TaskStatus } from "../core/task/task.ts";
import type {
  ProjectKey,
  StoreConnection,
  StoreDatabase,
  StoreTables,
  TaskTable,
} from "./database/connection.ts";
import { chunksOf } from "./dependencies.ts";
import { countOf, type PageSelection } from "./task-numbers.ts";

export type TaskRow = Selectable<TaskTable>;

/** What of a row is shown of its task: the others cost as much to be read. */
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

export type ShownTask = Pick<TaskRow, (typeof shownColumns)[number]>;

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
): Promise<ShownTask | null> {
  const row = await ofProject(db, key)
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

export interface TaskPage {
  readonly rows: ShownTask[];
  /** How many there are over all pages; null where it was not asked for, or there is no row. */
  readonly total: number | null;
}

/** `limit` of them after the first `offset`, oldest first. `isCounted`: with how many there are in all. */
export async function selectTaskPage(
  { kind, db }: Pick<StoreConnection, "kind" | "db">,
  key: ProjectKey,
  { status, priority }: PageSelection,
  { limit, offset, isCounted }: { limit: number; offset: number; isCounted: boolean },
): Promise<TaskPage> {
  const chosen = selected(db, key, { statuses: status && [status], priority });
  const page = chosen.orderBy("created_at").orderBy("id").limit(limit).offset(offset);
  // PostgreSQL reads every row before the page. Its ids out of the index alone first; SQLite would be slower so.
  const isShort = kind === "sqlite" || offset === 0;
  const found = isShort
    ? page
    : ofProject(db, key).where("id", "in", page.select("id")).orderBy("created_at").orderBy("id");
  const read = found.select(shownColumns);
  if (!isCounted) return { rows: await read.execute(), total: null };
  // In one statement: rows that wait for a second one grow old for V8, which then has more to look through.
  const rows = await read.select(countOf(key, { status, priority }).as("total")).execute();
  return { rows, total: rows[0] === undefined ? null : Number(rows[0].total) };
}
