// Backlog.md, recorded from 1.52.0: plain text, one block for each column of the board.

import type { Preset } from "../../core/mapping/mapping.ts";

export const backlogMd: Preset = {
  name: "backlog.md",
  title: "Backlog.md",
  tools: ["task_list", "task_view", "task_edit"],
  signs: ["backlog.md", "backlog mcp"],
  worksInFolder: true,
  mapping: {
    list: {
      tool: "task_list",
      text: {
        line: String.raw`^\s+(?:\[(?<priority>[A-Za-z]+)\] )?(?<id>[A-Za-z]+-[\d.]+) - (?<title>.+?)(?: \(due (?<due>\d{4}-\d{2}-\d{2})\))?$`,
        heading: String.raw`^(?<status>[^\s:][^:]*):$`,
        none: "^No tasks found",
      },
    },
    search: {
      tool: "task_search",
      arguments: { query: "${text}" },
      text: {
        line: String.raw`^\s+(?:\[(?<priority>[A-Za-z]+)\] )?(?<id>[A-Za-z]+-[\d.]+) - (?<title>.+?) \((?<status>[^()]+)\)(?: \(due (?<due>\d{4}-\d{2}-\d{2})\))?$`,
        none: "^No ",
      },
    },
    create: {
      tool: "task_create",
      arguments: {
        title: "${title}",
        description: "${description?}",
        priority: "${priority?}",
        status: "${status?}",
      },
      text: { line: "^Task (?<id>[A-Za-z]+-[0-9.]+) - (?<title>.+)$" },
    },
    update: {
      tool: "task_edit",
      arguments: { id: "${id}", status: "${status}" },
      text: { line: "^Task (?<id>[A-Za-z]+-[0-9.]+) - (?<title>.+)$" },
    },
    statusWords: { pending: "To Do", in_progress: "In Progress", completed: "Done" },
    states: ["pending", "in_progress", "completed"],
  },
};
