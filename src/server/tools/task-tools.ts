// The tools for tasks (the next one, its status, new ones, the list) and for ids of artifacts (the next one, a range).

import * as z from "zod";
import { quotedName } from "../../core/quote.ts";
import { taskPriorities, taskStatuses } from "../../core/task/task.ts";
import { NewWireTask, ProjectId, Reservation, TaskId, WireTask } from "../wire.ts";
import { pageOfItems } from "../operations/operation.ts";
import { bareOr, defineTool, pageFields, projectField, short, type Tool } from "./tool.ts";

const status = z.enum(taskStatuses);
const mostTasks = 500;

const nextTask = (usual: string | null): Tool =>
  defineTool({
    name: "get_next_task",
    title: "Get the next task",
    description:
      "What to work on next: the one task of the project to do now, by priority, then due date, then age; tasks that " +
      "wait for another are passed over. With status_filter in_progress, the started one. Only reads: to take the task, call " +
      "update_task_status with status in_progress. Gives null when there is none.",
    kind: "read",
    input: z.strictObject({
      project_id: projectField(usual),
      status_filter: status.default("pending").describe("Which tasks to choose from"),
    }),
    output: z.object({
      task: WireTask.nullable(),
      note: z.string().exactOptional().describe("What there is to know beside it"),
    }),
    run: async ({ project_id: project, status_filter: wanted }, { backend, asked }) => {
      const { task } = await backend.getNextTask({ project, status: wanted }, asked);
      if (task !== null) return { structured: { task }, bare: "task" };
      const note = `${quotedName(project)} has no task with status ${wanted} that is free to be worked on.`;
      return { structured: { task, note }, bare: "task" };
    },
  });

const updateStatus = (usual: string | null): Tool =>
  defineTool({
    name: "update_task_status",
    title: "Update a task's status",
    description:
      "Report progress on a task: take or start it (in_progress), finish or close it (completed, with completion_notes), " +
      "mark it as blocked, give it back (pending) or cancel it. Gives the task as it is now.",
    kind: "write",
    input: z.strictObject({
      task_id: TaskId,
      status: status.describe(
        "The new status. in_progress takes the task: it is refused when somebody has it already",
      ),
      completion_notes: z.string().max(10_000).default("").describe("What was done, or why not"),
      project_id: ProjectId.nullable()
        .default(null)
        .describe(
          `Id of the task's project. Name it where several projects have a task of this id${usual === null ? "" : ` and it is not ${bareOr(usual, "this one")}`}`,
        ),
    }),
    output: z.object({ updated_task: WireTask }),
    networkSentence: ({ reason }) => `Network error: ${reason}`,
    run: async ({ task_id: id, project_id: project, ...change }, { backend, asked }) => {
      const input = { ...change, id, ...(project === null ? {} : { project }) };
      const structured = await backend.updateTaskStatus(input, asked);
      return { structured, bare: "updated_task" };
    },
  });

/** Each task with the usual project where it names none. */
const withProject =
  (usual: string | null) =>
  (raw: unknown): unknown =>
    usual !== null && typeof raw === "object" && raw !== null ? { project_id: usual, ...raw } : raw;

const addTasks = (usual: string | null): Tool =>
  defineTool({
    name: "add_task",
    title: "Add tasks",
    description:
      "Create one task or a batch of new tasks (to-dos, work items) in the task tracker, with priority, dependencies, " +
      "inputs and outputs. All are added or, when one is refused, none. A task without task_id gets the next one.",
    kind: "write",
    reportsProgress: true,
    // A project beside the tasks, which each name their own, is passed over: callers that give it to every tool mean no harm.
    input: z.object({
      tasks: z
        .array(z.preprocess(withProject(usual), NewWireTask))
        .min(1)
        .max(mostTasks)
        .describe("The tasks to add: all of them or, when one is refused, none"),
    }),
    output: z.object({
      success: z.boolean(),
      tasks_added: z.number().int(),
      task_ids: z.array(z.string()),
    }),
    networkSentence: ({ reason }) => `Batch task addition API error: ${reason}`,
    run: async ({ tasks }, { backend, asked, progress }) => {
      const count = tasks.length;
      const words = count === 1 ? "1 task" : `${count} tasks`;
      await progress(0, count, `Adding ${words}`);
      const structured = await backend.addTasks({ tasks }, asked);
      await progress(count, count, `Added ${words}`);
      return { structured };
    },
  });

const listTasks = (usual: string | null): Tool =>
  defineTool({
    name: "list_tasks",
    title: "List tasks",
    description:
      "Show the tasks (to-dos, backlog) of a project, also by status or priority, a page at a time: ids, titles, " +
      "statuses, due dates, dependencies. Long descriptions are cut: the resource of a task has all of it.",
    kind: "read",
    input: z.strictObject({
      project_id: projectField(usual),
      status_filter: status.exactOptional().describe("Only tasks of this status. All without it"),
      priority: z.enum(taskPriorities).exactOptional(),
      ...pageFields,
    }),
    output: z.object({ tasks: z.array(WireTask), ...pageOfItems }),
    run: async ({ project_id: project, status_filter: wanted, ...page }, { backend, asked }) => {
      const filter = { project, ...page, ...(wanted === undefined ? {} : { status: wanted }) };
      const found = await backend.listTasks(filter, asked);
      return { structured: { ...found, tasks: found.tasks.map(short) } };
    },
  });

const artifactType = z
  .string()
  .trim()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,19}$/, { error: "must be a word such as US, SPEC or TASK" })
  .describe("Kind of id: US, SPEC, TASK, …");

const nextId = (usual: string | null): Tool =>
  defineTool({
    name: "get_next_available_id",
    title: "Get the next available id",
    description:
      "The next free id for a new artifact of a project (user story US-028, SPEC-003, TASK-051, …). Only reads: two that " +
      "ask get the same id. To have ids for yourself, call reserve_id_range.",
    kind: "read",
    input: z.strictObject({ artifact_type: artifactType, project_id: projectField(usual) }),
    output: z.object({ next_id: z.string() }),
    networkSentence: ({ reason }) => `ID management API error: ${reason}`,
    run: async ({ artifact_type: type, project_id: project }, { backend, asked }) => ({
      structured: await backend.getNextId({ type, project }, asked),
      bare: "next_id",
    }),
  });

const reserveIds = (usual: string | null): Tool =>
  defineTool({
    name: "reserve_id_range",
    title: "Reserve a range of ids",
    description:
      "Reserve 1 to 100 consecutive ids (US-028 to US-033) for new artifacts, so that nobody else is given them. They " +
      "are never given out again, also when the reservation has expired.",
    kind: "write",
    input: z.strictObject({
      artifact_type: artifactType,
      count: z.number().int().min(1).max(100).describe("How many ids, 1 to 100"),
      project_id: projectField(usual),
    }),
    output: Reservation,
    networkSentence: ({ reason }) => `ID reservation API error: ${reason}`,
    run: async ({ artifact_type: type, ...range }, { backend, asked }) => ({
      structured: await backend.reserveIds({ type, ...range }, asked),
    }),
  });

/** `usual`: the project that is meant where a call names none. */
export const taskTools = (usual: string | null): Tool[] => [
  nextTask(usual),
  updateStatus(usual),
  addTasks(usual),
  listTasks(usual),
  nextId(usual),
  reserveIds(usual),
];
