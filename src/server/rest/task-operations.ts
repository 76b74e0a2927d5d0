// The routes of task tracking: `/tasks` and `/ids`.

import * as z from "zod";
import { SitrepError } from "../../core/errors.ts";
import { movesFrom, taskPriorities, taskStatuses } from "../../core/task/task.ts";
import { NewWireTask, ProjectId, Reservation, WireTask } from "../wire.ts";
import { operation, pageNumber, pageOfItems, sizeUpTo, type RestOperation } from "./operation.ts";

const status = z.enum(taskStatuses);
const priority = z.enum(taskPriorities);
const idType = z.string().trim().min(1).max(32).describe("Kind of id, such as US, SPEC or TASK");
const projectOfId = ProjectId.exactOptional().describe(
  "Needed where the id is in several projects",
);

const transitions = Object.fromEntries(taskStatuses.map((from) => [from, movesFrom(from)]));
const transitionLines = taskStatuses.map(
  (from) => `- \`${from}\`: ${movesFrom(from).join(", ") || "nothing"}`,
);

const nextTask = operation({
  id: "getNextTask",
  method: "get",
  path: "/tasks/next",
  permission: "get_next_task",
  summary: "The task to do next, which is not taken by asking",
  description:
    "The most pressing, then the earliest due, then the oldest. A pending task that depends on one that is not over is passed over. Take it with `PUT /tasks/{id}/status`.",
  query: z.object({
    project: ProjectId,
    status: status
      .exactOptional()
      .describe("Only tasks of this status. Without it: started work first, then pending"),
  }),
  answer: ["NextTask", z.object({ task: WireTask.nullable() })],
  run: async (backend, { query }, asked) => ({
    task: await backend.nextTask({ project: query.project, status: query.status ?? null }, asked),
  }),
});

const listTasks = operation({
  id: "listTasks",
  method: "get",
  path: "/tasks",
  permission: "list_tasks",
  summary: "The tasks of a project, oldest first",
  query: z.object({
    project: ProjectId,
    status: status.exactOptional(),
    priority: priority.exactOptional(),
    page: pageNumber,
    page_size: sizeUpTo(1000, 100),
  }),
  answer: ["TaskPage", z.object({ tasks: z.array(WireTask), ...pageOfItems })],
  run: async (backend, { query: { page_size: pageSize, ...filter } }, asked) => {
    const { items, total, page } = await backend.listTasks({ ...filter, pageSize }, asked);
    return { tasks: [...items], total, page, page_size: pageSize };
  },
});

const getTask = operation({
  id: "getTask",
  method: "get",
  path: "/tasks/{id}",
  permission: "list_tasks",
  summary: "One task, whatever its status",
  failures: [404, 409],
  query: z.object({ project: projectOfId }),
  answer: ["FoundTask", z.object({ task: WireTask })],
  run: async (backend, { id, query }, asked) => {
    const task = await backend.getTask(id, query.project ?? null, asked);
    if (task === null) throw new SitrepError("task-not-found", `Task not found: ${id}`);
    return { task };
  },
});

const updateStatus = operation({
  id: "updateTaskStatus",
  method: "put",
  path: "/tasks/{id}/status",
  permission: "update_task_status",
  summary: "Moves a task to another status",
  description: [
    "Of two who take a task (`in_progress`) at once the second gets 400, `transition-invalid`.",
    "Allowed moves:",
    ...transitionLines,
  ].join("\n"),
  failures: [400, 404, 409],
  query: z.object({ project: projectOfId }),
  body: z.object({
    status,
    completion_notes: z.string().max(100_000).default(""),
    project_id: projectOfId,
  }),
  answer: ["UpdatedTask", z.object({ updated_task: WireTask })],
  extensions: { "x-status-transitions": transitions },
  run: async (backend, { id, query, body }, asked) => {
    const project = query.project ?? body.project_id ?? null;
    const { status: to, completion_notes: notes } = body;
    const change = { taskId: id, project, status: to, notes };
    return { updated_task: await backend.updateStatus(change, asked) };
  },
});

const addTasks = operation({
  id: "addTasks",
  method: "post",
  path: "/tasks/batch",
  permission: "add_task",
  summary: "Adds tasks, all or none",
  description: "A task without `task_id` is given the project's next one.",
  status: 201,
  body: z.object({ tasks: z.array(NewWireTask).min(1).max(1000) }),
  answer: [
    "AddedTasks",
    z.object({
      success: z.literal(true),
      tasks_added: z.int(),
      task_ids: z.array(z.string()).describe("In the order of the tasks"),
    }),
  ],
  run: async (backend, { body }, asked) => {
    const ids = await backend.addTasks(body.tasks, asked);
    return { success: true as const, tasks_added: ids.length, task_ids: [...ids] };
  },
});

const nextId = operation({
  id: "getNextId",
  method: "get",
  path: "/ids/next",
  permission: "get_next_available_id",
  summary: "The id that would be given next, which is not taken by asking",
  query: z.object({ type: idType, project: ProjectId }),
  answer: ["NextId", z.object({ next_id: z.string() })],
  run: async (backend, { query }, asked) => ({ next_id: await backend.nextId(query, asked) }),
});

const reserveIds = operation({
  id: "reserveIds",
  method: "post",
  path: "/ids/reserve",
  permission: "reserve_id_range",
  summary: "Takes ids in a row; they are never given out again",
  status: 201,
  body: z.object({ type: idType, count: z.int().min(1).max(100), project_id: ProjectId }),
  answer: ["Reservation", Reservation],
  run: (backend, { body: { type, count, project_id: project } }, asked) =>
    backend.reserveIds({ type, count, project }, asked),
});

export const taskOperations: readonly RestOperation[] = [
  nextTask,
  listTasks,
  addTasks,
  getTask,
  updateStatus,
  nextId,
  reserveIds,
];
