// The task as every part of Sitrep sees it.

import { oneOf, or, readString, readStrings, shape } from "../read.ts";

export const taskStatuses = [
  "pending",
  "in_progress",
  "blocked",
  "completed",
  "cancelled",
] as const;
export type TaskStatus = (typeof taskStatuses)[number];

/** From the most to the least pressing; `none` is a task without a priority. */
export const taskPriorities = ["urgent", "high", "medium", "low", "none"] as const;
export type TaskPriority = (typeof taskPriorities)[number];

/** One piece of work. Instants are ISO 8601 in UTC; `due` may also be a bare date (`2026-12-01`). */
export interface Task {
  /** The server's own key. */
  id: string;
  source: string;
  title: string;
  description?: string;
  status: TaskStatus;
  /** The server's word, where it is not one of ours. */
  rawStatus?: string;
  priority: TaskPriority;
  /** The server's word, where it is not one of ours. */
  rawPriority?: string;
  assignees: readonly string[];
  labels: readonly string[];
  due?: string;
  /** The server's text, where it is not one unambiguous date. */
  rawDue?: string;
  createdAt?: string;
  updatedAt?: string;
  completedAt?: string;
  url?: string;
  project?: string;
  branch?: string;
  parent?: string;
  dependsOn: readonly string[];
  category?: string;
  estimatedEffort?: string;
  inputs: readonly string[];
  outputs: readonly string[];
  completionNotes?: string;
}

/** Without an id it gets the next one. */
export type NewTask = Omit<Task, "id" | "source" | "project" | "rawPriority" | "rawDue"> & {
  id?: string;
};

/** True for a task that is not over, whether pending, in progress or blocked. */
export function isOpenTask(task: Pick<Task, "status">): boolean {
  return task.status !== "completed" && task.status !== "cancelled";
}

/** 0 for `urgent` to 4 for `none`: smaller is more pressing. */
export function priorityRank(priority: TaskPriority): number {
  return taskPriorities.indexOf(priority);
}

/** Over a whole answer, not only the tasks shown. */
export type TaskCounts = Record<TaskStatus, number>;

export const noTasks = (): TaskCounts => ({
  pending: 0,
  in_progress: 0,
  blocked: 0,
  completed: 0,
  cancelled: 0,
});

export const openCount = (counts: TaskCounts): number =>
  counts.pending + counts.in_progress + counts.blocked;

export function countByStatus(tasks: Iterable<Pick<Task, "status">>): TaskCounts {
  const counts = noTasks();
  for (const task of tasks) counts[task.status] += 1;
  return counts;
}

/** The title, else the first line of the description, else the id. */
export function titleOf(title: string, description: string | undefined, id: string): string {
  const own = title.trim();
  if (own !== "") return own;
  const firstLine = (description ?? "").trim().split("\n", 1)[0]?.trim() ?? "";
  return firstLine === "" ? id : firstLine;
}

const allowed: Record<TaskStatus, readonly TaskStatus[]> = {
  pending: ["in_progress", "blocked", "completed", "cancelled"],
  in_progress: ["pending", "blocked", "completed", "cancelled"],
  blocked: ["pending", "in_progress", "completed", "cancelled"],
  completed: [],
  cancelled: ["pending"],
};

export const movesFrom = (from: TaskStatus): readonly TaskStatus[] => allowed[from];

export function canMove(from: TaskStatus, to: TaskStatus): boolean {
  return allowed[from].includes(to);
}

const isNotEmpty = (value: unknown): string | undefined => readString(value) || undefined;

const readFields = shape(
  {
    id: isNotEmpty,
    source: or(readString, ""),
    title: or(readString, ""),
    status: oneOf(taskStatuses),
    priority: oneOf(taskPriorities),
    assignees: readStrings,
    labels: readStrings,
    dependsOn: readStrings,
    inputs: readStrings,
    outputs: readStrings,
  },
  {
    description: readString,
    rawStatus: readString,
    rawPriority: readString,
    due: readString,
    rawDue: readString,
    createdAt: readString,
    updatedAt: readString,
    completedAt: readString,
    url: readString,
    project: readString,
    branch: readString,
    parent: readString,
    category: readString,
    estimatedEffort: readString,
    completionNotes: readString,
  },
);

/** Null without an id, a known status and a known priority. */
export function readTask(value: unknown): Task | null {
  const task = readFields(value);
  if (task === undefined) return null;
  return { ...task, title: titleOf(task.title, task.description, task.id) };
}
