// GitHub's REST API, as of November 2026 (@octokit/openapi-types 29): a repository's open issues. On an Enterprise Server the
// address is https://HOST/api/v3.

import type { HttpPreset } from "../../../core/mapping/http-mapping.ts";
import { issueCalls, priorityIn, startOf } from "./texts.ts";

/** A pull request is also an issue, marked by a field. For blockers, the API gives only the number of open ones. */
const task = `$exists(pull_request) ? null : (
  $labels := labels.($type($) = "object" ? name : $);
  $given := (issue_field_values[issue_field_name = "Priority"].(single_select_option.name ? single_select_option.name : value))[0];
  $steps := sub_issues_summary[total > 0];
  {
    "id": $string(number), "title": title, "url": html_url,
    "description": ${startOf("body")},
    "status": state = "closed" ? (state_reason in ["not_planned", "duplicate"] ? "cancelled" : "completed")
      : issue_dependencies_summary.blocked_by > 0 ? "blocked" : "open",
    "blockerCount": issue_dependencies_summary.blocked_by,
    "priority": $exists($given) ? $given : ${priorityIn("$labels")},
    "assignees": [assignees.login], "labels": [$labels], "category": type.name, "due": milestone.due_on,
    "parent": $type(parent_issue_url) = "string" ? $match(parent_issue_url, /\\d+$/).match,
    "estimatedEffort": $steps ? $string($steps.completed) & " of " & $string($steps.total) & " sub-issues done",
    "createdAt": created_at, "updatedAt": updated_at
  }
)`;

const issues = "/repos/${owner}/${repo}/issues";

export const github: HttpPreset = {
  name: "github",
  title: "GitHub issues",
  url: "https://api.github.com",
  settings: {
    owner: "the owner of the repository",
    repo: "the repository",
    assignee:
      'only issues assigned to this login; "*" for any assignee, "none" for unassigned issues',
    labels: "only issues with all of these labels, comma-separated",
    milestone: "only issues in this milestone, by number",
    perPage: "issues per response",
  },
  defaults: { perPage: "50" },
  hints: {
    401: "Its token is wrong, expired or revoked: gh auth login, or sitrep source secret NAME.",
    403: "Its token lacks the Issues permission (read; write for changes), or is not authorized for the organization's single sign-on (SSO).",
    404: "Check the repository (with.repository). A private repository also looks missing without a token (--token-from gh, --token-env), or if the token lacks the Issues permission.",
    410: "Issues are switched off for this repository.",
  },
  mapping: {
    headers: { accept: "application/vnd.github+json", "x-github-api-version": "2022-11-28" },
    list: {
      path: issues,
      query: {
        state: "open",
        sort: "updated",
        assignee: "${assignee?}",
        labels: "${labels?}",
        milestone: "${milestone?}",
        per_page: "${perPage}",
      },
      task,
    },
    ...issueCalls(issues, task),
    statusWords: { completed: "closed", cancelled: "closed", pending: "open" },
    statusReasons: { completed: "completed", cancelled: "not_planned", pending: "reopened" },
    states: ["pending", "completed", "cancelled"],
  },
};
