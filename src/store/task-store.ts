// The embedded store's operations. Each is one transaction; two processes never get the same id.

import { SitrepError } from "../core/errors.ts";
import { newAmong } from "../core/task/import-tasks.ts";
import { quotedName } from "../core/quote.ts";
import type { NewTask, Task, TaskStatus } from "../core/task/task.ts";
import { orStoreError, type ProjectKey, type StoreConnection } from "./database/connection.ts";
import { openStoreDatabase } from "./database/database.ts";
import { lockProject } from "./dependencies.ts";
import { hasIds } from "./ids.ts";
import { moveProject } from "./moved-project.ts";
import type { Occasion } from "./task-history.ts";
import { findTask, selectTasks, type TaskRow } from "./task-queries.ts";
import { rowFromTask, taskFromRow } from "./task-row.ts";
import { changeTask, insertTasks, removeTasks } from "./task-writes.ts";
import { lastChange, pastOf, takeBack } from "./undo.ts";
import type { PastStep, StoredChange } from "./change.ts";

type Editable = Omit<Task, "id" | "source" | "project" | "createdAt" | "updatedAt">;
/** What an update may set; undefined takes a field away. */
export type TaskPatch = { [K in keyof Editable]?: Editable[K] | undefined };

export interface TaskStore extends AsyncDisposable {
  /** Adds all or none, in order, each with its own id or the project's next. Throws `task-invalid` for an id in use. */
  add(project: string, tasks: readonly NewTask[]): Promise<Task[]>;
  /** `add` of those that are not there yet (`newAmong`), with the ones that are. */
  import(project: string, tasks: readonly NewTask[]): Promise<{ added: Task[]; there: Task[] }>;
  /** The tasks of a project, oldest first; of all statuses when none is named. */
  list(project: string, statuses?: readonly TaskStatus[]): Promise<Task[]>;
  /** Null when the project has no such task. */
  get(project: string, id: string): Promise<Task | null>;
  /** False where the project has never had a task here, as in a store that was just made. */
  isKnown(project: string): Promise<boolean>;
  /** Throws `task-not-found`. `decide` sees the task inside the transaction and may throw to leave it as it is. */
  update(project: string, id: string, decide: (task: Task) => TaskPatch): Promise<Task>;
  /** Removes those of the tasks that are there, and gives them. */
  remove(project: string, ids: readonly string[]): Promise<Task[]>;
  /** Removes the tasks with this label. Returns how many. */
  removeLabelled(project: string, label: string): Promise<number>;
  /** What became of a task, oldest first; one that was removed too. */
  past(project: string, id: string): Promise<PastStep[]>;
  /** The last change that was not taken back; `by`: of this author. */
  lastChange(project: string, by: { author: string | null } | null): Promise<StoredChange | null>;
  /** Takes a change back. Throws `task-changed` where a task of it was changed since. */
  undo(project: string, change: string): Promise<void>;
  /** Gives `to` the tasks of `from`, and how many. Throws `task-invalid` where both have a task of one id. */
  move(from: string, to: string): Promise<number>;
}

export interface StoreOptions {
  /** The name of the source that the tasks carry. */
  source: string;
  clock: () => Date;
  /** The session that asks; null for a person at a terminal. */
  author: string | null;
}

type StoreContext = StoreOptions & { store: StoreConnection };

/** The one organisation of the store on this machine. */
export const localOrganization = "";

const keyOf = (project: string): ProjectKey => ({ organization: localOrganization, project });

const occasionOf = ({ clock, author }: StoreContext): Occasion => ({
  now: clock().toISOString(),
  author,
});

async function addTasks(
  context: StoreContext,
  project: string,
  tasks: readonly NewTask[],
): Promise<Task[]> {
  const { store, source } = context;
  const added = { tasks, ...occasionOf(context) };
  const [rows = []] = await store.write((trx) => insertTasks(store, trx, keyOf(project), [added]));
  return rows.map((row) => taskFromRow(row, source));
}

