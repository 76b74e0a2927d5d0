// beads through beads-mcp (steveyegge/beads), as of June 2026. Long responses are compacted to a preview and a total.

import type { Preset } from "../../core/mapping/mapping.ts";

const tasks = '$type($) = "array" ? $ : compacted ? preview : $exists(issues) ? issues : result';

export const beads: Preset = {
  name: "beads",
  title: "beads issues",
  tools: ["ready", "list", "show", "blocked"],
  signs: ["beads-mcp"],
  worksInFolder: true,
  mapping: {
    list: {
      tool: "list",
      arguments: { limit: 100 },
      tasks,
      total: "total_count",
      priorityScale: "zero-highest",
    },
    next: {
      tool: "ready",
      arguments: { limit: 1 },
      tasks,
      priorityScale: "zero-highest",
    },
    get: {
      tool: "show",
      arguments: { issue_id: "${id}" },
      tasks: "$",
      priorityScale: "zero-highest",
    },
  },
};
