// The words that servers and people use for our states and priorities.

import { taskPriorities, taskStatuses, type TaskPriority, type TaskStatus } from "./task.ts";

const statusWords = new Map<string, TaskStatus>(
  Object.entries({
    todo: "pending",
    "to do": "pending",
    open: "pending",
    new: "pending",
    backlog: "pending",
    ready: "pending",
    "not started": "pending",
    doing: "in_progress",
    started: "in_progress",
    active: "in_progress",
    wip: "in_progress",
    "in progress": "in_progress",
    "on hold": "blocked",
    waiting: "blocked",
    done: "completed",
    closed: "completed",
    complete: "completed",
    resolved: "completed",
    finished: "completed",
    canceled: "cancelled",
    abandoned: "cancelled",
    duplicate: "cancelled",
    wontfix: "cancelled",
  } as const),
);

const priorityWords = new Map<string, TaskPriority>(
  Object.entries({
    critical: "urgent",
    highest: "urgent",
    blocker: "urgent",
    major: "high",
    important: "high",
    normal: "medium",
    moderate: "medium",
    minor: "low",
    lowest: "low",
    trivial: "low",
    "no priority": "none",
  } as const),
);

const plain = (word: string): string =>
  word
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, " ");

/** Our status for a word, or null when it is none that is known. */
export function statusOf(word: string): TaskStatus | null {
  const text = plain(word);
  return taskStatuses.find((status) => plain(status) === text) ?? statusWords.get(text) ?? null;
}

/** Our priority for a word, or null when it is none that is known. */
export function priorityOf(word: string): TaskPriority | null {
  const text = plain(word);
  return taskPriorities.find((priority) => priority === text) ?? priorityWords.get(text) ?? null;
}
