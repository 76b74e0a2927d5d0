import { normalDate } from "../time.ts";
import { SitrepError } from "../errors.ts";
import { cleanText } from "../quote.ts";
import { readFirst, readObject, readString, readStrings } from "../read.ts";
import { parseTaskPriority, parseTaskStatus } from "./synonyms.ts";
import { chooseTitle, type NewTask, type Task, type TaskPriority } from "./task.ts";

export const maxImported = 10_000;
const maxTextLength = 65_536;
const maxItemLength = 1000;

const none = { assignees: [], labels: [], dependsOn: [], inputs: [], outputs: [] } as const;

/** The file's own text is cleaned and cut: the message is shown on a terminal. */
function invalid(place: string, what: string, said?: string): SitrepError {
  const quoted = said === undefined ? "" : `: ${cleanText(said, 80)}`;
  return new SitrepError("import-invalid", `${place}: ${what}${quoted}`, {
    hint: "Nothing was imported. Fix the file and run the command again.",
  });
}

const textFields = [
  ["description", ["description", "body", "details"]],
  ["due", ["due", "dueDate", "due_date"]],
  ["createdAt", ["createdAt", "created_at"]],
  ["completedAt", ["completedAt", "completed_at"]],
  ["url", ["url"]],
  ["branch", ["branch"]],
  ["parent", ["parent"]],
  ["category", ["category"]],
  ["estimatedEffort", ["estimatedEffort", "estimated_effort"]],
  ["completionNotes", ["completionNotes", "completion_notes"]],
  ["rawStatus", ["rawStatus"]],
  ["updatedAt", ["updatedAt", "updated_at"]],
] as const;

const dateFields: ReadonlySet<string> = new Set(["due", "createdAt", "updatedAt", "completedAt"]);

function textOf(place: string, field: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  const text = typeof value === "number" ? String(value) : readString(value);
  if (text === undefined) throw invalid(place, `"${field}" must be text`);
  if (text.length <= maxTextLength) return text;
  throw invalid(place, `"${field}" is longer than ${maxTextLength} characters`);
}

function list(place: string, field: string, value: unknown): string[] {
  const items = typeof value === "string" ? value.split(",") : readStrings(value);
  if (items.some((item) => item.length > maxItemLength)) {
    throw invalid(place, `"${field}" has an item longer than ${maxItemLength} characters`);
  }
  return items.map((item) => item.trim()).filter((item) => item !== "");
}

function dateOf(place: string, field: string, text: string): string {
  const date = normalDate(text);
  if (date === null)
    throw invalid(
      place,
      `"${field}" must be a date such as 2026-12-01, or a timestamp such as 2026-12-01T09:00:00Z`,
      text,
    );
  return date;
}

function idOf(place: string, value: unknown): { id?: string } {
  const id = textOf(place, "id", value)?.trim();
  if (id === undefined) return {};
  if (/^[^\s\p{C}]{1,128}$/u.test(id)) return { id };
  throw invalid(place, '"id" must have 1 to 128 characters and no spaces');
}

/** An unknown status counts as pending and keeps its own name. */
function statusIn(place: string, value: unknown): Pick<NewTask, "status" | "rawStatus"> {
  const text = textOf(place, "status", value);
  if (text === undefined) return { status: "pending" };
  const status = parseTaskStatus(text);
  return status === null ? { status: "pending", rawStatus: text } : { status };
}

function priorityIn(place: string, value: unknown): TaskPriority {
  const text = textOf(place, "priority", value);
  const priority = text === undefined ? "none" : parseTaskPriority(text);
  if (priority === null) throw invalid(place, 'unknown "priority"', text);
  return priority;
}

function readItem(value: unknown, place: string): NewTask {
  const from = readObject(value);
  if (from === null) throw invalid(place, "not an object");
  const task: NewTask = {
    ...idOf(place, readFirst(from, ["id", "task_id"])),
    ...statusIn(place, from["status"]),
    title: "",
    priority: priorityIn(place, from["priority"]),
    assignees: list(place, "assignees", readFirst(from, ["assignees", "assignee"])),
    labels: list(place, "labels", readFirst(from, ["labels", "tags"])),
    dependsOn: list(
      place,
      "dependsOn",
      readFirst(from, ["dependsOn", "depends_on", "dependencies"]),
    ),
    inputs: list(place, "inputs", from["inputs"]),
    outputs: list(place, "outputs", from["outputs"]),
  };
  for (const [field, names] of textFields) {
    const text = textOf(place, field, readFirst(from, names));
    if (text === undefined) continue;
    task[field] = dateFields.has(field) ? dateOf(place, field, text) : text;
  }
  const title = textOf(place, "title", readFirst(from, ["title", "name"]));
  task.title = chooseTitle(title ?? "", task.description, "");
  if (task.title === "") throw invalid(place, '"title" is missing');
  return task;
}

/** Identifies a task without an id, whatever its status. */
const contentOf = ({ title, description = "" }: Pick<NewTask, "title" | "description">): string =>
  JSON.stringify([title.trim(), description.trim()]);

/** Splits tasks into known and new: by id, else by title and description. Each known task matches once. */
export function newAmong(
  known: readonly Task[],
  tasks: readonly NewTask[],
): { fresh: NewTask[]; there: Task[] } {
  const byId = new Map(known.map((task) => [task.id, task]));
  const byContent = new Map<string, Task[]>();
  for (const task of known) {
    const alike = byContent.get(contentOf(task));
    if (alike === undefined) byContent.set(contentOf(task), [task]);
    else alike.push(task);
  }
  const there: Task[] = [];
  const fresh = tasks.filter((task) => {
    const found =
      task.id === undefined ? byContent.get(contentOf(task))?.shift() : byId.get(task.id);
    if (found !== undefined) there.push(found);
    return found === undefined;
  });
  return { fresh, there };
}

/** Throws `import-invalid`, naming the file, the item and the field. */
export function importJson(text: string, file: string): NewTask[] {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw invalid(file, "not JSON", cause instanceof Error ? cause.message : "");
  }
  const items = Array.isArray(value) ? value : readObject(value)?.["tasks"];
  if (!Array.isArray(items)) throw invalid(file, "not an array of tasks");
  return items.map((item: unknown, index) => readItem(item, `${file}, task ${index + 1}`));
}

const checkBox = /^\s*(?:[-*+]|\d+[.)])\s+\[([ xX])\]\s/;

/** `- [ ] Title` is pending, `- [x] Title` is completed. Other lines are ignored. */
export function importMarkdown(text: string, file: string): NewTask[] {
  const tasks = text.split(/\r?\n/).flatMap((line): NewTask[] => {
    const match = checkBox.exec(line);
    const title = match === null ? "" : line.slice(match[0].length).trim();
    if (match === null || title === "") return [];
    const status = match[1] === " " ? "pending" : "completed";
    return [{ ...none, title: title.slice(0, maxTextLength), status, priority: "none" }];
  });
  if (tasks.length === 0)
    throw invalid(file, "has no tasks; a task is a line such as: - [ ] Title");
  return tasks;
}

/** Parses by file extension: `.json`, else Markdown. Throws `import-invalid`. */
export function importTasks(text: string, file: string): NewTask[] {
  const tasks = /\.json$/i.test(file) ? importJson(text, file) : importMarkdown(text, file);
  if (tasks.length > maxImported) throw invalid(file, `more than ${maxImported} tasks`);
  return tasks;
}
