import { createPageRoom, type PageRoom } from "../../core/mapping/response-bounds.ts";
import { maxTasks } from "../../core/mapping/mapping.ts";
import { noNotes, type OpenTasks, type ProjectScope, type TaskSource } from "../../core/ports.ts";
import { readNumber, readObject, readString, readStrings } from "../../core/read.ts";
import { SourceError } from "../../core/source-error.ts";
import { taskFromRaw } from "../../core/task/raw-task.ts";
import type { NewTask, Task, TaskStatus } from "../../core/task/task.ts";
import {
  findField,
  invalid,
  isOwnFailure,
  findList,
  nullIfAbsent,
  parseOpen,
} from "./rest-responses.ts";
import { succeeded, parseTask, findTotal } from "./rest-responses.ts";
import type { RestSourceDeps } from "./rest-responses.ts";
import { createTaskTrackingClient } from "./task-tracking-client.ts";

type Client = ReturnType<typeof createTaskTrackingClient>;

const noResponse = (): null => null;

const hasStatus = (error: unknown, ...statuses: readonly number[]): boolean =>
  error instanceof SourceError && statuses.includes(error.status ?? 0);

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

/** A gateway's or another service's 404 looks the same, so this makes a request that only this service answers. */
async function isService(client: Client, project: string, signal: AbortSignal): Promise<boolean> {
  const id = client.nextId({ type: "TASK", project }, signal);
  const list = client.listTasks({ project, page_size: 1 }, signal);
  const [ids, tasks] = await Promise.all([id.catch(noResponse), list.catch(noResponse)]);
  return (
    readString(findField(ids, ["next_id"])) !== undefined ||
    Array.isArray(tasks) ||
    Array.isArray(findField(tasks, ["tasks"]))
  );
}

interface Listing {
  readonly name: string;
  readonly client: Client;
  readonly project: string;
  readonly signal: AbortSignal;
}

/** A service of the first version has no blocked tasks, and may refuse that status. */
async function firstPage(
  { client, project, signal }: Listing,
  status: TaskStatus,
): Promise<unknown> {
  try {
    return await client.listTasks({ project, status }, signal);
  } catch (error) {
    if (status === "blocked" && hasStatus(error, 400)) return [];
    throw error;
  }
}

/** All pages, if the service has pages, which it shows by a page number in its response. */
async function allPages(
  { name, client, project, signal }: Listing,
  status: TaskStatus,
  first: unknown,
  room: PageRoom,
) {
  const list = [...findList(name, first, ["tasks"])];
  const total = findTotal(first) ?? list.length;
  const hasPages = readNumber(findField(first, ["page"])) === 1;
  const wanted = hasPages ? Math.min(total, maxTasks) : 0;
  let hasRoom = room(list);
  for (let page = 2; list.length < wanted && hasRoom; page += 1) {
    const response = await client.listTasks({ project, status, page }, signal);
    const more = findList(name, response, ["tasks"]);
    if (more.length === 0) break;
    list.push(...more);
    hasRoom = room(more);
  }
  return { list, total: Math.max(total, list.length) };
}

/** Null for a service of the first version, which cannot list. */
async function listAll(listing: Listing): Promise<OpenTasks | null> {
  const first = await firstPage(listing, "pending").catch((error: unknown) => {
    if (hasStatus(error, 404, 405)) return undefined;
    throw error;
  });
  if (first === undefined) return null;
  const room = createPageRoom();
  const pages = [await allPages(listing, "pending", first, room)];
  // One after another: three calls that fail at once would count as three failures of the server.
  for (const status of ["in_progress", "blocked"] as const) {
    pages.push(await allPages(listing, status, await firstPage(listing, status), room));
  }
  const raw = pages.flatMap(({ list }) => list);
  const total = pages.reduce((sum, one) => sum + one.total, 0);
  return parseOpen(listing.name, raw, total);
}

/** Its setting is `project`, the service's id of the project. Disposing of the source calls `close`. */
export function createTaskTrackingSource(deps: RestSourceDeps): TaskSource {
  const { name, origin, subject, send, settings, projectNameOf } = deps;
  const projectOf = (scope: ProjectScope): string => settings["project"] ?? projectNameOf(scope);
  const client = createTaskTrackingClient(send);
  const nextTask = async (scope: ProjectScope, signal: AbortSignal): Promise<Task | null> => {
    const project = projectOf(scope);
    const response = client.nextTask({ project, status: "pending" }, signal);
    const found = await nullIfAbsent(response, () => isService(client, project, signal));
    if (found === null) return null;
    const raw = findField(succeeded(name, found), ["task"]);
    if (raw === undefined) throw invalid(name, "returned neither a task nor null.");
    return parseTask(name, raw);
  };
  const listOpen = async (scope: ProjectScope, signal: AbortSignal): Promise<OpenTasks> => {
    const listed = await listAll({ name, client, project: projectOf(scope), signal });
    if (listed !== null) return listed;
    const task = await nextTask(scope, signal);
    return { ...noNotes, tasks: task === null ? [] : [task], isNextOnly: true };
  };

  return {
    name,
    origin,
    subject,
    listOpen,
    next: nextTask,
    get: async (scope, id, signal) => {
      if (id === "") return null;
      const own = projectOf(scope);
      const response = client.getTask(id, {}, signal);
      const found = await nullIfAbsent(response, () => isService(client, own, signal));
      const raw = findField(found, ["task"]) ?? found;
      const task = parseTask(name, raw);
      const project = readObject(raw)?.["project_id"] ?? own;
      return task?.id === id && project === own ? task : null;
    },
    create: async (scope, task, signal) => {
      const response = await client.addTasks([newTaskBody(task, projectOf(scope))], signal);
      const [id] = readStrings(readObject(response)?.["task_ids"]);
      return id === undefined ? null : { ...task, id, source: name };
    },
    update: async (_scope, id, { status, notes }, signal) => {
      const body = { status, completion_notes: notes ?? "" };
      const response = await client.updateStatus(id, body, {}, signal);
      return taskFromRaw(findField(response, ["updated_task", "task"]) ?? response, name, null);
    },
    check: async (scope, signal) => {
      await nextTask(scope, signal).catch(async (error: unknown) => {
        if (!isOwnFailure(error)) throw error;
        await listOpen(scope, signal);
      });
    },
    [Symbol.asyncDispose]: deps.close,
  };
}
