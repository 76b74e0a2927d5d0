// mcp.linear.app, from users' reports of January 2026. `statusType`, if present, is Linear's own.

import type { Preset } from "../../core/mapping/mapping.ts";

const task = `{
  "id": $exists(identifier) ? identifier : id, "title": title, "description": description,
  "status": statusType in ["completed", "canceled"] ? statusType : $exists(status) ? status : state,
  "priority": priority, "assignees": assignee, "labels": labels, "due": dueDate, "createdAt": createdAt,
  "updatedAt": updatedAt, "url": url, "branch": gitBranchName, "parent": parentId
}`;

export const linear: Preset = {
  name: "linear",
  title: "Linear issues",
  tools: ["list_issues", "list_teams", "list_issue_statuses"],
  signs: ["mcp.linear.app"],
  settings: {
    assignee: 'whose issues: a name, an e-mail, or "me"',
    team: "only this team's",
    project: "only this project's",
  },
  defaults: { assignee: "me" },
  mapping: {
    mine: { setting: "assignee", is: /^me$/ },
    list: {
      tool: "list_issues",
      arguments: {
        assignee: "${assignee}",
        team: "${team?}",
        project: "${project?}",
        includeArchived: false,
        limit: 250,
        cursor: "${cursor?}",
      },
      tasks: '$type($) = "array" ? $ : issues',
      task,
      cursor: "hasNextPage ? cursor",
      priorityScale: "one-highest",
    },
    search: {
      tool: "list_issues",
      arguments: { query: "${text}", limit: 30 },
      tasks: '$type($) = "array" ? $ : issues',
      task,
      priorityScale: "one-highest",
    },
  },
};
