// Calls that the source cannot make throw `not-supported`. It has one project, and lists only open tasks.

import { SitrepError } from "../../core/errors.ts";
import { quotedName } from "../../core/quote.ts";
import type { ProjectScope, TaskSource } from "../../core/ports.ts";
import { markBlocked } from "../../core/task/raw-task.ts";
import { canTransition, isOpenTask, priorityRank, type Task } from "../../core/task/task.ts";
import { notFound, type CallScope, type Calls, type TaskBackend } from "../backend.ts";
import { operationList } from "../operations/operations.ts";
import { newTaskFromWire, wireTask } from "../wire.ts";

export interface SourceBackendOptions {
  readonly source: TaskSource;
  readonly scope: ProjectScope;
  readonly project: string;
  readonly clock: () => Date;
}

const last = "9999";

function compare(one: Task, other: Task): number {
  const rank = priorityRank(one.priority) - priorityRank(other.priority);
  if (rank !== 0) return rank;
  const due = (one.due ?? last).localeCompare(other.due ?? last, "en");
  return due === 0 ? (one.createdAt ?? last).localeCompare(other.createdAt ?? last, "en") : due;
}

type TaskCalls = Pick<
  Calls,
  "getNextTask" | "listTasks" | "getTask" | "updateTaskStatus" | "addTasks"
>;

function taskCalls(
  { source, scope, project: own, clock }: SourceBackendOptions,
  unable: (what: string) => SitrepError,
): TaskCalls {
  const onWire = (task: Task) => wireTask(task, own);
  const requireProject = (named: string | undefined): void => {
    if (named === undefined || [own, scope.path, scope.name, "."].includes(named)) return;
    throw new SitrepError(
      "project-unknown",
      `${source.name} serves only the project ${quotedName(own)}.`,
    );
  };
  const open = async ({ signal }: CallScope) => {
    const response = await source.listOpen(scope, signal);
    return { total: response.total ?? 0, tasks: markBlocked(response.tasks).toSorted(compare) };
  };
  const find = async (id: string, asked: CallScope): Promise<Task> => {
    const found =
      source.get === undefined
        ? (await open(asked)).tasks.find((task) => task.id === id)
        : await source.get(scope, id, asked.signal);
    if (!found) throw notFound("task", id);
    return found;
  };
  return {
    getNextTask: async ({ project, status }, asked) => {
      requireProject(project);
      const { tasks } = await open(asked);
      const first = (wanted: string) => tasks.find((task) => task.status === wanted);
      const found =
        status === undefined ? (first("in_progress") ?? first("pending")) : first(status);
      return { task: found === undefined ? null : onWire(found) };
    },
    listTasks: async ({ project, status, priority, page, page_size }, asked) => {
      requireProject(project);
      if (status !== undefined && !isOpenTask({ status })) throw unable(`list ${status} tasks`);
      const response = await open(asked);
      const found = response.tasks.filter(
        (task) =>
          (status === undefined || task.status === status) &&
          (priority === undefined || task.priority === priority),
      );
      const isWhole = status === undefined && priority === undefined;
      const total = isWhole ? Math.max(response.total, found.length) : found.length;
      const tasks = found.slice((page - 1) * page_size, page * page_size).map(onWire);
      return { tasks, total, page, page_size };
    },
    getTask: async ({ id, project }, asked) => {
      requireProject(project);
      return { task: onWire(await find(id, asked)) };
    },
    updateTaskStatus: async ({ id, project, project_id, status, completion_notes }, asked) => {
      requireProject(project ?? project_id);
      if (source.update === undefined) throw unable("change a task");
      const before = await find(id, asked);
      if (!canTransition(before.status, status)) {
        const why = before.status === status ? " already" : ` and cannot become ${status}`;
        const what = `Task ${quotedName(id)} is ${before.status}${why}`;
        throw new SitrepError("transition-invalid", what);
      }
      const notes = completion_notes === "" ? undefined : completion_notes;
      const update = { status, seen: before, ...(notes === undefined ? {} : { notes }) };
      const changed = await source.update(scope, id, update, asked.signal);
      const after = notes === undefined ? { status } : { status, completionNotes: notes };
      return { updated_task: onWire(changed ?? { ...before, ...after }) };
    },
    addTasks: async ({ tasks }, asked) => {
      for (const task of tasks) requireProject(task.project_id);
      if (source.create === undefined) throw unable("add a task");
      const [only, ...others] = tasks;
      if (only === undefined || others.length > 0) {
        throw unable("add several tasks atomically; add one at a time");
      }
      const task = newTaskFromWire(only, 1, clock().toISOString());
      const { id = task.id } = (await source.create(scope, task, asked.signal)) ?? {};
      const ids = id ? [id] : [];
      return { success: true, tasks_added: ids.length, task_ids: ids };
    },
  };
}

export function createSourceBackend(options: SourceBackendOptions): TaskBackend {
  const { source, scope } = options;
  const unable = (what: string): SitrepError =>
    new SitrepError("not-supported", `${source.name} cannot ${what}.`);
  const cannot = (what: string) => () => Promise.reject(unable(what));
  const others = operationList.map(([name, { permission }]) => [
    name,
    cannot(permission.replaceAll("_", " ")),
  ]);
  return {
    kind: "source",
    ...(Object.fromEntries(others) as Calls),
    ...taskCalls(options, unable),
    counts: cannot("count completed tasks"),
    check: async (signal) => {
      if (source.check === undefined) await source.listOpen(scope, signal);
      else await source.check(scope, signal);
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}
