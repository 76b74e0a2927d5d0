// Jira Cloud's REST API, version 3 (search/jql, since the old search answers 410). A change takes the id of one of the
// issue's transitions, or of a person, which is read first.

import type { HttpPreset } from "../../../core/mapping/http-mapping.ts";
import { startOf } from "./texts.ts";

const fields =
  "summary,description,status,priority,assignee,labels,duedate,created,updated,issuelinks,issuetype,parent";

const dropped = "/cancel|won.?t|reject|declin|duplicate|abandon|obsolete|invalid/i";

/** The first transition to such a status that needs no field: a workflow has names of its own, and categories of Jira's. */
const transition = `(
  $able := transitions[$not(true in fields.*[$not(hasDefaultValue)].required)];
  $in := function($category) { $able[to.statusCategory.key = $category] };
  $fit := $with.wanted = "pending" ? $in("new")
    : $with.wanted = "blocked" ? $able[$contains(to.name, /block|on hold|imped/i)]
    : $with.wanted = "in_progress" ? $in("indeterminate")[$not($contains(to.name, /block|hold|imped|wait|review|test|qa/i))]
    : $with.wanted = "completed" ? $in("done")[$not($contains(to.name, ${dropped}))]
    : $in("done")[$contains(to.name, ${dropped})];
  [$fit[0].{"id": id}]
)`;

const transitions = "/rest/api/3/issue/${id}/transitions";

/** Jira's status category says that an issue is done, whatever the project calls its status. */
const task = `(
  $blockers := fields.issuelinks[$contains(type.inward, /blocked by/i)]
    .inwardIssue[fields.status.statusCategory.key != "done"].key;
  {
    "id": key, "title": fields.summary, "url": $with.origin & "/browse/" & key,
    "description": ${startOf("fields.description")},
    "status": fields.status.statusCategory.key = "done" ? ($contains(fields.status.name, ${dropped}) ? "cancelled" : "done")
      : $exists($blockers) and fields.status.statusCategory.key = "new" ? "blocked" : fields.status.name,
    "priority": fields.priority.name, "assignees": [fields.assignee.displayName], "labels": [fields.labels],
    "category": fields.issuetype.name, "parent": fields.parent.key, "dependsOn": [$blockers],
    "due": fields.duedate, "createdAt": fields.created, "updatedAt": fields.updated
  }
)`;

export const jira: HttpPreset = {
  name: "jira",
  title: "Jira issues",
  settings: {
    jql: "which issues, in Jira's query language; Jira refuses a query without a condition",
  },
  defaults: {
    jql: "assignee = currentUser() AND statusCategory != Done ORDER BY priority DESC, updated DESC",
  },
  auth: "basic",
  needsToken: true,
  hints: {
    400: "Check its query (with.jql): Jira refuses one without a condition.",
    401: "Check its e-mail address (auth.user) and its token: sitrep source secret NAME.",
    403: "Its user is not allowed to use this site's API.",
    404: "Check its URL, https://SITE.atlassian.net. This API is Jira Cloud only; self-hosted Jira does not have it.",
  },
  mapping: {
    mine: { setting: "jql", is: /assignee\s*=\s*currentUser\(\)(?!.*\bor\b)/i },
    list: {
      method: "POST",
      path: "/rest/api/3/search/jql",
      body: {
        jql: "${jql}",
        fields: fields.split(","),
        maxResults: 50,
        nextPageToken: "${cursor?}",
      },
      tasks: "issues",
      task,
      cursor: "nextPageToken",
    },
    get: { path: "/rest/api/3/issue/${id}", query: { fields }, task },
    update: {
      path: transitions,
      query: { expand: "transitions.fields" },
      items: transition,
      each: { method: "POST", path: transitions, body: { transition: { id: "${item.id}" } } },
    },
    // Version 2 takes plain text.
    comment: { method: "POST", path: "/rest/api/2/issue/${id}/comment", body: { body: "${text}" } },
    assign: {
      path: "/rest/api/3/user/assignable/search",
      query: { issueKey: "${id}", query: "${name}" },
      items: `[$[$lowercase($with.wanted) in [$lowercase(displayName), $lowercase(emailAddress)]].{"id": accountId}]`,
      each: {
        method: "PUT",
        path: "/rest/api/3/issue/${id}/assignee",
        body: { accountId: "${item.id}" },
      },
    },
    hasOneAssignee: true,
    whoAmI: { path: "/rest/api/3/myself", task: "[displayName, emailAddress]" },
  },
};
