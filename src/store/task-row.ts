import type { Insertable, Selectable } from "kysely";
import { parseJson, readOneOf, readStrings } from "../core/read.ts";
import { priorityRank, taskPriorities, taskStatuses } from "../core/task/task.ts";
import type { NewTask, Task } from "../core/task/task.ts";
import type { ProjectKey, TaskTable } from "./database/connection.ts";
import type { TaskColumns } from "./task-queries.ts";

const optionalColumns = [
  ["description", "description"],
  ["rawStatus", "raw_status"],
  ["due", "due"],
  ["completedAt", "completed_at"],
  ["url", "url"],
  ["branch", "branch"],
  ["parent", "parent"],
  ["category", "category"],
  ["estimatedEffort", "estimated_effort"],
  ["completionNotes", "completion_notes"],
] as const;

const list = (text: string): string[] => (text === "[]" ? [] : readStrings(parseJson(text)));

/** The columns that a task has in another form: enumerated words, and lists. */
export const readColumns = (row: TaskColumns) => ({
  status: readOneOf(row.status, taskStatuses) ?? ("pending" as const),
  priority: readOneOf(row.priority, taskPriorities) ?? ("none" as const),
  assignees: list(row.assignees),
  labels: list(row.labels),
  dependsOn: list(row.depends_on),
  inputs: list(row.inputs),
  outputs: list(row.outputs),
});

export function taskFromRow(row: Selectable<TaskTable>, source: string): Task {
  const { status, priority, ...lists } = readColumns(row);
  const task: Task = {
    id: row.id,
    source,
    project: row.project,
    title: row.title,
    status,
    priority,
    ...lists,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
  for (const [key, column] of optionalColumns) {
    const value = row[column];
    if (value !== null) task[key] = value;
  }
  return task;
}

/** Sorts after every date: `~` comes after digits and letters. */
const noDate = "~";

/** `recomputeHeld` sets `held` afterwards. */
export function rowFromTask(
  task: NewTask & { id: string },
  { organization, project }: ProjectKey,
  now: string,
): Insertable<TaskTable> {
  const row: Insertable<TaskTable> = {
    organization,
    project,
    id: task.id,
    title: task.title,
    status: task.status,
    priority: task.priority,
    priority_rank: priorityRank(task.priority),
    assignees: JSON.stringify(task.assignees),
    labels: JSON.stringify(task.labels),
    depends_on: JSON.stringify(task.dependsOn),
    inputs: JSON.stringify(task.inputs),
    outputs: JSON.stringify(task.outputs),
    due_key: task.due ?? noDate,
    created_at: task.createdAt ?? now,
    updated_at: now,
    held: 0,
  };
  for (const [key, column] of optionalColumns) row[column] = task[key] ?? null;
  return row;
}
