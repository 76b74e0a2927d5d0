// GitHub's MCP server (github/github-mcp-server), as of August 2026: issues as JSON in a text block, without URLs.

import type { Preset } from "../../core/mapping/mapping.ts";

const task = `(
  $labels := labels.($type($) = "object" ? name : $);
  $given := (field_values[field = "Priority"].value)[0];
  $label := ($labels[$contains($, /^prio(rity)?[:\\/ -]/i)])[0];
  {
    "id": $string(number), "title": title, "description": body, "status": state,
    "priority": $exists($given) ? $given : $replace($label, /^\\w+[:\\/ -]+ ?/, ""),
    "assignees": assignees, "labels": $labels, "createdAt": created_at, "updatedAt": updated_at,
    "url": $exists(html_url) ? html_url
      : "https://github.com/" & $with.owner & "/" & $with.repo & "/issues/" & $string(number)
  }
)`;

export const github: Preset = {
  name: "github",
  title: "GitHub issues",
  tools: ["list_issues", "search_issues", "list_pull_requests"],
  signs: ["githubcopilot.com", "github-mcp-server", "server-github"],
  settings: { owner: "the owner of the repository", repo: "the repository" },
  mapping: {
    list: {
      tool: "list_issues",
      arguments: {
        owner: "${owner}",
        repo: "${repo}",
        state: "OPEN",
        perPage: 100,
        after: "${cursor?}",
      },
      tasks: "issues",
      task,
      total: "totalCount",
      cursor: "pageInfo.hasNextPage ? pageInfo.endCursor",
    },
    whoAmI: { tool: "get_me", tasks: "$", task: "login" },
    search: {
      tool: "search_issues",
      arguments: { query: "repo:${owner}/${repo} ${text}", perPage: 30 },
      tasks: "$exists(items) ? items : issues",
      task,
    },
  },
};
