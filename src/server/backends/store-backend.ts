// The task store behind the task tools and the REST routes: SQLite or PostgreSQL. Every question carries the caller's
// organisation down to each row that is read or written.

import { SitrepError } from "../../core/errors.ts";
import type { StoreConnection } from "../../store/connection.ts";
import {
  completedByDay,
  countByStatus,
  countTasks,
  findTask,
  listProjects,
  nextTask,
  selectTaskPage,
} from "../../store/task-queries.ts";
import { mostDays } from "../backend.ts";
import type { TaskBackend } from "../backend.ts";
import { idMethods } from "./store-ids.ts";
import type { Guard, Parts, StoreBackendOptions } from "./store-parts.ts";
import { ticketMethods } from "./store-tickets.ts";
import { createStoredTasks } from "./stored-tasks.ts";

const guardOf =
  (store: StoreConnection): Guard =>
  async (signal, work) => {
    if (signal.aborted) throw new SitrepError("cancelled", "The caller gave up.");
    try {
      return await work();
    } catch (error) {
      throw store.errorOf(error);
    }
  };

function taskMethods(
  { store, projects, clock }: StoreBackendOptions,
  guarded: Guard,
): Pick<
  Parts,
  "nextTask" | "listTasks" | "projects" | "getTask" | "updateStatus" | "addTasks" | "counts"
> {
  const { db } = store;
  const tasks = createStoredTasks(store, projects);
  const { keyFor, placeOf, onWire, allOnWire } = tasks;
  return {
    nextTask: ({ project, status }, { as, signal }) =>
      guarded(signal, async () => {
        const key = await keyFor(as.organization, project);
        const row =
          status === null
            ? ((await nextTask(db, key, "in_progress")) ?? (await nextTask(db, key, "pending")))
            : await nextTask(db, key, status);
        return row === null ? null : await onWire(row);
      }),
    listTasks: ({ project, status, priority, page, pageSize }, { as, signal }) =>
      guarded(signal, async () => {
        const key = await keyFor(as.organization, project);
        const selection = { statuses: status === undefined ? undefined : [status], priority };
        const window = { limit: pageSize, offset: (page - 1) * pageSize };
        const rows = await selectTaskPage(store, key, selection, window);
        const total =
          page === 1 && rows.length < pageSize ? rows.length : await countTasks(db, key, selection);
        return { items: await allOnWire(rows), total, page, pageSize };
      }),
    projects: ({ as: { organization }, signal }) =>
      guarded(signal, async () => {
        const keys = await listProjects(db, organization);
        return Promise.all(keys.map((key) => projects.nameOf(key, organization)));
      }),
    getTask: (id, project, { as, signal }) =>
      guarded(signal, async () => {
        const key = await placeOf(as.organization, id, project);
        const row = key === null ? null : await findTask(db, key, id);
        return row === null ? null : await onWire(row);
      }),
    updateStatus: (change, { as, signal }) =>
      guarded(signal, () => tasks.updateStatus(as.organization, change, clock().toISOString())),
    addTasks: (added, { as, signal }) =>
      guarded(signal, () => tasks.add(as.organization, added, clock().toISOString())),
    counts: (project, { as, signal }) =>
      guarded(signal, async () => {
        const key = await keyFor(as.organization, project);
        // Each goes through an index; PostgreSQL does so at once.
        const [byStatus, days] = await Promise.all([
          countByStatus(db, key),
          completedByDay(db, key, mostDays),
        ]);
        return { byStatus, completedByDay: days };
      }),
  };
}

/** Fills the port `TaskBackend` from a task store. */
export function createStoreBackend(options: StoreBackendOptions): TaskBackend {
  const { store } = options;
  const guarded = guardOf(store);
  return {
    kind: "store",
    ...taskMethods(options, guarded),
    ...idMethods(options, guarded),
    ...ticketMethods(options, guarded),
    check: (signal) =>
      guarded(signal, async () => {
        await store.db.selectFrom("tasks").select("id").limit(1).execute();
      }),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
