// The embedded store's operations. Each is one transaction; two processes never get the same id.

import { SitrepError } from "../core/errors.ts";
import { quotedName } from "../core/quote.ts";
import type { NewTask, Task, TaskStatus } from "../core/task.ts";
import { orStoreError, type ProjectKey, type StoreConnection } from "./connection.ts";
import { openStoreDatabase } from "./database.ts";
import { hasIds } from "./ids.ts";
import { rowFromTask, taskFromRow } from "./task-row.ts";
import { findTask, selectTasks } from "./task-queries.ts";
import { changeTask, insertTasks, removeTasks } from "./task-writes.ts";

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
  /** False where the project has never had a task here, as in a store that was just made. */
  isKnown(project: string): Promise<boolean>;
  /** Throws `task-not-found`. `decide` sees the task inside the transaction and may throw to leave it as it is. */
  update(project: string, id: string, decide: (task: Task) => TaskPatch): Promise<Task>;
  /** Removes the tasks with this label. Returns how many. */
  removeLabelled(project: string, label: string): Promise<number>;
}

interface StoreContext {
  store: StoreConnection;
  /** The name of the source that the tasks carry. */
  source: string;
  clock: () => Date;
}

/** The one organisation of the store on this machine. */
export const localOrganization = "";

const keyOf = (project: string): ProjectKey => ({ organization: localOrganization, project });

async function addTasks(
  { store, source, clock }: StoreContext,
  project: string,
  tasks: readonly NewTask[],
): Promise<Task[]> {
  const now = clock().toISOString();
  const rows = await store.write((trx) => insertTasks(store, trx, keyOf(project), { tasks, now }));
  return rows.map((row) => taskFromRow(row, source));
}

function updateTask(
  { store, source, clock }: StoreContext,
  project: string,
  id: string,
  decide: (task: Task) => TaskPatch,
): Promise<Task> {
  const key = keyOf(project);
  return store.write(async (trx) => {
    const row = await findTask(trx, key, id);
    if (row === null) {
      throw new SitrepError("task-not-found", `There is no task ${quotedName(id)} in ${project}.`, {
        hint: '"sitrep task list" shows the tasks of this project.',
      });
    }
    const before = taskFromRow(row, source);
    const patch = decide(before);
    const { held: _, ...set } = rowFromTask({ ...before, ...patch }, key, clock().toISOString());
    const { dependsOn } = patch;
    const changed = await changeTask(store, trx, key, { id, from: row.status, set, dependsOn });
    return taskFromRow(changed ?? row, source);
  });
}

async function removeLabelled(
  { store, source }: StoreContext,
  project: string,
  label: string,
): Promise<number> {
  const key = keyOf(project);
  return await store.write(async (trx) => {
    const tasks = (await selectTasks(trx, key, {})).map((row) => taskFromRow(row, source));
    const ids = tasks.filter((task) => task.labels.includes(label)).map((task) => task.id);
    if (ids.length > 0) await removeTasks(store, trx, key, ids);
    return ids.length;
  });
}

/** Opens the store in `file`, made when missing. It and every operation may throw `store-busy` or `store-unreadable`. */
export async function openTaskStore(
  file: string,
  source: string,
  clock: () => Date,
): Promise<TaskStore> {
  const store = await openStoreDatabase(file);
  const context: StoreContext = { store, source, clock };
  const list = async (project: string, statuses?: readonly TaskStatus[]): Promise<Task[]> => {
    const rows = await selectTasks(store.db, keyOf(project), { statuses });
    return rows.map((row) => taskFromRow(row, source));
  };
  const get = async (project: string, id: string): Promise<Task | null> => {
    const row = await findTask(store.db, keyOf(project), id);
    return row === null ? null : taskFromRow(row, source);
  };
  return {
    add: (project, tasks) => orStoreError(store, addTasks(context, project, tasks)),
    list: (project, statuses) => orStoreError(store, list(project, statuses)),
    get: (project, id) => orStoreError(store, get(project, id)),
    isKnown: (project) => orStoreError(store, hasIds(store.db, keyOf(project))),
    update: (project, id, decide) => orStoreError(store, updateTask(context, project, id, decide)),
    removeLabelled: (project, label) =>
      orStoreError(store, removeLabelled(context, project, label)),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
