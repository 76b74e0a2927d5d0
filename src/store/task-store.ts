// The embedded store's operations. Each is one transaction; two processes never get the same id.

import { SitrepError } from "../core/errors.ts";
import { newAmong } from "../core/task/import-tasks.ts";
import { quotedName } from "../core/quote.ts";
import type { NewTask, Task, TaskStatus } from "../core/task/task.ts";
import type { HistoryStep, StoredChange } from "./change.ts";
import { withStoreError, writeInProject } from "./database/connection.ts";
import type { ProjectKey, StoreConnection, StoreScope } from "./database/connection.ts";
import { openStoreDatabase } from "./database/database.ts";
import { lockProject } from "./dependencies.ts";
import { hasIds } from "./ids.ts";
import { moveProject } from "./moved-project.ts";
import type { ChangeContext } from "./task-history.ts";
import { findRow, selectTasks, type TaskRow } from "./task-queries.ts";
import { rowFromTask, taskFromRow } from "./task-row.ts";
import { changeTask, insertTasks, removeTasks } from "./task-writes.ts";
import { lastChange, readPast, undoSteps } from "./undo.ts";

type Editable = Omit<Task, "id" | "source" | "project" | "createdAt" | "updatedAt">;
/** The fields that an update may set; undefined removes a field. */
export type TaskPatch = { [K in keyof Editable]?: Editable[K] | undefined };

export interface TaskStore extends AsyncDisposable {
  /** Adds all or none, in order, each with its own id or the project's next. Throws `task-invalid` for an id in use. */
  add(project: string, tasks: readonly NewTask[]): Promise<Task[]>;
  /** Adds the tasks that do not exist yet (`newAmong`). `there`: the ones that do. */
  import(project: string, tasks: readonly NewTask[]): Promise<{ added: Task[]; there: Task[] }>;
  /** The tasks of a project, oldest first; of all statuses when none is named. */
  list(project: string, statuses?: readonly TaskStatus[]): Promise<Task[]>;
  get(project: string, id: string): Promise<Task | null>;
  /** False if the project has never had a task in this store. */
  isKnown(project: string): Promise<boolean>;
  /** Throws `task-not-found`. `decide` gets the task inside the transaction; if it throws, the task does not change. */
  update(project: string, id: string, decide: (task: Task) => TaskPatch): Promise<Task>;
  /** Removes those of the tasks that exist, and gives them. */
  remove(project: string, ids: readonly string[]): Promise<Task[]>;
  removeLabeled(project: string, label: string): Promise<number>;
  /** The steps of a task, oldest first; also of a removed one. */
  past(project: string, id: string): Promise<HistoryStep[]>;
  /** The last change that was not undone; with `by`, the last one by this author. */
  lastChange(project: string, by: { author: string | null } | null): Promise<StoredChange | null>;
  /** Undoes a change. Throws `task-changed` if one of its tasks was changed since. */
  undo(project: string, change: string): Promise<void>;
  /** Moves the tasks of `from` to `to`. Returns how many. Throws `task-invalid` if both have a task with the same id. */
  move(from: string, to: string): Promise<number>;
}

export interface StoreOptions {
  source: string;
  clock: () => Date;
  /** The session that asks; null for a person at a terminal. */
  author: string | null;
}

/** The one organization of the store on this machine. */
export const localOrganization = "";

const keyOf = (project: string): ProjectKey => ({ organization: localOrganization, project });

interface Operation extends ChangeContext {
  readonly scope: StoreScope;
  readonly source: string;
}

const tasksOf = (rows: readonly TaskRow[], { source }: Operation): Task[] =>
  rows.map((row) => taskFromRow(row, source));

const listTasks = async (operation: Operation, statuses?: readonly TaskStatus[]): Promise<Task[]> =>
  tasksOf(await selectTasks(operation.scope, statuses), operation);

async function addTasks(operation: Operation, tasks: readonly NewTask[]): Promise<Task[]> {
  const { scope, now, author } = operation;
  const [rows = []] = await insertTasks(scope, [{ tasks, now, author }]);
  return tasksOf(rows, operation);
}

