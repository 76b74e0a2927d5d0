// Tasks and tickets with the task tracking service's field names.

import * as z from "zod";
import {
  taskPriorities,
  taskStatuses,
  chooseTitle,
  type NewTask,
  type Task,
} from "../core/task/task.ts";
import { normalDate } from "../core/time.ts";
import { SitrepError } from "../core/errors.ts";
import { quoted } from "../core/quote.ts";
import { defined, readOneOf } from "../core/read.ts";
import type { TaskColumns } from "../store/task-queries.ts";
import { readColumns, rowFromTask } from "../store/task-row.ts";

const shortText = z.string().trim().min(1).max(200);
const words = z.array(z.string().max(1000)).max(1000);

export const TaskId = shortText.describe("Such as TASK-051");
export const ProjectId = shortText.describe("Such as shop-api");

export type WireTask = z.infer<typeof WireTask>;
export const WireTask = z.object({
  task_id: TaskId,
  project_id: ProjectId,
  title: z.string(),
  description: z.string().nullable(),
  status: z.enum(taskStatuses),
  priority: z.enum(taskPriorities),
  assignees: z.array(z.string()),
  labels: z.array(z.string()),
  depends_on: z.array(z.string()),
  inputs: z.array(z.string()),
  outputs: z.array(z.string()),
  due: z.string().nullable(),
  branch: z.string().nullable(),
  category: z.string().nullable(),
  estimated_effort: z.string().nullable(),
  parent: z.string().nullable(),
  url: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
  completed_at: z.string().nullable(),
  completion_notes: z.string().nullable(),
});

/** Needs `title` or `description`. Other fields are forwarded to a service; the store ignores them. */
export type NewWireTask = z.infer<typeof NewWireTask>;
export const NewWireTask = z.looseObject({
  task_id: TaskId.exactOptional(),
  project_id: ProjectId,
  title: z.string().max(1000).exactOptional(),
  description: z.string().max(100_000).exactOptional(),
  status: z.enum(taskStatuses).exactOptional(),
  priority: z.enum(taskPriorities).exactOptional(),
  assignees: words.exactOptional(),
  labels: words.exactOptional(),
  depends_on: words.exactOptional(),
  inputs: words.exactOptional(),
  outputs: words.exactOptional(),
  due: z.string().max(40).exactOptional(),
  branch: z.string().max(500).exactOptional(),
  category: z.string().max(200).exactOptional(),
  estimated_effort: z.string().max(200).exactOptional(),
  parent: z.string().max(200).exactOptional(),
});

export const ticketStatuses = ["open", "in_progress", "resolved", "closed"] as const;

export type WireTicket = z.infer<typeof WireTicket>;
export const WireTicket = z.object({
  id: shortText,
  title: z.string(),
  description: z.string(),
  status: z.string().describe(`${ticketStatuses.join(", ")}; or the service's own value`),
  category: z.string(),
  priority: z.enum(taskPriorities),
  created_by: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
});

export const maxTicketTitleLength = 1000;

export type NewWireTicket = z.infer<typeof NewWireTicket>;
export const NewWireTicket = z.object({
  title: z.string().trim().min(1).max(maxTicketTitleLength),
  description: z.string().max(100_000).default(""),
  category: z.string().max(200).default("general"),
  priority: z.enum(taskPriorities).default("medium"),
});

export type Reservation = z.infer<typeof Reservation>;
export const Reservation = z.object({
  reservation_id: z.string(),
  reserved_ids: z.array(z.string()),
  expires_at: z.string(),
});

/** `project`: the caller's name for it. A single object literal, because making hundreds of tasks is most of a list's cost. */
export function wireTaskOfRow(row: TaskColumns, project: string): WireTask {
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

export function wireTask(task: Task, project: string): WireTask {
  const { createdAt = "", updatedAt = "" } = task;
  const row = rowFromTask({ ...task, createdAt }, { organization: "", project }, updatedAt);
  return wireTaskOfRow(row as TaskColumns, project);
}

const invalid = (place: string, what: string): SitrepError =>
  new SitrepError("task-invalid", `${place}: ${what}.`, {
    hint: "Nothing was added. Fix the task and send all tasks again.",
  });

function dueOf(due: string | undefined, place: string): string | undefined {
  if (due === undefined || due.trim() === "") return undefined;
  const date = normalDate(due.trim());
  if (date !== null) return date;
  throw invalid(place, `due must be a date (2026-12-01) or a timestamp, not ${quoted(due, 40)}`);
}

const idForm = /^[^\s\p{C}]{1,128}$/u;

/** Throws `task-invalid`, which names the task by its id or by its position in the list (from 1). */
export function newTaskFromWire(wire: NewWireTask, position: number, now: string): NewTask {
  const place = wire.task_id ?? `task ${position}`;
  if (wire.task_id !== undefined && !idForm.test(wire.task_id)) {
    throw invalid(`task ${position}`, "task_id has spaces or more than 128 characters");
  }
  const title = chooseTitle(wire.title ?? "", wire.description, "");
  if (title === "") throw invalid(place, "title and description are missing");
  const { status = "pending" } = wire;
  return {
    title,
    status,
    priority: wire.priority ?? "none",
    assignees: wire.assignees ?? [],
    labels: wire.labels ?? [],
    dependsOn: [...new Set(wire.depends_on)],
    inputs: wire.inputs ?? [],
    outputs: wire.outputs ?? [],
    ...defined({
      id: wire.task_id,
      description: wire.description,
      due: dueOf(wire.due, place),
      completedAt: status === "completed" ? now : undefined,
      branch: wire.branch || undefined,
      category: wire.category || undefined,
      estimatedEffort: wire.estimated_effort || undefined,
      parent: wire.parent || undefined,
    }),
  };
}

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
