// What several presets have in common.

import type { HttpMapping } from "../../../core/mapping/http-mapping.ts";

/** The start of a text that may be null: a brief shows less, and the monitor keeps it. */
export const startOf = (field: string): string =>
  `$type(${field}) = "string" ? $substring(${field}, 0, 2000)`;

/** The priority that a label says: `priority: high`, `prio/high`, GitLab's `priority::high`. */
export const priorityIn = (labels: string): string =>
  `$replace(${labels}[$contains($, /^prio(rity)?[:\\/ -]/i)][0], /^\\w+[:\\/ -]+/, "")`;

/** All but the list, for GitHub's API and those that follow it. */
export const issueCalls = (issues: string, task: string): Omit<HttpMapping, "list"> => ({
  get: { path: `${issues}/\${id}`, task },
  create: {
    method: "POST",
    path: issues,
    body: { title: "${title}", body: "${description?}" },
    task,
  },
  update: {
    method: "PATCH",
    path: `${issues}/\${id}`,
    body: { state: "${status}", state_reason: "${reason?}" },
    task,
  },
  comment: { method: "POST", path: `${issues}/\${id}/comments`, body: { body: "${text}" } },
  // Both APIs replace all assignees by these.
  assign: { method: "PATCH", path: `${issues}/\${id}`, body: { assignees: "${names}" }, task },
  statusWords: { completed: "closed", pending: "open" },
  states: ["pending", "completed"],
  whoAmI: { path: "/user", task: "login" },
});
