// What the REST service and the tools give and take, in the names that the task tracking service has: schemas for
// input, for the OpenAPI document and for the tools' schemas.

import * as z from "zod";
import { taskPriorities, taskStatuses } from "../core/task.ts";

const name = z.string().trim().min(1).max(200);
const words = z.array(z.string().max(1000)).max(1000);

export const TaskId = name.describe("Id of the task, such as TASK-051");
export const ProjectId = name.describe("Id of the project, such as shop-api");

/** A task on the wire. Instants are ISO 8601 in UTC. */
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

/** A task to be added. `title` or `description` must be there; without `task_id` it is given the next one. */
export type NewWireTask = z.infer<typeof NewWireTask>;
export const NewWireTask = z.object({
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
  id: name,
  title: z.string(),
  description: z.string(),
  status: z.enum(ticketStatuses),
  category: z.string(),
  priority: z.enum(taskPriorities),
  created_by: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
});

/** A ticket to be added, its defaults filled in. */
export type NewWireTicket = z.infer<typeof NewWireTicket>;
export const NewWireTicket = z.object({
  title: z.string().trim().min(1).max(1000),
  description: z.string().max(100_000).default(""),
  category: z.string().max(200).default("general"),
  priority: z.enum(taskPriorities).default("medium"),
});

/** Ids that are kept for somebody. */
export type Reservation = z.infer<typeof Reservation>;
export const Reservation = z.object({
  reservation_id: z.string(),
  reserved_ids: z.array(z.string()),
  expires_at: z.string(),
});
