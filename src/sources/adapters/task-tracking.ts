// A task tracking service over REST as a task source.

import { noNotes } from "../../core/ports.ts";
import type { PendingTasks, ProjectScope, TaskSource, TaskUpdate } from "../../core/ports.ts";
import { readNumber, readObject, readStrings } from "../../core/read.ts";
import { SourceError } from "../../core/source-error.ts";
import type { NewTask, Task, TaskStatus } from "../../core/task.ts";
import { fieldIn, isNotFound, listIn, orNull, pendingIn, tasksIn, totalIn } from "./rest.ts";
import { mostTasks } from "../../core/mapping.ts";
import type { RestSourceDeps } from "./rest.ts";
import { createTaskTrackingClient } from "./task-tracking-client.ts";

const openStatuses = ["pending", "in_progress", "blocked"] as const;

function newTaskBody(task: NewTask, project: string): Record<string, unknown> {
  return {
    ...(task.id === undefined ? {} : { task_id: task.id }),
    project_id: project,
    title: task.title,
    description: task.description ?? task.title,
    status: task.status,
    priority: task.priority,
    inputs: task.inputs,
    outputs: task.outputs,
  };
}

/** Its setting: `project`, the service's id of the project. Takes over what `close` holds. */
export function createTaskTrackingSource(deps: RestSourceDeps): TaskSource {
  const { name, origin, subject, send, settings, projectNameOf } = deps;
  const projectOf = (scope: ProjectScope): string => settings["project"] ?? projectNameOf(scope);
  const client = createTaskTrackingClient(send);
  const taskIn = (raw: unknown): Task | null => tasksIn(name, [raw])[0] ?? null;

  const nextTask = async (scope: ProjectScope, signal: AbortSignal): Promise<Task | null> => {
    const query = { project: projectOf(scope), status: "pending" } as const;
    return taskIn(fieldIn(await orNull(client.nextTask(query, signal)), ["task"]));
  };
  /** A service of the first version knows no blocked tasks and may refuse the word. */
  const listOf = async (status: TaskStatus, project: string, signal: AbortSignal) => {
    try {
      return await client.listTasks({ project, status }, signal);
    } catch (error) {
      const isUnknownWord = error instanceof SourceError && error.status === 400;
      if (status === "blocked" && isUnknownWord) return [];
      throw error;
    }
  };
  /** Every page of a service that has pages: it says which one it gave. Others are asked once. */
  const pagesOf = async (status: TaskStatus, project: string, signal: AbortSignal) => {
    const first = await listOf(status, project, signal);
    const list = [...listIn(name, first, ["tasks"])];
    const total = totalIn(first) ?? list.length;
    const hasPages = readNumber(fieldIn(first, ["page"])) === 1;
    const wanted = hasPages ? Math.min(total, mostTasks) : 0;
    for (let page = 2; list.length < wanted; page += 1) {
      const answer = await client.listTasks({ project, status, page }, signal);
      const more = listIn(name, answer, ["tasks"]);
      if (more.length === 0) break;
      list.push(...more);
    }
    return { list, total: Math.max(total, list.length) };
  };
  const listPending = async (scope: ProjectScope, signal: AbortSignal): Promise<PendingTasks> => {
    try {
      const raw: unknown[] = [];
      let total = 0;
      // One after the other: three calls that fail at once would count as three failures of the server.
      for (const status of openStatuses) {
        const pages = await pagesOf(status, projectOf(scope), signal);
        raw.push(...pages.list);
        total += pages.total;
      }
      return pendingIn(name, raw, total);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      const task = await nextTask(scope, signal);
      return { ...noNotes, tasks: task === null ? [] : [task], isNextOnly: true };
    }
  };

  return {
    name,
    origin,
    subject,
    listPending,
    next: nextTask,
    get: async (scope, id, signal) => {
      if (id === "") return null;
      const answer = await orNull(client.getTask(id, {}, signal));
      const raw = fieldIn(answer, ["task"]) ?? answer;
      const found = taskIn(raw);
      const project = readObject(raw)?.["project_id"] ?? projectOf(scope);
      return found?.id === id && project === projectOf(scope) ? found : null;
    },
    create: async (scope, task, signal) => {
      const answer = await client.addTasks([newTaskBody(task, projectOf(scope))], signal);
      const [id] = readStrings(readObject(answer)?.["task_ids"]);
      return id === undefined ? null : { ...task, id, source: name };
    },
    update: async (_scope, id, { status, notes }: TaskUpdate, signal) => {
      const body = { status, completion_notes: notes ?? "" };
      const answer = await client.updateStatus(id, body, {}, signal);
      return taskIn(fieldIn(answer, ["updated_task", "task"]) ?? answer);
    },
    check: async (signal) => {
      // Some project must be named; one that is not there has no tasks, and is an answer.
      const project = settings["project"] ?? "sitrep";
      await orNull(client.nextTask({ project, status: "pending" }, signal));
    },
    [Symbol.asyncDispose]: deps.close,
  };
}
