// Tasks and tickets between the wire's names and the store's.

import { normalDate } from "../core/time.ts";
import { SitrepError } from "../core/errors.ts";
import { readOneOf } from "../core/read.ts";
import { taskPriorities, titleOf } from "../core/task.ts";
import type { NewTask, Task } from "../core/task.ts";
import { ticketStatuses } from "./wire.ts";
import type { NewWireTask, WireTask, WireTicket } from "./wire.ts";

/** `project`: as whoever asks calls it. */
export function wireTask(task: Task, project: string): WireTask {
  return {
    task_id: task.id,
    project_id: project,
    title: task.title,
    description: task.description ?? null,
    status: task.status,
    priority: task.priority,
    assignees: [...task.assignees],
    labels: [...task.labels],
    depends_on: [...task.dependsOn],
    inputs: [...task.inputs],
    outputs: [...task.outputs],
    due: task.due ?? null,
    branch: task.branch ?? null,
    category: task.category ?? null,
    estimated_effort: task.estimatedEffort ?? null,
    parent: task.parent ?? null,
    url: task.url ?? null,
    created_at: task.createdAt ?? "",
    updated_at: task.updatedAt ?? "",
    completed_at: task.completedAt ?? null,
    completion_notes: task.completionNotes ?? null,
  };
}

const invalid = (place: string, what: string): SitrepError =>
  new SitrepError("task-invalid", `${place}: ${what}.`, {
    hint: "Nothing was added. Correct the task and send all of them again.",
  });

function dueOf(due: string | undefined, place: string): string | undefined {
  if (due === undefined || due.trim() === "") return undefined;
  const date = normalDate(due.trim());
  if (date !== null) return date;
  throw invalid(place, "due is no date (2026-12-01, or an instant)");
}

const texts = [
  ["branch", "branch"],
  ["category", "category"],
  ["estimatedEffort", "estimated_effort"],
  ["parent", "parent"],
] as const;

const idForm = /^[^\s\p{C}]{1,128}$/u;

/** Throws `task-invalid`, naming the task by its place in the list (from 1). */
export function newTaskFromWire(wire: NewWireTask, position: number, now: string): NewTask {
  const place = wire.task_id ?? `task ${position}`;
  if (wire.task_id !== undefined && !idForm.test(wire.task_id)) {
    throw invalid(`task ${position}`, "task_id has spaces or more than 128 characters");
  }
  const title = titleOf(wire.title ?? "", wire.description, "");
  if (title === "") throw invalid(place, "title and description are missing");
  const due = dueOf(wire.due, place);
  const status = wire.status ?? "pending";
  const isDone = status === "completed";
  const task: NewTask = {
    ...(wire.task_id === undefined ? {} : { id: wire.task_id }),
    ...(wire.description === undefined ? {} : { description: wire.description }),
    ...(due === undefined ? {} : { due }),
    ...(isDone ? { completedAt: now } : {}),
    title,
    status,
    priority: wire.priority ?? "none",
    assignees: wire.assignees ?? [],
    labels: wire.labels ?? [],
    dependsOn: [...new Set(wire.depends_on ?? [])],
    inputs: wire.inputs ?? [],
    outputs: wire.outputs ?? [],
  };
  for (const [key, name] of texts) {
    const value = wire[name];
    if (value !== undefined && value !== "") task[key] = value;
  }
  return task;
}

/** A ticket's columns as they are kept: any text. */
type KeptTicket = Readonly<Record<keyof WireTicket, string>>;

export function wireTicket(row: KeptTicket): WireTicket {
  return {
    id: row.id,
    title: row.title,
    description: row.description,
    status: readOneOf(row.status, ticketStatuses) ?? "open",
    category: row.category,
    priority: readOneOf(row.priority, taskPriorities) ?? "none",
    created_by: row.created_by,
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}
