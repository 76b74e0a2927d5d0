// What each tool takes and gives, as schemas. Names are those of the task tracking service.

import * as z from "zod";
import type { StandardSchemaWithJSON } from "@modelcontextprotocol/server";
import { taskPriorities, taskStatuses } from "../../core/task.ts";
import type { TaskPriority, TaskStatus } from "../../core/task.ts";
import { mostDays } from "../backend.ts";
import type { TicketFilter } from "../backend.ts";
import {
  NewWireTask,
  NewWireTicket,
  ProjectId,
  Reservation,
  TaskId,
  WireTask,
  WireTicket,
  ticketStatuses,
} from "../wire.ts";

/** A schema that is told to clients. It lets everything pass: the tool reads its arguments itself, to refuse in its own words. */
export type DeliveredSchema = StandardSchemaWithJSON;

type JsonSchema = Record<string, unknown>;

/** The conversion is made once: over HTTP a server is built for each request. */
export function delivered(schema: z.ZodType, io: "input" | "output"): DeliveredSchema {
  let known: JsonSchema | null = null;
  const json = (): JsonSchema =>
    (known ??= z.toJSONSchema(schema, { target: "draft-2020-12", io }) as JsonSchema);
  return {
    "~standard": {
      version: 1,
      vendor: "sitrep",
      validate: (value) => ({ value }),
      jsonSchema: { input: json, output: json },
    },
  };
}

const status = z.enum(taskStatuses);
const priority = z.enum(taskPriorities);
const ArtifactType = z
  .string()
  .trim()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,19}$/, { error: "must be a word such as US, SPEC or TASK" })
  .describe("Kind of id: US, SPEC, TASK, …");
const page = z.number().int().min(1).max(1_000_000).default(1).describe("Page, from 1");
const pageSize = z.number().int().min(1).max(100).default(20).describe("Items a page, 1 to 100");
const total = z.number().int().describe("How many there are over all pages");

/** `usual`: the project that is meant where a call names none; null where it must be named. */
export const projectSchema = (usual: string | null): z.ZodType<string> =>
  usual === null
    ? ProjectId
    : ProjectId.default(usual).describe(`Id of the project. Leave out for ${usual}`);

export const NextTaskInput = (usual: string | null): z.ZodType<NextTaskArgs> =>
  z.strictObject({
    project_id: projectSchema(usual),
    status_filter: status.default("pending").describe("Which tasks to choose from"),
  });
export interface NextTaskArgs {
  project_id: string;
  status_filter: TaskStatus;
}

export const UpdateStatusInput = (usual: string | null): z.ZodType<UpdateStatusArgs> =>
  z.strictObject({
    task_id: TaskId,
    status: status.describe(
      "The new status. in_progress takes the task: it is refused when somebody has it already",
    ),
    completion_notes: z.string().max(10_000).default("").describe("What was done, or why not"),
    project_id: ProjectId.nullable()
      .default(null)
      .describe(
        `Id of the task's project. Name it where several projects have a task of this id${usual === null ? "" : ` and it is not ${usual}`}`,
      ),
  });
export interface UpdateStatusArgs {
  task_id: string;
  status: TaskStatus;
  completion_notes: string;
  project_id: string | null;
}

export const NextIdInput = (usual: string | null): z.ZodType<NextIdArgs> =>
  z.strictObject({ artifact_type: ArtifactType, project_id: projectSchema(usual) });
export interface NextIdArgs {
  artifact_type: string;
  project_id: string;
}

export const ReserveInput = (usual: string | null): z.ZodType<ReserveArgs> =>
  z.strictObject({
    artifact_type: ArtifactType,
    count: z.number().int().min(1).max(100).describe("How many ids, 1 to 100"),
    project_id: projectSchema(usual),
  });
export interface ReserveArgs extends NextIdArgs {
  count: number;
}

const mostTasks = 500;

