// Tasks out of a file that somebody wrote: a JSON array, or the check boxes of a Markdown list.

import { SitrepError } from "./errors.ts";
import { readObject, readString, readStrings } from "./read.ts";
import type { JsonObject } from "./read.ts";
import { priorityOf, statusOf } from "./synonyms.ts";
import { titleOf } from "./task.ts";
import type { NewTask } from "./task.ts";

export const mostImported = 10_000;
const longestText = 65_536;

const none = { assignees: [], labels: [], dependsOn: [], inputs: [], outputs: [] } as const;

function invalid(place: string, what: string): SitrepError {
  return new SitrepError("import-invalid", `${place}: ${what}`, {
    hint: "Nothing was imported. Correct the file and run the command again.",
  });
}

/** Our name and the ones that other tools give the same field. */
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
] as const;

function firstOf(from: JsonObject, names: readonly string[]): unknown {
  return names.map((name) => from[name]).find((value) => value !== undefined && value !== null);
}

function list(value: unknown): string[] {
  if (typeof value === "string") {
    return value
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "");
  }
  return readStrings(value);
}

function date(place: string, name: string, text: string): string {
  if (Number.isNaN(Date.parse(text))) throw invalid(place, `"${name}" is no date: ${text}`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : new Date(text).toISOString();
}

function idOf(place: string, value: unknown): { id?: string } {
  if (value === undefined) return {};
  const id = typeof value === "number" ? String(value) : readString(value)?.trim();
  if (id === undefined || !/^[^\s]{1,128}$/.test(id)) {
    throw invalid(place, '"id" must be a text without spaces of at most 128 characters');
  }
  return { id };
}

function word<T>(
  place: string,
  name: string,
  value: unknown,
  meaning: (text: string) => T | null,
  fallback: T,
): T {
  if (value === undefined) return fallback;
  const found = meaning(String(value));
  if (found === null) throw invalid(place, `"${name}" is not known: ${String(value)}`);
  return found;
}

function readItem(value: unknown, place: string): NewTask {
  const from = readObject(value);
  if (from === null) throw invalid(place, "not an object");
  const title = firstOf(from, ["title", "name"]);
  if (title !== undefined && typeof title !== "string") throw invalid(place, '"title" is no text');
  const task: NewTask = {
    ...none,
    ...idOf(place, firstOf(from, ["id", "task_id"])),
    title: "",
    status: word(place, "status", from["status"] ?? undefined, statusOf, "pending"),
    priority: word(place, "priority", from["priority"] ?? undefined, priorityOf, "none"),
    assignees: list(firstOf(from, ["assignees", "assignee"])),
    labels: list(firstOf(from, ["labels", "tags"])),
    dependsOn: list(firstOf(from, ["dependsOn", "depends_on", "dependencies"])),
    inputs: list(from["inputs"]),
    outputs: list(from["outputs"]),
  };
  for (const [field, names] of textFields) {
    const found = firstOf(from, names);
    if (found === undefined) continue;
    const text = typeof found === "number" ? String(found) : readString(found);
    if (text === undefined) throw invalid(place, `"${field}" is no text`);
    if (text.length > longestText)
      throw invalid(place, `"${field}" is longer than ${longestText} characters`);
    const isDate = field === "due" || field === "createdAt" || field === "completedAt";
    task[field] = isDate ? date(place, field, text) : text;
  }
  task.title = titleOf(title ?? "", task.description, "");
  if (task.title === "") throw invalid(place, '"title" is missing');
  return task;
}

/** The tasks of a JSON array. Throws `import-invalid`, naming the file, the item and the field. */
export function importJson(text: string, file: string): NewTask[] {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw invalid(file, `not JSON (${cause instanceof Error ? cause.message : "?"})`);
  }
  const items = Array.isArray(value) ? value : readObject(value)?.["tasks"];
  if (!Array.isArray(items)) throw invalid(file, "not an array of tasks");
  return items.map((item: unknown, index) => readItem(item, `${file}, task ${index + 1}`));
}

const checkBox = /^\s*(?:[-*+]|\d+[.)])\s+\[([ xX])\]\s+(.+?)\s*$/;

/** The tasks of a Markdown list: `- [ ] Title` waits, `- [x] Title` is completed. Other lines are passed over. */
export function importMarkdown(text: string, file: string): NewTask[] {
  const tasks = text.split(/\r?\n/).flatMap((line): NewTask[] => {
    const match = checkBox.exec(line);
    if (match?.[2] === undefined) return [];
    const status = match[1] === " " ? "pending" : "completed";
    return [{ ...none, title: match[2], status, priority: "none" }];
  });
  if (tasks.length === 0)
    throw invalid(file, "no task found; a task is a line such as: - [ ] Title");
  return tasks;
}

/** By the file's ending: `.json`, else Markdown. Throws `import-invalid`. */
export function importTasks(text: string, file: string): NewTask[] {
  const tasks = /\.json$/i.test(file) ? importJson(text, file) : importMarkdown(text, file);
  if (tasks.length > mostImported) throw invalid(file, `more than ${mostImported} tasks`);
  return tasks;
}
