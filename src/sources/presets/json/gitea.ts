// Gitea's REST API, which Forgejo and Codeberg have too (gitea-js 1.23): a repository's open issues. Each has the branch that
// was set for it.

import type { HttpPreset } from "../../../core/mapping/http-mapping.ts";
import { issueCalls, priorityIn, startOf } from "./texts.ts";

const task = `$type(pull_request) = "object" ? null : {
  "id": $string(number), "title": title, "url": html_url, "description": ${startOf("body")},
  "status": state = "closed" ? "completed" : "open", "priority": ${priorityIn("labels.name")},
  "assignees": [assignees.login], "labels": [labels.name], "branch": $replace($string(ref), /^refs\\/heads\\/|^null$/, ""),
  "due": due_date ? due_date : milestone.due_on, "createdAt": created_at, "updatedAt": updated_at
}`;

const issues = "/repos/${owner}/${repo}/issues";

export const gitea: HttpPreset = {
  name: "gitea",
  title: "Gitea, Forgejo and Codeberg issues",
  settings: {
    owner: "the owner of the repository",
    repo: "the repository",
    assignee: "only issues assigned to this login",
    labels: "only issues with these labels, comma-separated",
    perPage: "issues per response",
  },
  defaults: { perPage: "50" },
  auth: { header: "authorization", scheme: "token" },
  hints: {
    401: "Its token is wrong or revoked: sitrep source secret NAME.",
    403: "Its token lacks the read:issue scope, or its user has no access to the repository.",
    404: "Check the repository (with.repository). A private repository also looks missing if the token has no access to it.",
  },
  mapping: {
    list: {
      path: issues,
      query: {
        state: "open",
        type: "issues",
        sort: "recentupdate",
        assigned_by: "${assignee?}",
        labels: "${labels?}",
        limit: "${perPage}",
      },
      task,
    },
    ...issueCalls(issues, task),
  },
};
