// What the task tracking service answers, read leniently: other services of its kind leave fields out.

import { taskFromRaw } from "../../core/raw-task.ts";
import { readNumber, readObject, readString, readStrings } from "../../core/read.ts";
import type { Page } from "../backend.ts";
import { ServiceError } from "./rest-service.ts";
import { Reservation, WireTask, WireTicket, wireTask } from "../wire.ts";

const source = "task-tracking";

function strange(what: string): ServiceError {
  return new ServiceError("source-invalid-answer", `The service answered without ${what}.`, {
    hint: "Check TASK_TRACKING_URL: something else may have answered in its place.",
  });
}

export function fieldIn(answer: unknown, field: string): unknown {
  return readObject(answer)?.[field];
}

/** Null for none. Throws `source-invalid-answer` for what is no task. */
export function taskIn(answer: unknown, field: string, project: string | null): WireTask | null {
  const raw = fieldIn(answer, field);
  if (raw === null) return null;
  if (raw === undefined) throw strange(`"${field}"`);
  return toTask(raw, project);
}

function toTask(raw: unknown, project: string | null): WireTask {
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

function pageOf<T>(
  answer: unknown,
  items: T[],
  asked: { page: number; pageSize: number },
): Page<T> {
  const total = readNumber(fieldIn(answer, "total"));
  return { items, total: total ?? items.length, ...asked };
}

export const tasksIn = (
  answer: unknown,
  project: string,
  { page, pageSize }: { page: number; pageSize: number },
): Page<WireTask> => {
  const items = listIn(answer, "tasks").map((raw) => toTask(raw, project));
  return pageOf(answer, items, { page, pageSize });
};

export function ticketIn(raw: unknown): WireTicket {
  const ticket = WireTicket.safeParse(raw);
  if (ticket.success) return ticket.data;
  throw strange("a ticket");
}

export const ticketsIn = (answer: unknown): WireTicket[] => listIn(answer, "tickets").map(ticketIn);

export const ticketPageIn = (
  answer: unknown,
  { page, pageSize }: { page: number; pageSize: number },
): Page<WireTicket> => pageOf(answer, ticketsIn(answer), { page, pageSize });

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

/** What is found, or null where the service says that there is none. */
export async function orNull(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ServiceError && error.status === 404 && error.code !== "project-unknown")
      return null;
    throw error;
  }
}
