// What the task tracking service answers, read leniently: other services of its kind leave fields out.
// The numbers of a project are counted here, since the service has no route for them.

import { taskFromRaw } from "../../core/task/raw-task.ts";
import { readNumber, readObject, readString, readStrings } from "../../core/read.ts";
import type { JsonObject } from "../../core/read.ts";
import { fieldIn as deepFieldIn, isAbsence } from "../../sources/adapters/rest.ts";
import { mostDays } from "../backend.ts";
import type { Asked, Page, ProjectCounts, TaskBackend } from "../backend.ts";
import { ServiceError } from "./service-error.ts";
import { Reservation, WireTask, wireTask, WireTicket } from "../wire.ts";
import { taskStatuses, type TaskStatus } from "../../core/task/task.ts";

const source = "task-tracking";

function strange(what: string): ServiceError {
  return new ServiceError("source-invalid-answer", `The service answered without ${what}.`, {
    hint: "Check TASK_TRACKING_URL: something else may have answered in its place.",
  });
}

function fieldIn(answer: unknown, field: string): unknown {
  return readObject(answer)?.[field];
}

/** Null for none. Throws `source-invalid-answer` for what is no task. */
export function taskIn(answer: unknown, field: string, project: string | null): WireTask | null {
  const raw = fieldIn(answer, field);
  if (raw === null) return null;
  if (raw === undefined) throw strange(`"${field}"`);
  return toTask(raw, project);
}

export function toTask(raw: unknown, project: string | null): WireTask {
  const whole = WireTask.safeParse(raw);
  if (whole.success) return whole.data;
  const task = taskFromRaw(raw, source, null);
  if (task === null) throw strange("a task that has an id");
  return wireTask(task, readString(readObject(raw)?.["project_id"]) ?? project ?? "");
}

function listIn(answer: unknown, field: string): unknown[] {
  const list = Array.isArray(answer) ? answer : fieldIn(answer, field);
  if (Array.isArray(list)) return list;
  throw strange(`a list of ${field}`);
}

/** The page that was asked for: `read` makes an item of each that is in the field. */
export function pageIn<T>(
  answer: unknown,
  field: string,
  { page, pageSize }: { page: number; pageSize: number },
  read: (raw: unknown) => T,
): Page<T> {
  const items = listIn(answer, field).map(read);
  return { items, total: readNumber(fieldIn(answer, "total")) ?? items.length, page, pageSize };
}

/** A ticket in an answer, or that itself; `known` is what it is known to have where the answer does not say. */
export function ticketIn(answer: unknown, known: JsonObject = {}): WireTicket {
  const found = deepFieldIn(answer, ["ticket"]) ?? readObject(answer)?.["data"] ?? answer;
  const whole = WireTicket.safeParse(found);
  if (whole.success) return whole.data;
  const raw = { ...known, ...readObject(found) };
  const task = taskFromRaw(raw, source, null);
  if (task === null) throw strange("a ticket that has an id");
  return {
    id: task.id,
    title: task.title,
    description: task.description ?? "",
    status: readString(raw["status"]) ?? "open",
    category: task.category ?? "",
    priority: task.priority,
    created_by: readString(raw["created_by"]) ?? "",
    created_at: task.createdAt ?? "",
    updated_at: task.updatedAt ?? "",
  };
}

/** Ticket services call their lists by one name or another, and may wrap them. */
export function ticketsIn(answer: unknown): WireTicket[] {
  const list = Array.isArray(answer) ? answer : deepFieldIn(answer, ["tickets", "items"]);
  if (Array.isArray(list)) return list.map((raw) => ticketIn(raw));
  throw strange("a list of tickets");
}

export function reservationIn(answer: unknown): Reservation {
  const reservation = Reservation.safeParse(answer);
  if (reservation.success) return reservation.data;
  throw strange("a reservation");
}

export function idIn(answer: unknown): string {
  const id = readString(fieldIn(answer, "next_id"));
  if (id === undefined) throw strange('"next_id"');
  return id;
}

export function idsIn(answer: unknown): string[] {
  const ids = fieldIn(answer, "task_ids");
  if (!Array.isArray(ids)) throw strange('"task_ids"');
  return readStrings(ids);
}

/** True where it is the service that does not have the item: a page or a proxy that says 404 has failed. */
export const saysAbsent = ({ cause, code }: ServiceError): boolean =>
  isAbsence(cause) && code !== "project-unknown";

/** What is found, or null where the service says that there is none. */
export async function orNull(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ServiceError && saysAbsent(error)) return null;
    throw error;
  }
}

type ListTasks = TaskBackend["listTasks"];

const completedPage = 100;
/** Beside the first: more completed tasks than on all of them are not looked at one by one. */
const mostMorePages = 9;

/** Completed tasks, the first page of a list and its last ones: what was completed lately is among those. */
async function completedTasks(listTasks: ListTasks, project: string, asked: Asked) {
  const read = (page: number): Promise<Page<WireTask>> =>
    listTasks({ project, status: "completed", page, pageSize: completedPage }, asked);
  const first = await read(1);
  const last = Math.ceil(first.total / completedPage);
  const more = Array.from({ length: Math.min(last - 1, mostMorePages) }, (_, at) => last - at);
  const pages = [first, ...(await Promise.all(more.map(read)))];
  // By id: a service may not know pages, or move a task to another one meanwhile.
  const tasks = new Map(pages.flatMap(({ items }) => items.map((one) => [one.task_id, one])));
  return { total: first.total, tasks: tasks.values() };
}

/** A service of its kind need not count: a list of one says how many there are. */
export async function countTasks(
  listTasks: ListTasks,
  project: string,
  asked: Asked,
): Promise<ProjectCounts> {
  const count = async (status: TaskStatus): Promise<[TaskStatus, number]> => {
    const { total } = await listTasks({ project, status, page: 1, pageSize: 1 }, asked);
    return [status, total];
  };
  const [completed, ...others] = await Promise.all([
    completedTasks(listTasks, project, asked),
    ...taskStatuses.filter((status) => status !== "completed").map(count),
  ]);
  const byStatus = Object.fromEntries([...others, ["completed", completed.total]]);
  const days = new Map<string, number>();
  for (const { completed_at: at } of completed.tasks) {
    const day = at?.slice(0, 10);
    if (day !== undefined) days.set(day, (days.get(day) ?? 0) + 1);
  }
  const completedByDay = [...days]
    .map(([day, number]) => ({ day, count: number }))
    .toSorted((a, b) => (a.day < b.day ? -1 : 1))
    .slice(-mostDays);
  return { byStatus: byStatus as Record<TaskStatus, number>, completedByDay };
}
