// 4genthub (also dhafnck_mcp): one tool with an action. Its answers nest differently from version to version.

import type { Preset } from "../../core/mapping/mapping.ts";

const task = `$merge([$, {
  "id": $exists(id) ? id : task_id, "due": due_date, "updatedAt": updated_at, "createdAt": created_at
}])`;

export const fourgenthub: Preset = {
  name: "4genthub",
  title: "4genthub",
  tools: ["manage_task", "manage_git_branch"],
  signs: ["4genthub", "agenthub", "dhafnck"],
  settings: { branchId: "the id of the branch on the server" },
  mapping: {
    list: {
      tool: "manage_task",
      arguments: { action: "list", limit: 100, git_branch_id: "${branchId?}" },
      tasks: "$exists(data.tasks) ? data.tasks : tasks",
      task,
      total:
        "$exists(data.pagination.total) ? data.pagination.total : $exists(data.total) ? data.total : total",
    },
    next: {
      tool: "manage_task",
      arguments: { action: "next", git_branch_id: "${branchId?}", include_context: true },
      tasks: `$exists(data.task) ? [data.task] : $exists(task) ? [task]
        : $exists(data.next_item) ? [data.next_item] : data.has_next = false ? []`,
      task,
    },
    get: {
      tool: "manage_task",
      arguments: { action: "get", task_id: "${id}" },
      tasks: "$exists(data.task) ? data.task : $exists(task) ? task : data",
      task,
    },
    search: {
      tool: "manage_task",
      arguments: { action: "search", query: "${text}", limit: 30 },
      tasks: "$exists(data.tasks) ? data.tasks : tasks",
      task,
    },
    create: {
      tool: "manage_task",
      arguments: {
        action: "create",
        git_branch_id: "${branchId?}",
        title: "${title}",
        description: "${description?}",
        priority: "${priority?}",
        status: "${status?}",
      },
      tasks: "$exists(data.task) ? data.task : $exists(data) ? data : task",
      task,
    },
    update: {
      tool: "manage_task",
      arguments: {
        action: "update",
        task_id: "${id}",
        status: "${status}",
        completion_summary: "${notes?}",
      },
      tasks: "$exists(data.task) ? data.task : $exists(data) ? data : task",
      task,
    },
    statusWords: { pending: "todo", completed: "done" },
  },
};
