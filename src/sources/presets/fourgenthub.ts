// 4genthub (also dhafnck_mcp): one tool with an action. Its responses nest differently from version to version.

import type { Preset, ToolCall } from "../../core/mapping/mapping.ts";

const task = `$merge([$, {
  "id": $exists(id) ? id : task_id, "due": due_date, "updatedAt": updated_at, "createdAt": created_at
}])`;

const call = (
  action: string,
  args: Readonly<Record<string, unknown>>,
  tasks: string,
): ToolCall => ({
  tool: "manage_task",
  arguments: { action, ...args },
  tasks,
  task,
});

const branch = { git_branch_id: "${branchId?}" };
const listed = "$exists(data.tasks) ? data.tasks : tasks";
const written = "$exists(data.task) ? data.task : $exists(data) ? data : task";

export const fourgenthub: Preset = {
  name: "4genthub",
  title: "4genthub",
  tools: ["manage_task", "manage_git_branch"],
  signs: ["4genthub", "agenthub", "dhafnck"],
  settings: { branchId: "the id of the branch on the server" },
  mapping: {
    list: {
      ...call("list", { limit: 100, ...branch }, listed),
      total:
        "$exists(data.pagination.total) ? data.pagination.total : $exists(data.total) ? data.total : total",
    },
    next: call(
      "next",
      { ...branch, include_context: true },
      `$exists(data.task) ? [data.task] : $exists(task) ? [task]
        : $exists(data.next_item) ? [data.next_item] : data.has_next = false ? []`,
    ),
    get: call(
      "get",
      { task_id: "${id}" },
      "$exists(data.task) ? data.task : $exists(task) ? task : data",
    ),
    search: call("search", { query: "${text}", limit: 30 }, listed),
    create: call(
      "create",
      {
        ...branch,
        title: "${title}",
        description: "${description?}",
        priority: "${priority?}",
        status: "${status?}",
      },
      written,
    ),
    update: call(
      "update",
      { task_id: "${id}", status: "${status}", completion_summary: "${notes?}" },
      written,
    ),
    statusWords: { pending: "todo", completed: "done" },
  },
};
