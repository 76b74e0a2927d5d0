// Expressions and calls that several presets share.

import type { HttpMapping } from "../../../core/mapping/http-mapping.ts";

/** The start of a text that may be null: the monitor keeps it, and a brief shows even less. */
export const startOf = (field: string): string =>
  `$type(${field}) = "string" ? $substring(${field}, 0, 2000)`;

/** The priority in a label: `priority: high`, `prio/high`, GitLab's `priority::high`. */
export const priorityIn = (labels: string): string =>
  `$replace(${labels}[$contains($, /^prio(rity)?[:\\/ -]/i)][0], /^\\w+[:\\/ -]+/, "")`;

/** All calls except the list, for GitHub's API and compatible ones. */
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
