// A task out of JSON: from a cache row, from a file to import. Anything of another shape is left out.

import { readObject, readOneOf, readString, readStrings } from "./read.ts";
import { taskPriorities, taskStatuses, titleOf } from "./task.ts";
import type { Task } from "./task.ts";

const optionalTexts = [
  "description",
  "rawStatus",
  "due",
  "createdAt",
  "updatedAt",
  "completedAt",
  "url",
  "project",
  "branch",
  "parent",
  "category",
  "estimatedEffort",
  "completionNotes",
] as const;

/** The task in `value`, or null when it has no id, no known status or no known priority. */
export function readTask(value: unknown): Task | null {
  const from = readObject(value);
  if (from === null) return null;
  const id = readString(from["id"]);
  const status = readOneOf(from["status"], taskStatuses);
  const priority = readOneOf(from["priority"], taskPriorities);
  if (id === undefined || id === "" || status === undefined || priority === undefined) return null;
  const task: Task = {
    id,
    source: readString(from["source"]) ?? "",
    title: titleOf(readString(from["title"]) ?? "", readString(from["description"]), id),
    status,
    priority,
    assignees: readStrings(from["assignees"]),
    labels: readStrings(from["labels"]),
    dependsOn: readStrings(from["dependsOn"]),
    inputs: readStrings(from["inputs"]),
    outputs: readStrings(from["outputs"]),
  };
  for (const key of optionalTexts) {
    const text = readString(from[key]);
    if (text !== undefined) task[key] = text;
  }
  return task;
}
