// GitLab's REST API (docs.gitlab.com, November 2026): a project's open issues.

import type { HttpPreset } from "../../../core/mapping/http-mapping.ts";
import { priorityIn, startOf } from "./texts.ts";

const task = `{
  "id": $string(iid), "title": title, "url": web_url, "description": ${startOf("description")},
  "status": state = "closed" ? "completed" : "open", "priority": ${priorityIn("labels")},
  "assignees": [assignees.username], "labels": [labels], "category": issue_type,
  "due": due_date ? due_date : milestone.due_date, "estimatedEffort": weight ? "weight " & $string(weight),
  "createdAt": created_at, "updatedAt": updated_at
}`;

const issues = "/projects/${repository}/issues";

export const gitlab: HttpPreset = {
  name: "gitlab",
  title: "GitLab issues",
  url: "https://gitlab.com/api/v4",
  settings: {
    repository: "the project, as in group/project",
    assignee: "only issues assigned to this username",
    labels: "only issues with all of these labels, comma-separated",
    milestone: "only issues in this milestone, by title",
    perPage: "issues per response",
  },
  defaults: { perPage: "50" },
  hints: {
    401: "Its token is wrong, expired or revoked: glab auth login, or sitrep source secret NAME.",
    403: "Its token lacks the read_api scope (api for changes), or its user has no access to the issues.",
    404: "Check the project (with.repository). A private project also looks missing if the token has no access to it.",
  },
  mapping: {
    list: {
      path: issues,
      query: {
        state: "opened",
        scope: "all",
        order_by: "updated_at",
        assignee_username: "${assignee?}",
        labels: "${labels?}",
        milestone: "${milestone?}",
        per_page: "${perPage}",
      },
      task,
    },
    get: { path: `${issues}/\${id}`, task },
    create: {
      method: "POST",
      path: issues,
      body: { title: "${title}", description: "${description?}", due_date: "${due?}" },
      task,
    },
    update: { method: "PUT", path: `${issues}/\${id}`, body: { state_event: "${status}" }, task },
    comment: { method: "POST", path: `${issues}/\${id}/notes`, body: { body: "${text}" } },
    assign: {
      path: "/users",
      query: { username: "${name}" },
      items: '[$.{"id": id}]',
      each: {
        method: "PUT",
        path: `${issues}/\${id}`,
        body: { assignee_ids: ["${item.id}"] },
        task,
      },
    },
    hasOneAssignee: true,
    statusWords: { completed: "close", pending: "reopen" },
    states: ["pending", "completed"],
    whoAmI: { path: "/user", task: "username" },
  },
};
