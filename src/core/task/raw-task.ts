import { normalDate } from "../time.ts";
import { maskTokens } from "../secrets/secret-text.ts";
import {
  mapTexts,
  readFirst,
  readNumber,
  readObject,
  readString,
  type JsonObject,
} from "../read.ts";
import { parseTaskPriority, parseTaskStatus } from "./synonyms.ts";
import { isOpenTask, chooseTitle, type Task, type TaskPriority } from "./task.ts";

/**
 * The order of a server's priority numbers. `one-highest`: 1 urgent to 4 low, 0 none (Linear). `zero-highest`: 0 urgent to 3
 * low, 4 and up none (beads). `highest-last`: 1 low to 4 urgent, 0 none.
 */
export const priorityScales = ["one-highest", "zero-highest", "highest-last"] as const;
export type PriorityScale = (typeof priorityScales)[number];

const scales: Record<PriorityScale, readonly TaskPriority[]> = {
  "one-highest": ["none", "urgent", "high", "medium", "low"],
  "zero-highest": ["urgent", "high", "medium", "low"],
  "highest-last": ["none", "low", "medium", "high", "urgent"],
};

const maxTextLength = 8192;
const maxIdLength = 200;
const maxItems = 100;

/** The server's field names that are tried, in this order. */
export const fieldNames = {
  id: ["id", "key", "identifier", "task_id", "taskId", "ticket_id", "ticketId", "number"],
  title: ["title", "summary", "name", "subject"],
  description: ["description", "body", "details"],
  status: ["status", "state"],
  assignees: ["assignees", "assignee", "assigned_to", "assignedTo"],
  labels: ["labels", "tags"],
  dependsOn: ["dependsOn", "depends_on", "dependencies", "blockedBy", "blocked_by"],
  due: ["due", "dueDate", "due_date", "duedate", "due_on", "deadline"],
} as const;

const names = fieldNames;
const dueNames = names.due;
const dates = [
  ["due", dueNames],
  ["createdAt", ["createdAt", "created_at", "created"]],
  ["updatedAt", ["updatedAt", "updated_at", "updated"]],
  ["completedAt", ["completedAt", "completed_at"]],
] as const;

const texts = [
  ["url", ["url", "html_url", "webUrl", "web_url", "browse_url", "permalink"]],
  ["branch", ["branch", "gitBranchName", "branch_name"]],
  ["parent", ["parent", "parentId", "parent_id"]],
  ["category", ["category"]],
  ["estimatedEffort", ["estimatedEffort", "estimated_effort", "estimate"]],
  ["completionNotes", ["completionNotes", "completion_notes"]],
] as const;

const objectNames = "name login displayName display_name username label key email id value".split(
  " ",
);

function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value.slice(0, maxTextLength);
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : undefined;
  const from = readObject(value);
  if (from === null) return undefined;
  const called = readFirst(from, objectNames);
  return typeof called === "object" ? undefined : textOf(called);
}

/** One person with the surname first, `Kovač, Ana`. */
const surnameFirst = /^\p{Lu}[\p{L}'’-]+, \p{Lu}[\p{L}'’.-]*$/u;

const peopleIn = (value: unknown): string[] =>
  listOf(typeof value === "string" && surnameFirst.test(value.trim()) ? [value] : value);

function listOf(value: unknown): string[] {
  const items = Array.isArray(value)
    ? value.slice(0, maxItems)
    : typeof value === "string"
      ? value.split(",", maxItems)
      : [value];
  return items
    .map((item: unknown) => textOf(item)?.trim() ?? "")
    .filter((item) => item !== "")
    .map((item) => item.slice(0, maxIdLength));
}

function statusIn(from: JsonObject): Pick<Task, "status" | "rawStatus"> {
  const text = textOf(readFirst(from, names.status))?.trim();
  if (text === undefined || text === "") {
    const isDone = from["done"] === true || from["completed"] === true;
    return { status: isDone ? "completed" : "pending" };
  }
  const status = parseTaskStatus(text);
  return status === null
    ? { status: "pending", rawStatus: text.slice(0, maxIdLength) }
    : { status };
}

function priorityIn(
  value: unknown,
  scale: PriorityScale | null,
): Pick<Task, "priority" | "rawPriority"> {
  const from = readObject(value);
  const delivered = from === null ? value : (from["value"] ?? from["name"] ?? from["label"]);
  const text = (textOf(delivered) ?? "").trim();
  if (scale !== null && /^P?\d$/i.test(text)) {
    return { priority: scales[scale][Number(text.replace(/^P/i, ""))] ?? "none" };
  }
  const priority = text === "" ? "none" : parseTaskPriority(text);
  return priority === null
    ? { priority: "none", rawPriority: text.slice(0, maxIdLength) }
    : { priority };
}

function idIn(from: JsonObject | null): string | null {
  const id = from === null ? "" : (textOf(readFirst(from, names.id)) ?? "").trim();
  return id === "" || id.length > maxIdLength ? null : id;
}

/** What an item lacks to be a task. An empty title is not missing. */
export function missingFields(value: unknown): ("an id" | "a title")[] {
  const from = readObject(value);
  const hasTitle = [...names.title, ...names.description].some(
    (name) => from !== null && Object.hasOwn(from, name),
  );
  return [
    ...(idIn(from) === null ? ["an id" as const] : []),
    ...(hasTitle ? [] : ["a title" as const]),
  ];
}

/** Null without an id. Tokens of a known form are masked. Without `scale` a number is not a known priority. */
export function taskFromRaw(
  value: unknown,
  source: string,
  scale: PriorityScale | null,
): Task | null {
  const from = readObject(value);
  const id = idIn(from);
  if (from === null || id === null) return null;
  const description = readString(readFirst(from, names.description))?.slice(0, maxTextLength);
  const task: Task = {
    id,
    source,
    title: chooseTitle(textOf(readFirst(from, names.title)) ?? "", description, id),
    ...statusIn(from),
    ...priorityIn(from["priority"], scale),
    assignees: peopleIn(readFirst(from, names.assignees)),
    labels: listOf(readFirst(from, names.labels)),
    dependsOn: listOf(readFirst(from, names.dependsOn)),
    inputs: listOf(from["inputs"]),
    outputs: listOf(from["outputs"]),
  };
  if (description !== undefined && description !== "") task.description = description;
  for (const [field, candidates] of dates) {
    const date = normalDate(readString(readFirst(from, candidates)) ?? "");
    if (date !== null) task[field] = date;
  }
  const due = (textOf(readFirst(from, dueNames)) ?? "").trim();
  if (task.due === undefined && due !== "") task.rawDue = due.slice(0, maxIdLength);
  for (const [field, candidates] of texts) {
    const text = textOf(readFirst(from, candidates));
    if (text !== undefined && text !== "") task[field] = text;
  }
  const blockers = readNumber(from["blockerCount"]);
  if (blockers !== undefined && blockers > 0) task.blockerCount = blockers;
  return mapTexts(task, maskTokens);
}

/** Blocks pending tasks on their open dependencies; closed or unlisted dependencies block nothing. */
export function markBlocked(tasks: readonly Task[]): Task[] {
  const open = new Set(tasks.filter(isOpenTask).map((task) => task.id));
  return tasks.filter(isOpenTask).map((task) => {
    const blockers = task.dependsOn.filter((id) => open.has(id));
    return task.status === "blocked" || (task.status === "pending" && blockers.length > 0)
      ? { ...task, status: "blocked", dependsOn: blockers }
      : task;
  });
}
