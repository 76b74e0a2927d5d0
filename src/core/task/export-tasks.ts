import type { Task } from "./task.ts";

/** Omits source and project, which differ at the importer. */
export function exportedTask(task: Task): Omit<Task, "source" | "project"> {
  const { source: _source, project: _project, ...own } = task;
  return own;
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

function factsOf(task: Task): string {
  const { id, status, rawStatus, priority, due, assignees, labels, dependsOn } = task;
  const isSaidByBox = status === "pending" || status === "completed";
  const facts = [
    id,
    isSaidByBox && rawStatus === undefined ? "" : (rawStatus ?? status.replace("_", " ")),
    priority === "none" ? "" : priority,
    due === undefined ? "" : `due ${due}`,
    assignees.length === 0 ? "" : `for ${assignees.join(", ")}`,
    labels.length === 0 ? "" : `labels ${labels.join(", ")}`,
    dependsOn.length === 0 ? "" : `blocked by ${dependsOn.join(", ")}`,
  ];
  return oneLine(facts.filter((fact) => fact !== "").join("; "));
}

export const exportMarkdown = (tasks: readonly Task[]): string =>
  tasks
    .map((task) => {
      const isOver = task.status === "completed" || task.status === "cancelled";
      return `- [${isOver ? "x" : " "}] ${oneLine(task.title)}\n  ${factsOf(task)}`;
    })
    .join("\n");

const columns = [
  "id",
  "title",
  "status",
  "priority",
  "assignees",
  "labels",
  "due",
  "dependsOn",
  "branch",
  "category",
  "estimatedEffort",
  "parent",
  "url",
  "createdAt",
  "updatedAt",
  "completedAt",
  "description",
  "completionNotes",
] as const satisfies readonly (keyof Task)[];

/** A spreadsheet runs this as a formula: https://owasp.org/www-community/attacks/CSV_Injection */
const formulaStart = /^[\s]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/;

function cellOf(value: string | readonly string[] | undefined): string {
  const text = typeof value === "string" ? value : (value ?? []).join(", ");
  const safe = formulaStart.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** RFC 4180. */
export const exportCsv = (tasks: readonly Task[]): string =>
  [
    columns.join(","),
    ...tasks.map((task) => columns.map((name) => cellOf(task[name])).join(",")),
  ].join("\n");
