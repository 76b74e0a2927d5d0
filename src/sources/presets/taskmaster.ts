// task-master-ai, recorded from 0.43.1. Ids are strings in one tool and numbers in another.

import type { Preset } from "../../core/mapping/mapping.ts";

const projectRoot = "${project.path}";

export const taskmaster: Preset = {
  name: "taskmaster",
  title: "Taskmaster",
  tools: ["get_tasks", "next_task", "set_task_status"],
  signs: ["task-master-ai"],
  mapping: {
    list: {
      tool: "get_tasks",
      arguments: { projectRoot },
      tasks: "data.tasks",
      total: "data.stats.total",
    },
    next: {
      tool: "next_task",
      arguments: { projectRoot },
      tasks: "$exists(data.nextTask) ? [data.nextTask] : $exists(data.message) ? []",
    },
    get: { tool: "get_task", arguments: { projectRoot, id: "${id}" }, tasks: "data" },
    create: {
      tool: "add_task",
      arguments: {
        projectRoot,
        title: "${title}",
        description: "${description}",
        priority: "${priority?}",
      },
      tasks: "data",
    },
    update: {
      tool: "set_task_status",
      arguments: { projectRoot, id: "${id}", status: "${status}" },
      tasks: "data.tasks",
    },
    statusWords: { in_progress: "in-progress", completed: "done" },
  },
};
