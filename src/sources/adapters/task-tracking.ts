// A task tracking service over REST as a task source.

import { createPageRoom, type PageRoom } from "../../core/mapping/answer-bounds.ts";
import { noNotes } from "../../core/ports.ts";
import type { PendingTasks, ProjectScope, TaskSource, TaskUpdate } from "../../core/ports.ts";
import { readNumber, readObject, readString, readStrings } from "../../core/read.ts";
import { SourceError } from "../../core/source-error.ts";
import type { NewTask, Task, TaskStatus } from "../../core/task/task.ts";
import { taskFromRaw } from "../../core/task/raw-task.ts";
import { fieldIn, invalid, isOwnFailure, listIn, orNull, pendingIn } from "./rest.ts";
import { succeeded, taskIn, totalIn } from "./rest.ts";
import { mostTasks } from "../../core/mapping/mapping.ts";
import type { RestSourceDeps } from "./rest.ts";
import { createTaskTrackingClient } from "./task-tracking-client.ts";

const noAnswer = (): null => null;

/** For an answer of the first version, which has no list. */
function undefinedWithoutList(error: unknown): undefined {
  if (error instanceof SourceError && [404, 405].includes(error.status ?? 0)) return undefined;
  throw error;
}

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

  /** A 404 of a gateway or of another service looks like this one's "none": it is asked for what only it can say. */
  const isService = (project: string, signal: AbortSignal) => async (): Promise<boolean> => {
    const id = client.nextId({ type: "TASK", project }, signal);
    const list = client.listTasks({ project, page_size: 1 }, signal);
    const [ids, tasks] = await Promise.all([id.catch(noAnswer), list.catch(noAnswer)]);
    return (
      readString(fieldIn(ids, ["next_id"])) !== undefined ||
      Array.isArray(tasks) ||
      Array.isArray(fieldIn(tasks, ["tasks"]))
    );
  };
  const nextTask = async (scope: ProjectScope, signal: AbortSignal): Promise<Task | null> => {
    const project = projectOf(scope);
    const answer = client.nextTask({ project, status: "pending" }, signal);
    const found = await orNull(answer, isService(project, signal));
    if (found === null) return null;
    const raw = fieldIn(succeeded(name, found), ["task"]);
    if (raw === undefined) throw invalid(name, "answered without a task, and without saying none.");
    return taskIn(name, raw);
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
  const pagesOf = async (
    status: TaskStatus,
    project: string,
    first: unknown,
    room: PageRoom,
    signal: AbortSignal,
  ) => {
    const list = [...listIn(name, first, ["tasks"])];
    const total = totalIn(first) ?? list.length;
    const hasPages = readNumber(fieldIn(first, ["page"])) === 1;
    const wanted = hasPages ? Math.min(total, mostTasks) : 0;
    let hasRoom = room(list);
    for (let page = 2; list.length < wanted && hasRoom; page += 1) {
      const answer = await client.listTasks({ project, status, page }, signal);
      const more = listIn(name, answer, ["tasks"]);
      if (more.length === 0) break;
      list.push(...more);
      hasRoom = room(more);
    }
    return { list, total: Math.max(total, list.length) };
  };
  const listPending = async (scope: ProjectScope, signal: AbortSignal): Promise<PendingTasks> => {
    const project = projectOf(scope);
    const first = await listOf("pending", project, signal).catch(undefinedWithoutList);
    if (first === undefined) {
      const task = await nextTask(scope, signal);
      return { ...noNotes, tasks: task === null ? [] : [task], isNextOnly: true };
    }
    const room = createPageRoom();
    const pages = [await pagesOf("pending", project, first, room, signal)];
    // One after the other: three calls that fail at once would count as three failures of the server.
    for (const status of ["in_progress", "blocked"] as const) {
      const answer = await listOf(status, project, signal);
      pages.push(await pagesOf(status, project, answer, room, signal));
    }
    const total = pages.reduce((sum, one) => sum + one.total, 0);
    return pendingIn(
      name,
      pages.flatMap(({ list }) => list),
      total,
    );
  };

  return {
    name,
    origin,
    subject,
    listPending,
    next: nextTask,
    get: async (scope, id, signal) => {
      if (id === "") return null;
      const isThere = isService(projectOf(scope), signal);
      const answer = await orNull(client.getTask(id, {}, signal), isThere);
      const raw = fieldIn(answer, ["task"]) ?? answer;
      const found = taskIn(name, raw);
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
      return taskFromRaw(fieldIn(answer, ["updated_task", "task"]) ?? answer, name, null);
    },
    check: async (scope, signal) => {
      await nextTask(scope, signal).catch(async (error: unknown) => {
        if (!isOwnFailure(error)) throw error;
        await listPending(scope, signal);
      });
    },
    [Symbol.asyncDispose]: deps.close,
  };
}