export const AddTasksInput = (usual: string | null): z.ZodType<AddTasksArgs> => {
  const fill = (raw: unknown): unknown =>
    usual !== null && typeof raw === "object" && raw !== null ? { project_id: usual, ...raw } : raw;
  // A project beside the tasks, which each name their own, is passed over: callers that give it to every tool mean no harm.
  return z.object({
    tasks: z
      .array(z.preprocess(fill, NewWireTask))
      .min(1)
      .max(mostTasks)
      .describe("The tasks to add: all of them or, when one is refused, none"),
  });
};
export interface AddTasksArgs {
  tasks: NewWireTask[];
}

export const ListTasksInput = (usual: string | null): z.ZodType<ListTasksArgs> =>
  z.strictObject({
    project_id: projectSchema(usual),
    status_filter: status.exactOptional().describe("Only tasks of this status. All without it"),
    priority: priority.exactOptional(),
    page,
    page_size: pageSize,
  });
export interface ListTasksArgs {
  project_id: string;
  status_filter?: TaskStatus;
  priority?: TaskPriority;
  page: number;
  page_size: number;
}

export const ListTicketsInput: z.ZodType<ListTicketsArgs> = z.strictObject({
  page,
  page_size: pageSize.default(10),
  // An empty text stands for "all", as in the ticket service.
  status: z.enum(["", ...ticketStatuses]).default(""),
  category: z.string().max(200).default(""),
  priority: z.enum(["", ...taskPriorities]).default(""),
});
export interface ListTicketsArgs extends Required<Omit<TicketFilter, "pageSize">> {
  page_size: number;
}

const TicketId = z.string().trim().min(1).max(200).describe("Id of the ticket");
export const GetTicketInput: z.ZodType<{ ticket_id: string }> = z.strictObject({
  ticket_id: TicketId,
});
export const SearchTicketsInput: z.ZodType<{ query: string; limit: number }> = z.strictObject({
  query: z.string().trim().min(1).max(500).describe("Words to look for in title and description"),
  limit: z.number().int().min(1).max(100).default(10),
});
export const CreateTicketInput: z.ZodType<NewWireTicket> = NewWireTicket;

export const ReportInput = (usual: string | null): z.ZodType<{ project_id: string }> =>
  z.strictObject({ project_id: projectSchema(usual) });

const note = z.string().exactOptional().describe("What there is to know beside it");

export const NextTaskOutput: z.ZodType = z.object({ task: WireTask.nullable(), note });
export const UpdateStatusOutput: z.ZodType = z.object({ updated_task: WireTask });
export const NextIdOutput: z.ZodType = z.object({ next_id: z.string() });
export const ReserveOutput: z.ZodType = Reservation;
export const AddTasksOutput: z.ZodType = z.object({
  success: z.boolean(),
  tasks_added: z.number().int(),
  task_ids: z.array(z.string()),
});
const paged = { total, page: z.number().int(), page_size: z.number().int() };
export const ListTasksOutput: z.ZodType = z.object({ tasks: z.array(WireTask), ...paged });
export const ListTicketsOutput: z.ZodType = z.object({ tickets: z.array(WireTicket), ...paged });
export const GetTicketOutput: z.ZodType = z.object({ ticket: WireTicket });
export const SearchTicketsOutput: z.ZodType = z.object({ tickets: z.array(WireTicket) });
export const CreateTicketOutput: z.ZodType = z.object({ success: z.boolean(), ticket: WireTicket });

const byStatus = z.object(
  Object.fromEntries(taskStatuses.map((one) => [one, z.number().int()] as const)),
);
export const ReportOutput: z.ZodType = z.object({
  project_id: z.string(),
  generated_at: z.string(),
  total: z.number().int(),
  by_status: byStatus,
  done_percent: z.number().int().describe("Completed, of all that are not cancelled"),
  completed_by_day: z
    .array(z.object({ day: z.string(), count: z.number().int() }))
    .describe(
      `The latest ${mostDays} days (UTC) that have any; of a REST service 1,000 tasks are looked at`,
    ),
  next_task: WireTask.nullable(),
  in_progress: z.array(WireTask),
  blocked: z.array(WireTask),
});
