import * as z from "zod";
import { allowedTransitions, taskPriorities, taskStatuses } from "../../core/task/task.ts";
import { NewWireTask, ProjectId, Reservation, WireTask } from "../wire.ts";
import { operation, pageNumber, pageOfItems, sizeUpTo } from "./define-operation.ts";

const status = z.enum(taskStatuses);
const idType = z.string().trim().min(1).max(32).describe("Kind of id, such as US, SPEC or TASK");
const projectOfId = ProjectId.exactOptional().describe("Required if several projects have the id");

const transitions = Object.fromEntries(
  taskStatuses.map((from) => [from, allowedTransitions(from)]),
);
const transitionLines = taskStatuses.map(
  (from) => `- \`${from}\`: ${allowedTransitions(from).join(", ") || "nothing"}`,
);

export const taskOperations = {
  getNextTask: operation({
    method: "get",
    path: "/tasks/next",
    permission: "get_next_task",
    summary: "The next task to work on; reading it does not claim it",
    description:
      "By priority, then due date, then age. A pending task that depends on an open one is skipped. Take the task with `PUT /tasks/{id}/status`.",
    query: {
      project: ProjectId,
      status: status
        .exactOptional()
        .describe("Only tasks with this status. Default: tasks in progress first, then pending"),
    },
    response: ["NextTask", z.object({ task: WireTask.nullable() })],
  }),

  listTasks: operation({
    method: "get",
    path: "/tasks",
    permission: "list_tasks",
    summary: "The tasks of a project, oldest first",
    query: {
      project: ProjectId,
      status: status.exactOptional(),
      priority: z.enum(taskPriorities).exactOptional(),
      page: pageNumber,
      page_size: sizeUpTo(1000, 100),
    },
    response: ["TaskPage", z.object({ tasks: z.array(WireTask), ...pageOfItems })],
  }),

  addTasks: operation({
    method: "post",
    path: "/tasks/batch",
    permission: "add_task",
    summary: "Adds all of the tasks or none",
    description: "A task without `task_id` gets the project's next id.",
    status: 201,
    body: z.object({ tasks: z.array(NewWireTask).min(1).max(1000) }),
    response: [
      "AddedTasks",
      z.object({
        success: z.literal(true),
        tasks_added: z.int(),
        task_ids: z.array(z.string()).describe("Same order as the tasks"),
      }),
    ],
  }),

  getTask: operation({
    method: "get",
    path: "/tasks/{id}",
    permission: "list_tasks",
    summary: "One task, whatever its status",
    failures: [404, 409],
    query: { project: projectOfId },
    response: ["FoundTask", z.object({ task: WireTask })],
  }),

  updateTaskStatus: operation({
    method: "put",
    path: "/tasks/{id}/status",
    permission: "update_task_status",
    summary: "Moves a task to another status",
    description: [
      "If two callers try to take a task (`in_progress`) at the same time, the second gets 400, `transition-invalid`.",
      "Allowed moves:",
      ...transitionLines,
    ].join("\n"),
    failures: [400, 404, 409],
    query: { project: projectOfId },
    body: z.object({
      status,
      completion_notes: z.string().max(100_000).default(""),
      project_id: projectOfId,
      if_unchanged_since: z
        .string()
        .max(40)
        .exactOptional()
        .describe("`updated_at` of the task as you read it: 409, `task-changed`, if it changed"),
    }),
    response: ["UpdatedTask", z.object({ updated_task: WireTask })],
    extensions: { "x-status-transitions": transitions },
  }),

  getNextId: operation({
    method: "get",
    path: "/ids/next",
    permission: "get_next_available_id",
    summary: "The next free id; reading it does not reserve it",
    query: { type: idType, project: ProjectId },
    response: ["NextId", z.object({ next_id: z.string() })],
  }),

  reserveIds: operation({
    method: "post",
    path: "/ids/reserve",
    permission: "reserve_id_range",
    summary: "Reserves consecutive ids, which are never given out again",
    status: 201,
    body: z.object({ type: idType, count: z.int().min(1).max(100), project_id: ProjectId }),
    response: ["Reservation", Reservation],
  }),
};