function importTasks(
  context: StoreContext,
  project: string,
  tasks: readonly NewTask[],
): Promise<{ added: Task[]; there: Task[] }> {
  const { store, source } = context;
  const key = keyOf(project);
  return store.write(async (trx) => {
    // Two that import the same file at once: the second sees what the first has added.
    await lockProject(store, trx, key, "alone");
    const known = (await selectTasks(trx, key, {})).map((row) => taskFromRow(row, source));
    const { fresh, there } = newAmong(known, tasks);
    const added = { tasks: fresh, ...occasionOf(context) };
    const [rows = []] = await insertTasks(store, trx, key, [added]);
    return { added: rows.map((row) => taskFromRow(row, source)), there };
  });
}

function updateTask(
  context: StoreContext,
  project: string,
  id: string,
  decide: (task: Task) => TaskPatch,
): Promise<Task> {
  const { store, source } = context;
  const key = keyOf(project);
  return store.write(async (trx) => {
    const row = await findTask(trx, key, id, store);
    if (row === null) {
      throw new SitrepError("task-not-found", `There is no task ${quotedName(id)} in ${project}.`, {
        hint: '"sitrep task list" shows the tasks of this project.',
      });
    }
    const before = taskFromRow(row, source);
    const patch = decide(before);
    const occasion = occasionOf(context);
    // A field that is undefined has no value from then on.
    const after = { ...before, ...patch } as Task;
    const { held: _, ...set } = rowFromTask(after, key, occasion.now);
    const { updated_at: __, ...fields } = set;
    const isSame = Object.entries(fields).every(
      ([name, value]) => row[name as keyof TaskRow] === value,
    );
    // Nothing that could be taken back.
    if (isSame) return before;
    const { dependsOn } = patch;
    const change = { ...occasion, id, from: row.status, set, dependsOn };
    return taskFromRow((await changeTask(store, trx, key, change)) ?? row, source);
  });
}

async function remove(
  context: StoreContext,
  project: string,
  choose: (tasks: readonly Task[]) => readonly string[],
): Promise<Task[]> {
  const { store, source } = context;
  const key = keyOf(project);
  return await store.write(async (trx) => {
    const tasks = (await selectTasks(trx, key, {})).map((row) => taskFromRow(row, source));
    const ids = choose(tasks);
    if (ids.length === 0) return [];
    const rows = await removeTasks(store, trx, key, { ids, ...occasionOf(context) });
    return rows.map((row) => taskFromRow(row, source));
  });
}

/** Opens the store in `file`, made when missing. It and every operation may throw `store-busy` or `store-unreadable`. */
export async function openTaskStore(file: string, options: StoreOptions): Promise<TaskStore> {
  const store = await openStoreDatabase(file);
  const context: StoreContext = { ...options, store };
  const { source } = options;
  const list = async (project: string, statuses?: readonly TaskStatus[]): Promise<Task[]> => {
    const rows = await selectTasks(store.db, keyOf(project), { statuses });
    return rows.map((row) => taskFromRow(row, source));
  };
  const get = async (project: string, id: string): Promise<Task | null> => {
    const row = await findTask(store.db, keyOf(project), id);
    return row === null ? null : taskFromRow(row, source);
  };
  const guarded = <T>(work: Promise<T>): Promise<T> => orStoreError(store, work);
  return {
    add: (project, tasks) => guarded(addTasks(context, project, tasks)),
    import: (project, tasks) => guarded(importTasks(context, project, tasks)),
    list: (project, statuses) => guarded(list(project, statuses)),
    get: (project, id) => guarded(get(project, id)),
    isKnown: (project) => guarded(hasIds(store.db, keyOf(project))),
    update: (project, id, decide) => guarded(updateTask(context, project, id, decide)),
    remove: (project, ids) => guarded(remove(context, project, () => ids)),
    removeLabelled: async (project, label) => {
      const labelled = (tasks: readonly Task[]): string[] =>
        tasks.filter(({ labels }) => labels.includes(label)).map(({ id }) => id);
      return (await guarded(remove(context, project, labelled))).length;
    },
    past: (project, id) => guarded(pastOf(store, keyOf(project), id, source)),
    lastChange: (project, by) => guarded(lastChange(store, keyOf(project), by, source)),
    undo: (project, change) =>
      guarded(
        store.write((trx) =>
          takeBack(store, trx, keyOf(project), { change, ...occasionOf(context) }),
        ),
      ),
    move: (from, to) =>
      guarded(store.write((trx) => moveProject(store, trx, keyOf(from), keyOf(to)))),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
