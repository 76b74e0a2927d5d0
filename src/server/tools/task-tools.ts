// The tools for tasks: the next one, its status, new ones, the list.

import * as schemas from "./schemas.ts";
import { short } from "./short.ts";
import { defineTool } from "./tool.ts";
import type { Tool } from "./tool.ts";

const nextTask = (usual: string | null): Tool =>
  defineTool({
    name: "get_next_task",
    title: "Get the next task",
    description:
      "What to work on next: the one task of the project to do now, by priority, then due date, then age; tasks that " +
      "wait for another are passed over. With status_filter in_progress, the started one. Only reads: to take the task, call " +
      "update_task_status with status in_progress. Gives null when there is none.",
    kind: "read",
    input: schemas.NextTaskInput(usual),
    output: schemas.NextTaskOutput,
    run: async ({ project_id: project, status_filter: status }, { backend, asked }) => {
      const task = await backend.nextTask({ project, status }, asked);
      if (task !== null) return { value: task, structured: { task } };
      const note = `${project} has no task with status ${status} that is free to be worked on.`;
      return { value: null, structured: { task, note } };
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
    input: schemas.UpdateStatusInput(usual),
    output: schemas.UpdateStatusOutput,
    networkSentence: (reason) => `Network error: ${reason}`,
    run: async (args, { backend, asked }) => {
      const change = {
        taskId: args.task_id,
        project: args.project_id,
        status: args.status,
        notes: args.completion_notes,
      };
      const task = await backend.updateStatus(change, asked);
      return { value: task, structured: { updated_task: task } };
    },
  });

const addTasks = (usual: string | null): Tool =>
  defineTool({
    name: "add_task",
    title: "Add tasks",
    description:
      "Create one task or a batch of new tasks (to-dos, work items) in the task tracker, with priority, dependencies, " +
      "inputs and outputs. All are added or, when one is refused, none. A task without task_id gets the next one.",
    kind: "write",
    input: schemas.AddTasksInput(usual),
    output: schemas.AddTasksOutput,
    networkSentence: (reason) => `Batch task addition API error: ${reason}`,
    run: async ({ tasks }, { backend, asked, progress }) => {
      const count = tasks.length;
      await progress(0, count, `Adding ${count} tasks`);
      const ids = await backend.addTasks(tasks, asked);
      await progress(count, count, `Added ${ids.length} tasks`);
      const structured = { success: true, tasks_added: ids.length, task_ids: [...ids] };
      return { value: structured, structured };
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
    input: schemas.ListTasksInput(usual),
    output: schemas.ListTasksOutput,
    run: async (args, { backend, asked }) => {
      const found = await backend.listTasks(
        {
          project: args.project_id,
          ...(args.status_filter === undefined ? {} : { status: args.status_filter }),
          ...(args.priority === undefined ? {} : { priority: args.priority }),
          page: args.page,
          pageSize: args.page_size,
        },
        asked,
      );
      const { total, page, pageSize } = found;
      const structured = { tasks: found.items.map(short), total, page, page_size: pageSize };
      return { value: structured, structured };
    },
  });

/** `usual`: the project that is meant where a call names none. */
export const taskTools = (usual: string | null): Tool[] => [
  nextTask(usual),
  updateStatus(usual),
  addTasks(usual),
  listTasks(usual),
];
