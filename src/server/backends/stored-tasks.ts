import { SitrepError } from "../../core/errors.ts";
import { quotedName } from "../../core/quote.ts";
import {
  canTransition,
  allowedTransitions,
  type NewTask,
  type TaskStatus,
} from "../../core/task/task.ts";
import type { ProjectKey, StoreConnection, StoreScope } from "../../store/database/connection.ts";
import type { GroupedWrites } from "../../store/grouped-writes.ts";
import type { ChangeContext } from "../../store/task-history.ts";
import { readColumns } from "../../store/task-row.ts";
import { findRow, projectsWithTask, type TaskRow } from "../../store/task-queries.ts";
import { insertTasks } from "../../store/task-writes.ts";
import { notFound } from "../backend.ts";
import type { ProjectNames } from "./project-names.ts";
import { newTaskFromWire, type NewWireTask } from "../wire.ts";

function invalidTransition(id: string, from: TaskStatus, to: TaskStatus): SitrepError {
  const allowed = allowedTransitions(from);
  const ways = allowed.length === 0 ? "status is final" : `it can become ${allowed.join(", ")}`;
  const what = from === to ? `is ${from} already` : `is ${from} and cannot become ${to}`;
  const isTaken = from === "in_progress" && to === from;
  const hint = isTaken ? { hint: "Somebody has already taken it: get the next task." } : {};
  return new SitrepError("transition-invalid", `Task ${quotedName(id)} ${what}; ${ways}.`, hint);
}

interface StatusChange {
  readonly id: string;
  readonly status: TaskStatus;
  readonly completion_notes: string;
  readonly if_unchanged_since?: string;
}

/** Throws `task-changed` for a task that is not as the caller read it. `since`: its `updated_at` then. */
export function requireUnchanged(row: TaskRow, since: string | undefined): void {
  if (since === undefined || row.updated_at === since) return;
  const what = `Task ${quotedName(row.id)} was changed after you read it.`;
  throw new SitrepError("task-changed", what, {
    hint: "Read the task again, and repeat the change if it still applies.",
  });
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
  const nameOf = ({ project, organization }: ProjectKey) => projects.nameOf(project, organization);

  const locate = async (organization: string, id: string): Promise<StoreScope> => {
    const [project, ...others] = await projectsWithTask(db, organization, id, 5);
    if (project === undefined) throw notFound("task", id);
    if (others.length === 0) return scopeOf(organization, project);
    const home = projects.home === null ? null : scopeOf(organization, projects.home);
    if (home !== null && (await findRow(home, id)) !== null) return home;
    const keys = [project, ...others].map((one) => ({ organization, project: one }));
    const names = (await Promise.all(keys.map(nameOf))).map((name) => quotedName(name));
    throw new SitrepError(
      "task-ambiguous",
      `Several projects have a task ${quotedName(id)}: ${names.join(", ")}.`,
      { hint: "Pass the project too: project_id." },
    );
  };

  return {
    scopeFor,
    nameOf,
    placeOf: async (organization: string, id: string, project: string | undefined) =>
      project === undefined
        ? await locate(organization, id)
        : await scopeFor(organization, project),
    /** Checks the task when its turn comes. Throws `task-not-found` and `transition-invalid`. */
    move: (key: ProjectKey, change: StatusChange, occasion: ChangeContext): Promise<TaskRow> => {
      const { id, status, completion_notes: notes } = change;
      const check = (row: TaskRow | null): TaskRow => {
        if (row === null) throw notFound("task", id);
        requireUnchanged(row, change.if_unchanged_since);
        const { status: from } = readColumns(row);
        if (!canTransition(from, status)) throw invalidTransition(id, from, status);
        return row;
      };
      const call = { ...occasion, id, status, notes: notes === "" ? null : notes, check };
      return writes.move({ key, call });
    },
    add: async (organization: string, tasks: readonly NewWireTask[], occasion: ChangeContext) => {
      const byProject = new Map<string, { task: NewTask; position: number }[]>();
      for (const [position, wire] of tasks.entries()) {
        const task = newTaskFromWire(wire, position + 1, occasion.now);
        const project = await projects.keyOf(wire.project_id, organization);
        const batch = byProject.get(project) ?? [];
        batch.push({ task, position });
        byProject.set(project, batch);
      }
      // The same order for all callers, so that two batches do not wait for each other's projects.
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
      const ids: string[] = Array.from(tasks, () => "");
      for (const [which, { batch }] of batches.entries()) {
        for (const [at, { position }] of batch.entries()) {
          ids[position] = added[which]?.[at]?.id ?? "";
        }
      }
      await store.noteAdded(ids.length);
      return ids;
    },
  };
}
