// Atlassian's Rovo and sooperset/mcp-atlassian, as of August 2026. Rovo gives at most five issues.

import type { Preset } from "../../core/mapping/mapping.ts";

const jql = "assignee = currentUser() AND statusCategory != Done ORDER BY priority DESC";
const mine = { setting: "jql", is: /assignee\s*=\s*currentUser\(\)(?!.*\bor\b)/i };
const jqlSetting = { jql: "which issues, in Jira's query language" };
const fields = "summary,description,status,priority,assignee,labels,duedate,created,updated";

/** Jira's status category says that a task is done, whatever the project calls its status. */
const ownStatus = (status: string): string =>
  `${status}.statusCategory.key = "done" ? "done" : ${status}.name`;

const rovoTask = `{
  "id": key, "title": fields.summary, "status": ${ownStatus("fields.status")},
  "description": $type(fields.description) = "string" ? fields.description,
  "priority": fields.priority.name, "assignees": fields.assignee.displayName, "labels": fields.labels,
  "due": fields.duedate, "createdAt": fields.created, "updatedAt": fields.updated, "url": webUrl
}`;

export const jiraAtlassian: Preset = {
  name: "jira-atlassian",
  title: "Jira issues (Atlassian's server)",
  tools: ["searchJiraIssuesUsingJql", "getAccessibleAtlassianResources"],
  signs: ["mcp.atlassian.com"],
  settings: jqlSetting,
  defaults: { jql },
  mapping: {
    mine,
    list: {
      tool: "getAccessibleAtlassianResources",
      items: '$type($) = "array" ? $distinct(id).{"id": $} : resources.{"id": id}',
      each: {
        tool: "searchJiraIssuesUsingJql",
        arguments: {
          cloudId: "${item.id}",
          jql: "${jql}",
          fields: fields.split(","),
          maxResults: 100,
          nextPageToken: "${cursor?}",
        },
        tasks:
          "$exists(issues.nodes) ? issues.nodes : $exists(data.nodes) ? data.nodes : $exists(nodes) ? nodes : issues",
        task: rovoTask,
        total:
          "$exists(issues.totalCount) ? issues.totalCount : $exists(totalCount) ? totalCount : total",
        cursor:
          "$exists(nextPageToken) ? nextPageToken : **.pageInfo[hasNextPage = true][0].endCursor",
      },
    },
  },
};

export const jiraSooperset: Preset = {
  name: "jira-sooperset",
  title: "Jira issues (sooperset/mcp-atlassian)",
  tools: ["jira_search", "jira_get_issue"],
  signs: ["mcp-atlassian"],
  settings: jqlSetting,
  defaults: { jql },
  mapping: {
    mine,
    list: {
      tool: "jira_search",
      arguments: {
        jql: "${jql}",
        fields,
        limit: 50,
        page_token: "${cursor?}",
      },
      tasks: "issues",
      task: `{
        "id": key, "title": summary, "description": description, "status": status.category = "Done" ? "done" : status.name,
        "priority": priority.name, "assignees": assignee.display_name, "labels": labels, "due": duedate,
        "createdAt": created, "updatedAt": updated, "url": $exists(browse_url) ? browse_url : url
      }`,
      total: "total",
      cursor: "next_page_token",
    },
  },
};
