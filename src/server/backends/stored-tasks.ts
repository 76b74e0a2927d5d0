// The store's tasks by the names of the wire: where a named task is, and the two operations that change
// tasks.

import { SitrepError } from "../../core/errors.ts";
import { quotedName } from "../../core/quote.ts";
import { canMove, movesFrom, type NewTask, type TaskStatus } from "../../core/task/task.ts";
import type { ProjectKey, StoreConnection, StoreScope } from "../../store/database/connection.ts";
import type { GroupedWrites } from "../../store/grouped-writes.ts";
import type { Occasion } from "../../store/task-history.ts";
import { readColumns } from "../../store/task-row.ts";
import {
  findTask,
  projectsWithTask,
  type ShownTask,
  type TaskRow,
} from "../../store/task-queries.ts";
import { insertTasks } from "../../store/task-writes.ts";
import type { TaskBackend } from "../backend.ts";
import type { ProjectNames } from "./project-names.ts";
import { newTaskFromWire, type NewWireTask, type WireTask } from "../wire.ts";

/** `wireTask` of the task in a row, without that task: lists have hundreds, and what is made for each is most of their cost. */
function wireOfRow(row: ShownTask, project: string): WireTask {
  const { status, priority, assignees, labels, dependsOn, inputs, outputs } = readColumns(row);
  return {
    task_id: row.id,
    project_id: project,
    title: row.title,
    description: row.description,
    status,
    priority,
    assignees,
    labels,
    depends_on: dependsOn,
    inputs,
    outputs,
    due: row.due,
    branch: row.branch,
    category: row.category,
    estimated_effort: row.estimated_effort,
    parent: row.parent,
    url: row.url,
    created_at: row.created_at,
    updated_at: row.updated_at,
    completed_at: row.completed_at,
    completion_notes: row.completion_notes,
  };
}

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

/** The task as it is when its turn comes. Throws `task-not-found` and `transition-invalid`. */
function checked({ taskId: id, status }: StatusChange, row: TaskRow | null): TaskRow {
  if (row === null) throw notFound(id);
  const { status: from } = readColumns(row);
  if (!canMove(from, status)) throw invalidMove(id, from, status);
  return row;
}

export function createStoredTasks(
  store: StoreConnection,
  writes: GroupedWrites,
  projects: ProjectNames,
) {
  const { kind, db } = store;
  const scopeOf = (organization: string, project: string): StoreScope => ({
    kind,
    db,
    key: { organization, project },
  });
  const scopeFor = async (organization: string, project: string): Promise<StoreScope> =>
    scopeOf(organization, await projects.keyOf(project, organization));

  const locate = async (organization: string, id: string): Promise<StoreScope | null> => {
    const [project, ...others] = await projectsWithTask(db, organization, id, 5);
    if (project === undefined) return null;
    if (others.length === 0) return scopeOf(organization, project);
    const home = projects.home === null ? null : scopeOf(organization, projects.home);
    if (home !== null && (await findTask(home, id)) !== null) return home;
    const names = await Promise.all(
      [project, ...others].map((key) => projects.nameOf(key, organization)),
    );
    const what = `There is a task ${quotedName(id)} in each of ${names.map((name) => quotedName(name)).join(", ")}.`;
    const hint = "Name the project too: project_id.";
    throw new SitrepError("task-ambiguous", what, { hint });
  };
  /** Where this task is; null when it is named without a project and nowhere. Throws `task-ambiguous`. */
  const placeOf = async (organization: string, id: string, project: string | null) =>
    project === null ? await locate(organization, id) : await scopeFor(organization, project);
  const allOnWire = async (rows: readonly ShownTask[], key: ProjectKey): Promise<WireTask[]> => {
    if (rows.length === 0) return [];
    // Once for all of them: a name may have to be looked up among all projects.
    const name = await projects.nameOf(key.project, key.organization);
    return rows.map((row) => wireOfRow(row, name));
  };
  const onWire = async (row: ShownTask, { project, organization }: ProjectKey): Promise<WireTask> =>
    wireOfRow(row, await projects.nameOf(project, organization));

  return {
    scopeFor,
    placeOf,
    onWire,
    allOnWire,
    updateStatus: async (organization: string, change: StatusChange, occasion: Occasion) => {
      const scope = await placeOf(organization, change.taskId, change.project);
      if (scope === null) throw notFound(change.taskId);
      const { key } = scope;
      const { taskId: id, status, notes } = change;
      const check = (row: TaskRow | null): TaskRow => checked(change, row);
      const call = { ...occasion, id, status, notes: notes === "" ? null : notes, check };
      return onWire(await writes.move({ key, call }), key);
    },
    /** All or none, in order. Gives the ids. */
    add: async (organization: string, tasks: readonly NewWireTask[], occasion: Occasion) => {
      const byProject = new Map<string, { task: NewTask; position: number }[]>();
      for (const [position, wire] of tasks.entries()) {
        const task = newTaskFromWire(wire, position + 1, occasion.now);
        const project = await projects.keyOf(wire.project_id, organization);
        const batch = byProject.get(project) ?? [];
        batch.push({ task, position });
        byProject.set(project, batch);
      }
      // In one order for all, so that two batches do not wait for each other's projects.
      const batches = [...byProject]
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map(([project, batch]) => ({
          batch,
          key: { organization, project },
          call: { ...occasion, tasks: batch.map(({ task }) => task) },
        }));
      const [first, ...others] = batches;
      const added =
        first !== undefined && others.length === 0
          ? [await writes.add(first)]
          : await store.write(async (trx) => {
              const rows: TaskRow[][] = [];
              for (const { key, call } of batches) {
                rows.push(...(await insertTasks({ kind, db: trx, key }, [call])));
              }
              return rows;
            });
      const given: string[] = Array.from(tasks, () => "");
      for (const [which, { batch }] of batches.entries()) {
        for (const [at, { position }] of batch.entries()) {
          given[position] = added[which]?.[at]?.id ?? "";
        }
      }
      await store.noteAdded(given.length);
      return given;
    },
  };
}
