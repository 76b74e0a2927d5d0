// The store's tasks by the names of the wire: where a named task is, and the two operations that change
// tasks.

import { SitrepError } from "../../core/errors.ts";
import { quotedName } from "../../core/quote.ts";
import { canMove, movesFrom, type TaskStatus } from "../../core/task.ts";
import type { ProjectKey, StoreConnection, StoreTransaction } from "../../store/connection.ts";
import type { Occasion } from "../../store/task-history.ts";
import { taskFromRow } from "../../store/task-row.ts";
import { findTask, projectsWithTask, type TaskRow } from "../../store/task-queries.ts";
import { changeTask, insertTasks } from "../../store/task-writes.ts";
import type { TaskBackend } from "../backend.ts";
import type { ProjectNames } from "./project-names.ts";
import { newTaskFromWire, wireTask, type NewWireTask, type WireTask } from "../wire.ts";

/** Tasks carry the name of their source; on the wire it is not shown. */
const sourceName = "store";

const notFound = (id: string): SitrepError =>
  new SitrepError("task-not-found", `Task not found: ${quotedName(id)}`, {
    hint: "List the tasks of the project to see their ids.",
  });

function invalidMove(id: string, from: TaskStatus, to: TaskStatus): SitrepError {
  const moves = movesFrom(from);
  const ways = moves.length === 0 ? "nothing follows" : `it may become ${moves.join(", ")}`;
  const what = from === to ? `is ${from} already` : `is ${from} and cannot become ${to}`;
  const isTaken = from === "in_progress" && to === from;
  const hint = isTaken ? { hint: "Somebody has taken it: ask for the next task." } : {};
  return new SitrepError(
    "transition-invalid",
    `Task ${quotedName(id)} ${what}; from there ${ways}.`,
    hint,
  );
}

type StatusChange = Parameters<TaskBackend["updateStatus"]>[0];

/** Moves a task whose status is still what it was when it was read. */
async function moveTask(
  store: StoreConnection,
  trx: StoreTransaction,
  key: ProjectKey,
  { taskId: id, status, notes, ...occasion }: StatusChange & Occasion,
): Promise<TaskRow> {
  const before = await findTask(trx, key, id);
  if (before === null) throw notFound(id);
  const from = taskFromRow(before, sourceName).status;
  if (!canMove(from, status)) throw invalidMove(id, from, status);
  const set = {
    status,
    updated_at: occasion.now,
    completed_at: status === "completed" ? occasion.now : null,
    ...(notes === "" ? {} : { completion_notes: notes }),
  };
  const changed = await changeTask(store, trx, key, { ...occasion, id, from: before.status, set });
  if (changed !== null) return changed;
  // Another caller was faster since it was read.
  const after = await findTask(trx, key, id);
  if (after === null) throw notFound(id);
  throw invalidMove(id, taskFromRow(after, sourceName).status, status);
}

export function createStoredTasks(store: StoreConnection, projects: ProjectNames) {
  const { db } = store;
  const keyFor = async (organization: string, project: string): Promise<ProjectKey> => ({
    organization,
    project: await projects.keyOf(project, organization),
  });

  const locate = async (organization: string, id: string): Promise<ProjectKey | null> => {
    const [project, ...others] = await projectsWithTask(db, organization, id, 5);
    if (project === undefined) return null;
    if (others.length === 0) return { organization, project };
    const home = projects.home === null ? null : { organization, project: projects.home };
    if (home !== null && (await findTask(db, home, id)) !== null) return home;
    const names = await Promise.all(
      [project, ...others].map((key) => projects.nameOf(key, organization)),
    );
    const what = `There is a task ${quotedName(id)} in each of ${names.map((name) => quotedName(name)).join(", ")}.`;
    const hint = "Name the project too: project_id.";
    throw new SitrepError("task-ambiguous", what, { hint });
  };
  /** Where this task is; null when it is named without a project and nowhere. Throws `task-ambiguous`. */
  const placeOf = async (organization: string, id: string, project: string | null) =>
    project === null ? await locate(organization, id) : await keyFor(organization, project);
  /** Rows of one project. */
  const allOnWire = async (rows: readonly TaskRow[]): Promise<WireTask[]> => {
    const [first] = rows;
    if (first === undefined) return [];
    // Once for all of them: a name may have to be looked up among all projects.
    const name = await projects.nameOf(first.project, first.organization);
    return rows.map((row) => wireTask(taskFromRow(row, sourceName), name));
  };
  const onWire = async (row: TaskRow): Promise<WireTask> =>
    wireTask(taskFromRow(row, sourceName), await projects.nameOf(row.project, row.organization));

  return {
    keyFor,
    placeOf,
    onWire,
    allOnWire,
    updateStatus: async (organization: string, change: StatusChange, occasion: Occasion) => {
      const key = await placeOf(organization, change.taskId, change.project);
      if (key === null) throw notFound(change.taskId);
      return onWire(
        await store.write((trx) => moveTask(store, trx, key, { ...change, ...occasion })),
      );
    },
    /** All or none, in order. Gives the ids. */
    add: async (organization: string, tasks: readonly NewWireTask[], occasion: Occasion) => {
      const byProject = new Map<string, { task: NewWireTask; position: number }[]>();
      for (const [position, task] of tasks.entries()) {
        const { project } = await keyFor(organization, task.project_id);
        const batch = byProject.get(project) ?? [];
        batch.push({ task, position });
        byProject.set(project, batch);
      }
      // In one order for all, so that two batches do not wait for each other's projects.
      const batches = [...byProject].toSorted(([one], [other]) => (one < other ? -1 : 1));
      const given = await store.write(async (trx) => {
        const ids: string[] = Array.from(tasks, () => "");
        for (const [project, batch] of batches) {
          const added = batch.map(({ task, position }) =>
            newTaskFromWire(task, position + 1, occasion.now),
          );
          const key = { organization, project };
          const rows = await insertTasks(store, trx, key, { tasks: added, ...occasion });
          for (const [at, { position }] of batch.entries()) ids[position] = rows[at]?.id ?? "";
        }
        return ids;
      });
      await store.noteAdded(given.length);
      return given;
    },
  };
}
