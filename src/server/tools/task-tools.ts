import * as z from "zod";
import { quotedName } from "../../core/quote.ts";
import { defined } from "../../core/read.ts";
import { taskPriorities, taskStatuses } from "../../core/task/task.ts";
import { NewWireTask, ProjectId, TaskId, WireTask } from "../wire.ts";
import { taskOperations } from "../operations/task-operations.ts";
import { defineTool, pageFields, projectField, truncateDescription, type Tool } from "./tool.ts";

const status = z.enum(taskStatuses);
const maxTasks = 500;

const artifactType = z
  .string()
  .trim()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,19}$/, { error: "must be a word such as US, SPEC or TASK" })
  .describe("Kind of id: US, SPEC, TASK, …");

export const taskTools = (usual: string | null): Tool[] => [
  defineTool({
    name: "get_next_task",
    title: "Get the next task",
    description:
      "What to work on next: the project's top task by priority, due date, then age; tasks that wait for another are " +
      "skipped. Null if there is none. Read-only: take the task with update_task_status.",
    kind: "read",
    group: "tasks",
    input: z.strictObject({
      project_id: projectField(usual),
      status_filter: status.default("pending"),
    }),
    output: z.object({
      task: WireTask.nullable(),
      note: z.string().exactOptional().describe("Why there is no task"),
    }),
    run: async ({ project_id: project, status_filter: wanted }, { backend, asked }) => {
      const { task } = await backend.getNextTask({ project, status: wanted }, asked);
      if (task !== null) return { structured: { task }, bare: "task" };
      const note = `${quotedName(project)} has no ${wanted} task to work on.`;
      return { structured: { task, note }, bare: "task" };
    },
  }),

  defineTool({
    name: "update_task_status",
    title: "Update a task's status",
    description:
      "Report progress on a task: take or start it (in_progress; refused if somebody has it), finish or close it (completed, " +
      "with completion_notes), mark it as blocked, give it back (pending) or cancel it.",
    kind: "write",
    group: "tasks",
    input: z.strictObject({
      task_id: TaskId,
      status,
      completion_notes: z.string().max(10_000).default("").describe("What was done, or why not"),
      // Null is taken too, from callers that fill in every field.
      project_id: z
        .preprocess((given) => given ?? undefined, ProjectId.optional())
        .describe("Needed if several projects have this id"),
    }),
    output: taskOperations.updateTaskStatus.response[1],
    networkSentence: ({ reason }) => `Network error: ${reason}`,
    run: async ({ task_id: id, project_id: project, ...change }, { backend, asked }) => {
      const input = { ...change, id, ...defined({ project }) };
      const structured = await backend.updateTaskStatus(input, asked);
      return { structured, bare: "updated_task" };
    },
  }),

  defineTool({
    name: "add_task",
    title: "Add tasks",
    description:
      "Create new tasks (to-dos, work items), one or a batch; adds all or none. A task without task_id gets the next id.",
    kind: "write",
    group: "tasks",
    reportsProgress: true,
    // Not strict: callers that give every tool a project_id mean no harm.
    input: z.object({
      tasks: z
        .array(NewWireTask.extend({ project_id: projectField(usual) }))
        .min(1)
        .max(maxTasks),
    }),
    output: taskOperations.addTasks.response[1],
    networkSentence: ({ reason }) => `Batch task addition API error: ${reason}`,
    run: async ({ tasks }, { backend, asked, progress }) => {
      const count = tasks.length;
      const words = count === 1 ? "1 task" : `${count} tasks`;
      await progress(0, count, `Adding ${words}`);
      const structured = await backend.addTasks({ tasks }, asked);
      await progress(count, count, `Added ${words}`);
      return { structured };
    },
  }),

  defineTool({
    name: "list_tasks",
    title: "List tasks",
    description:
      "Show a project's tasks (to-dos, backlog), all or by status and priority, a page at a time. Long descriptions are truncated; " +
      "the task's resource has the full text.",
    kind: "read",
    group: "tasks",
    input: z.strictObject({
      project_id: projectField(usual),
      status_filter: status.exactOptional(),
      priority: z.enum(taskPriorities).exactOptional(),
      ...pageFields,
    }),
    output: taskOperations.listTasks.response[1],
    run: async ({ project_id: project, status_filter: wanted, ...page }, { backend, asked }) => {
      const filter = { project, ...page, ...(wanted === undefined ? {} : { status: wanted }) };
      const found = await backend.listTasks(filter, asked);
      return { structured: { ...found, tasks: found.tasks.map(truncateDescription) } };
    },
  }),

  defineTool({
    name: "get_next_available_id",
    title: "Get the next available id",
    description:
      "The next free id for a new artifact of a project (user story US-028, SPEC-003, TASK-051, …). Read-only: two callers " +
      "get the same id. To reserve ids, call reserve_id_range.",
    kind: "read",
    group: "ids",
    input: z.strictObject({ artifact_type: artifactType, project_id: projectField(usual) }),
    output: taskOperations.getNextId.response[1],
    networkSentence: ({ reason }) => `ID management API error: ${reason}`,
    run: async ({ artifact_type: type, project_id: project }, { backend, asked }) => ({
      structured: await backend.getNextId({ type, project }, asked),
      bare: "next_id",
    }),
  }),

  defineTool({
    name: "reserve_id_range",
    title: "Reserve a range of ids",
    description:
      "Reserve 1 to 100 consecutive ids (US-028 to US-033) for new artifacts, so that nobody else gets them. They are " +
      "never given out again, even after the reservation expires.",
    kind: "write",
    group: "ids",
    input: z.strictObject({
      artifact_type: artifactType,
      count: z.number().int().min(1).max(100).describe("1 to 100"),
      project_id: projectField(usual),
    }),
    output: taskOperations.reserveIds.response[1],
    networkSentence: ({ reason }) => `ID reservation API error: ${reason}`,
    run: async ({ artifact_type: type, ...range }, { backend, asked }) => ({
      structured: await backend.reserveIds({ type, ...range }, asked),
    }),
  }),
];
