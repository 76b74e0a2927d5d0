// @kazuph/mcp-taskmanager, recorded from 1.1.1: requests with tasks, and no list of tasks.

import type { Preset } from "../../core/mapping/mapping.ts";

const row = String.raw`/\| (task-\d+) \| ([^|\n]*) \| ([^|\n]*) \| ([^|\n]*) \| [^|\n]* \|/`;

export const kazuph: Preset = {
  name: "kazuph-taskmanager",
  title: "kazuph's MCP task manager",
  tools: ["list_requests", "get_next_task", "mark_task_done"],
  signs: ["mcp-taskmanager"],
  mapping: {
    list: {
      tool: "list_requests",
      items:
        "$exists(requests) ? [requests[(completedTasks >= totalTasks ? false : true)].{'requestId': requestId}]",
      each: {
        tool: "get_next_task",
        arguments: { requestId: "${item.requestId}" },
        tasks: `$exists(status) ? (status = "next_task" ? (
          $next := task;
          $append([$next], [$match(message, ${row}).{
            "id": groups[0], "title": groups[1], "description": groups[2], "done": $contains(groups[3], "Done")
          }[id != $next.id]])
        ) : status in ["all_tasks_done", "already_completed", "no_next_task"] ? [])`,
      },
    },
    get: {
      tool: "open_task_details",
      arguments: { taskId: "${id}" },
      tasks: '$exists(task) ? task : status = "task_not_found" ? []',
    },
  },
};
