// Expressions that several presets have in common.

/** The start of a text that may be null: a brief shows less, and the monitor keeps it. */
export const startOf = (field: string): string =>
  `$type(${field}) = "string" ? $substring(${field}, 0, 2000)`;

/** The priority that a label says: `priority: high`, `prio/high`, GitLab's `priority::high`. */
export const priorityIn = (labels: string): string =>
  `$replace(${labels}[$contains($, /^prio(rity)?[:\\/ -]/i)][0], /^\\w+[:\\/ -]+/, "")`;
