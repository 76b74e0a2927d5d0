import { quoted, quotedName } from "../quote.ts";
import type { Task } from "./task.ts";

export const taskFieldLabels = {
  status: "status",
  title: "title",
  priority: "priority",
  due: "due",
  assignees: "assignees",
  labels: "labels",
  dependsOn: "blocked by",
  branch: "branch",
  parent: "parent",
  category: "category",
  estimatedEffort: "effort",
  url: "url",
  inputs: "inputs",
  outputs: "outputs",
  description: "description",
  completionNotes: "notes",
} as const satisfies Partial<Record<keyof Task, string>>;
type Field = keyof typeof taskFieldLabels;

const longFields: readonly Field[] = ["description", "completionNotes", "inputs", "outputs"];
const maxTitleLength = 80;

function valueText(task: Task, field: Field): string {
  const value = task[field];
  if (value === undefined || value.length === 0) return "none";
  if (field === "status") return task.status.replace("_", " ");
  if (field === "priority" || field === "due") return String(value);
  if (field === "title") return quoted(task.title, maxTitleLength);
  return [value]
    .flat()
    .map((one) => quotedName(one))
    .join(", ");
}

/** `priority low → high`, a text for each changed field. */
export function describeTaskChanges(before: Task, after: Task): string[] {
  const differs = (Object.keys(taskFieldLabels) as Field[]).filter(
    (field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]),
  );
  return differs.map((field) =>
    longFields.includes(field)
      ? `${taskFieldLabels[field]} ${(after[field]?.length ?? 0) === 0 ? "removed" : "changed"}`
      : `${taskFieldLabels[field]} ${valueText(before, field)} → ${valueText(after, field)}`,
  );
}

/** `added`, `removed`, or what differs; empty when no field does. */
export function changeText(before: Task | null, after: Task | null): string {
  if (before !== null && after !== null) return describeTaskChanges(before, after).join(", ");
  const words = [...(before === null ? ["added"] : []), ...(after === null ? ["removed"] : [])];
  return words.join(" and ");
}

const sessionId = /^[0-9a-f]{8}-[0-9a-f-]{27}$/i;

/** `session 1f0c3a2b`, `a terminal`, or a user of a server; empty for the reader. */
export function authorText(author: string | null, reader: string | null): string {
  if (author === null || author === reader) return author === reader ? "" : "a terminal";
  return sessionId.test(author) ? `session ${author.slice(0, 8)}` : quotedName(author);
}
