// A configured task source behind the task tools, as far as it goes: what it cannot do is `not-supported`, said plainly.
// It has one project, and lists only what is not over.

import { SitrepError } from "../../core/errors.ts";
import { quotedName } from "../../core/quote.ts";
import type { PendingTasks, ProjectScope, TaskSource } from "../../core/ports.ts";
import { holdBack } from "../../core/task/raw-task.ts";
import { canMove, isOpenTask, priorityRank, type Task } from "../../core/task/task.ts";
import type { Asked, TaskBackend } from "../backend.ts";
import { newTaskFromWire, wireTask, type WireTask } from "../wire.ts";

export interface SourceBackendOptions {
  /** Stays the caller's. */
  readonly source: TaskSource;
  readonly scope: ProjectScope;
  /** What callers call the project. */
  readonly project: string;
  readonly clock: () => Date;
}

const last = "9999";

/** The most pressing first, then the earliest due, then the oldest. */
function compare(one: Task, other: Task): number {
  const rank = priorityRank(one.priority) - priorityRank(other.priority);
  if (rank !== 0) return rank;
  const due = (one.due ?? last).localeCompare(other.due ?? last, "en");
  return due === 0 ? (one.createdAt ?? last).localeCompare(other.createdAt ?? last, "en") : due;
}

function operationsOf({ source, scope, project, clock }: SourceBackendOptions) {
  const onWire = (task: Task): WireTask => wireTask(task, project);
  const requireProject = (named: string | null): void => {
    if (named === null || [project, scope.path, scope.name, "."].includes(named)) return;
    throw new SitrepError(
      "project-unknown",
      `${source.name} serves the project ${quotedName(project)} here.`,
    );
  };
  const unable = (what: string): SitrepError =>
    new SitrepError("not-supported", `${source.name} cannot ${what}.`);
  const open = async ({ signal }: Asked): Promise<PendingTasks & { tasks: Task[] }> => {
    const answer = await source.listPending(scope, signal);
    return { ...answer, tasks: holdBack(answer.tasks).toSorted(compare) };
  };
  const find = async (id: string, asked: Asked): Promise<Task | null> => {
    if (source.get !== undefined) return source.get(scope, id, asked.signal);
    const { tasks } = await open(asked);
    return tasks.find((task) => task.id === id) ?? null;
  };

  const nextTask: TaskBackend["nextTask"] = async ({ project: named, status }, asked) => {
    requireProject(named);
    const answer = await open(asked);
    const first = (wanted: string): Task | null =>
      answer.tasks.find((task) => task.status === wanted) ?? null;
    const found = status === null ? (first("in_progress") ?? first("pending")) : first(status);
    return found === null ? null : onWire(found);
  };
  const updateStatus: TaskBackend["updateStatus"] = async (change, asked) => {
    requireProject(change.project);
    if (source.update === undefined) throw unable("change a task");
    const { taskId: id, status, notes } = change;
    const before = await find(id, asked);
    if (before === null)
      throw new SitrepError("task-not-found", `Task not found: ${quotedName(id)}`);
    if (!canMove(before.status, status)) {
      const what = `Task ${quotedName(id)} is ${before.status}${before.status === status ? " already" : ` and cannot become ${status}`}`;
      throw new SitrepError("transition-invalid", what);
    }
    const update = { status, ...(notes === "" ? {} : { notes }) };
    const changed = await source.update(scope, id, update, asked.signal);
    return onWire(
      changed ?? { ...before, status, ...(notes === "" ? {} : { completionNotes: notes }) },
    );
  };
  const addTasks: TaskBackend["addTasks"] = async (tasks, asked) => {
    for (const task of tasks) requireProject(task.project_id);
    if (source.create === undefined) throw unable("add a task");
    const [only, ...others] = tasks;
    if (only === undefined) return [];
    if (others.length > 0) throw unable("add several tasks as all or none; add one at a time");
    const task = newTaskFromWire(only, 1, clock().toISOString());
    const made = await source.create(scope, task, asked.signal);
    return [made?.id ?? task.id ?? ""].filter((id) => id !== "");
  };
  return { onWire, requireProject, unable, open, find, nextTask, updateStatus, addTasks };
}

/** Fills the port `TaskBackend` from a task source. */
export function createSourceBackend(options: SourceBackendOptions): TaskBackend {
  const { source } = options;
  const { onWire, requireProject, unable, open, find, ...own } = operationsOf(options);
  const cannot = (what: string) => () => Promise.reject(unable(what));
  return {
    kind: "source",
    ...own,
    listTasks: async ({ project, status, priority, page, pageSize }, asked) => {
      requireProject(project);
      if (status !== undefined && !isOpenTask({ status })) throw unable(`list ${status} tasks`);
      const answer = await open(asked);
      const found = answer.tasks.filter(
        (task) =>
          (status === undefined || task.status === status) &&
          (priority === undefined || task.priority === priority),
      );
      const isWhole = status === undefined && priority === undefined;
      const total = isWhole ? Math.max(answer.total ?? 0, found.length) : found.length;
      const items = found.slice((page - 1) * pageSize, page * pageSize).map(onWire);
      return { items, total, page, pageSize };
    },
    getTask: async (id, project, asked) => {
      requireProject(project);
      const task = await find(id, asked);
      return task === null ? null : onWire(task);
    },
    nextId: cannot("say the next id"),
    reserveIds: cannot("reserve ids"),
    listTickets: cannot("list tickets"),
    getTicket: cannot("show a ticket"),
    searchTickets: cannot("search tickets"),
    createTicket: cannot("create a ticket"),
    counts: cannot("say how many tasks are done"),
    check: async (signal) => {
      if (source.check === undefined) await source.listPending(options.scope, signal);
      else await source.check(options.scope, signal);
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}
