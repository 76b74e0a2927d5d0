// The embedded store's operations. Each is one transaction; two processes never get the same id.

import type { Transaction } from "kysely";
import { SitrepError } from "../core/errors.ts";
import type { NewTask, Task, TaskStatus } from "../core/task.ts";
import { SqliteError } from "../sqlite/sqlite.ts";
import { openStoreDatabase, storeError } from "./database.ts";
import type { StoreDatabase } from "./database.ts";
import type { StoreTables } from "./schema.ts";
import { rowFromTask, taskFromRow } from "./task-row.ts";

/** What an update may set. */
export type TaskPatch = Partial<
  Pick<Task, "status" | "branch" | "completionNotes" | "dependsOn" | "completedAt">
>;

export interface TaskStore extends AsyncDisposable {
  /** Adds all or none, in order, each with its own id or the project's next. Throws `task-invalid` for an id in use. */
  add(project: string, tasks: readonly NewTask[]): Promise<Task[]>;
  /** The tasks of a project, oldest first; of all statuses when none is named. */
  list(project: string, statuses?: readonly TaskStatus[]): Promise<Task[]>;
  /** Null when the project has no such task. */
  get(project: string, id: string): Promise<Task | null>;
  /** Throws `task-not-found`. `decide` sees the task inside the transaction and may throw to leave it as it is. */
  update(project: string, id: string, decide: (task: Task) => TaskPatch): Promise<Task>;
  /** Removes the tasks with this label. Returns how many. */
  removeLabelled(project: string, label: string): Promise<number>;
}

interface StoreContext {
  db: StoreDatabase;
  /** The name of the source that the tasks carry. */
  source: string;
  clock: () => Date;
}

const idType = "TASK";

function findRow(db: StoreDatabase, project: string, id: string) {
  return db
    .selectFrom("tasks")
    .selectAll()
    .where("project", "=", project)
    .where("id", "=", id)
    .executeTakeFirst();
}

async function nextIds(
  trx: Transaction<StoreTables>,
  project: string,
  count: number,
): Promise<string[]> {
  const { last } = await trx
    .insertInto("ids")
    .values({ project, type: idType, last: count })
    .onConflict((conflict) =>
      conflict
        .columns(["project", "type"])
        .doUpdateSet((eb) => ({ last: eb("ids.last", "+", count) })),
    )
    .returning("last")
    .executeTakeFirstOrThrow();
  const first = last - count + 1;
  return Array.from(
    { length: count },
    (_, index) => `${idType}-${String(first + index).padStart(3, "0")}`,
  );
}

/** As `nextIds`, passing over ids that tasks with an id of their own have taken or are about to take. */
async function nextFreeIds(
  trx: Transaction<StoreTables>,
  project: string,
  count: number,
  taken: ReadonlySet<string>,
): Promise<string[]> {
  const free: string[] = [];
  while (free.length < count) {
    for (const id of await nextIds(trx, project, count - free.length)) {
      if (!taken.has(id) && (await findRow(trx, project, id)) === undefined) free.push(id);
    }
  }
  return free;
}

function addTasks(
  { db, source, clock }: StoreContext,
  project: string,
  tasks: readonly NewTask[],
): Promise<Task[]> {
  return db.transaction().execute(async (trx) => {
    const now = clock().toISOString();
    const named = new Set(tasks.flatMap((task) => task.id ?? []));
    const unnamed = tasks.filter((task) => task.id === undefined).length;
    const ids = await nextFreeIds(trx, project, unnamed, named);
    const added: Task[] = [];
    for (const task of tasks) {
      const id = task.id ?? ids.shift() ?? "";
      if ((await findRow(trx, project, id)) !== undefined) {
        throw new SitrepError("task-invalid", `There is a task ${id} already.`);
      }
      const row = await trx
        .insertInto("tasks")
        .values(rowFromTask({ ...task, id }, project, now))
        .returningAll()
        .executeTakeFirstOrThrow();
      added.push(taskFromRow(row, source));
    }
    return added;
  });
}

async function listTasks(
  { db, source }: StoreContext,
  project: string,
  statuses?: readonly TaskStatus[],
): Promise<Task[]> {
  let query = db.selectFrom("tasks").selectAll().where("project", "=", project);
  if (statuses !== undefined) query = query.where("status", "in", [...statuses]);
  const rows = await query.orderBy("created_at").orderBy("id").execute();
  return rows.map((row) => taskFromRow(row, source));
}

async function getTask(
  { db, source }: StoreContext,
  project: string,
  id: string,
): Promise<Task | null> {
  const row = await findRow(db, project, id);
  return row === undefined ? null : taskFromRow(row, source);
}

function updateTask(
  { db, source, clock }: StoreContext,
  project: string,
  id: string,
  decide: (task: Task) => TaskPatch,
): Promise<Task> {
  return db.transaction().execute(async (trx) => {
    const row = await findRow(trx, project, id);
    if (row === undefined) {
      throw new SitrepError("task-not-found", `There is no task ${id} in ${project}.`, {
        hint: '"sitrep task list" shows the tasks of this project.',
      });
    }
    const before = taskFromRow(row, source);
    const changed = await trx
      .updateTable("tasks")
      .set(rowFromTask({ ...before, ...decide(before) }, project, clock().toISOString()))
      .where("project", "=", project)
      .where("id", "=", id)
      .returningAll()
      .executeTakeFirstOrThrow();
    return taskFromRow(changed, source);
  });
}

async function removeLabelled(
  context: StoreContext,
  project: string,
  label: string,
): Promise<number> {
  const tasks = await listTasks(context, project);
  const ids = tasks.filter((task) => task.labels.includes(label)).map((task) => task.id);
  if (ids.length === 0) return 0;
  await context.db
    .deleteFrom("tasks")
    .where("project", "=", project)
    .where("id", "in", ids)
    .execute();
  return ids.length;
}

/** Opens the store in `file`, made when missing. It and every operation may throw `store-busy` or `store-unreadable`. */
export async function openTaskStore(
  file: string,
  source: string,
  clock: () => Date,
): Promise<TaskStore> {
  const context: StoreContext = { db: await openStoreDatabase(file), source, clock };
  const orStoreError = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw error instanceof SqliteError ? storeError(file, error) : error;
    });
  return {
    add: (project, tasks) => orStoreError(addTasks(context, project, tasks)),
    list: (project, statuses) => orStoreError(listTasks(context, project, statuses)),
    get: (project, id) => orStoreError(getTask(context, project, id)),
    update: (project, id, decide) => orStoreError(updateTask(context, project, id, decide)),
    removeLabelled: (project, label) => orStoreError(removeLabelled(context, project, label)),
    [Symbol.asyncDispose]: () => context.db.destroy(),
  };
}