async function importTasks(
  operation: Operation,
  tasks: readonly NewTask[],
): Promise<{ added: Task[]; there: Task[] }> {
  // If the same file is imported twice at the same time, the second import sees the tasks of the first.
  await lockProject(operation.scope, "alone");
  const { fresh, there } = newAmong(await listTasks(operation), tasks);
  return { added: await addTasks(operation, fresh), there };
}

async function updateTask(
  { scope, source, now, author }: Operation,
  id: string,
  decide: (task: Task) => TaskPatch,
): Promise<Task> {
  const row = await findRow(scope, id, "locked");
  if (row === null) {
    const what = `There is no task ${quotedName(id)} in ${scope.key.project}.`;
    throw new SitrepError("task-not-found", what, {
      hint: '"sitrep task list" shows the tasks of this project.',
    });
  }
  const before = taskFromRow(row, source);
  const patch = decide(before);
  // An undefined field loses its value.
  const after = { ...before, ...patch } as Task;
  const { held: _, ...set } = rowFromTask(after, scope.key, now);
  const { updated_at: __, ...fields } = set;
  const isSame = Object.entries(fields).every(
    ([name, value]) => row[name as keyof TaskRow] === value,
  );
  // An unchanged task is not recorded and cannot be undone.
  if (isSame) return before;
  const change = { id, from: row.status, set, dependsOn: patch.dependsOn, now, author };
  return taskFromRow((await changeTask(scope, change)) ?? row, source);
}

async function removeChosen(
  operation: Operation,
  choose: (tasks: readonly Task[]) => readonly string[],
): Promise<Task[]> {
  const { scope, now, author } = operation;
  const ids = choose(await listTasks(operation));
  if (ids.length === 0) return [];
  return tasksOf(await removeTasks(scope, { ids, now, author }), operation);
}

const labeledWith =
  (label: string) =>
  (tasks: readonly Task[]): string[] =>
    tasks.filter(({ labels }) => labels.includes(label)).map(({ id }) => id);

/** Opens the store in `file`, made when missing. It and every operation may throw `store-busy` or `store-unreadable`. */
export async function openTaskStore(file: string, options: StoreOptions): Promise<TaskStore> {
  const store: StoreConnection = await openStoreDatabase(file);
  const { source, clock, author } = options;
  const read = <T>(project: string, work: (operation: Operation) => Promise<T>): Promise<T> => {
    const scope = { kind: store.kind, db: store.db, key: keyOf(project) };
    return withStoreError(store, work({ scope, source, author, now: clock().toISOString() }));
  };
  const write = <T>(project: string, work: (operation: Operation) => Promise<T>): Promise<T> =>
    withStoreError(
      store,
      writeInProject(store, keyOf(project), (scope) =>
        work({ scope, source, author, now: clock().toISOString() }),
      ),
    );
  return {
    add: (project, tasks) => write(project, (operation) => addTasks(operation, tasks)),
    import: (project, tasks) => write(project, (operation) => importTasks(operation, tasks)),
    list: (project, statuses) => read(project, (operation) => listTasks(operation, statuses)),
    get: (project, id) =>
      read(project, async ({ scope }) => {
        const row = await findRow(scope, id);
        return row === null ? null : taskFromRow(row, source);
      }),
    isKnown: (project) => read(project, ({ scope }) => hasIds(scope)),
    update: (project, id, decide) =>
      write(project, (operation) => updateTask(operation, id, decide)),
    remove: (project, ids) => write(project, (operation) => removeChosen(operation, () => ids)),
    removeLabeled: async (project, label) => {
      const labeled = labeledWith(label);
      return (await write(project, (operation) => removeChosen(operation, labeled))).length;
    },
    past: (project, id) => read(project, ({ scope }) => readPast(scope, id, source)),
    lastChange: (project, by) => read(project, ({ scope }) => lastChange(scope, by, source)),
    undo: (project, change) =>
      write(project, ({ scope, now }) => undoSteps(scope, { change, now, author })),
    move: (from, to) => write(to, ({ scope }) => moveProject(scope, keyOf(from))),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
