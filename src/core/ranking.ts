// Which task comes first, and why.

import { isPending, priorityRank } from "./task.ts";
import type { Task, TaskStatus } from "./task.ts";
import { daysUntil, dueDay } from "./words.ts";
import type { Calendar, LocalTime } from "./words.ts";

export const rankReasons = [
  "this-branch",
  "in-progress",
  "overdue",
  "due-soon",
  "priority",
  "age",
] as const;
export type RankReason = (typeof rankReasons)[number];

export interface RankedTask {
  task: Task;
  /** What put it where it is, the weightiest first; never empty. */
  reasons: readonly RankReason[];
}

export interface RankContext {
  /** The branch checked out, null when detached or unknown. */
  branch: string | null;
  now: LocalTime;
  calendar: Calendar;
}

/** A due day further off than this does not outweigh priority. */
export const dueSoonDays = 3;

const branchToken = /[A-Za-z][A-Za-z0-9]*-\d+|\d+/g;

/** The task ids that a branch name may hold: `feature/TASK-51-login` gives `TASK-51` and `51`. */
export function idsInBranch(branch: string): string[] {
  const ids = new Set<string>();
  for (const [token] of branch.slice(0, 255).matchAll(branchToken)) {
    ids.add(token);
    const digits = /\d+$/.exec(token);
    if (digits !== null) ids.add(digits[0]);
  }
  return [...ids];
}

/** Tells the tasks of a branch: it is their own, or names their id. */
function branchMatcher(branch: string | null): (task: Pick<Task, "id" | "branch">) => boolean {
  if (branch === null) return () => false;
  const ids = new Set(idsInBranch(branch).map((id) => id.toLowerCase()));
  return (task) =>
    task.branch === undefined
      ? ids.has(task.id.replace(/^#/, "").toLowerCase())
      : task.branch === branch;
}

/** True when the branch is the task's own, or names its id. */
export function belongsToBranch(task: Pick<Task, "id" | "branch">, branch: string | null): boolean {
  return branchMatcher(branch)(task);
}

const statusOrder: Record<TaskStatus, number> = {
  in_progress: 0,
  pending: 1,
  blocked: 2,
  completed: 3,
  cancelled: 4,
};

interface Placed {
  task: Task;
  onBranch: boolean;
  /** Days until due when that is soon, else `Infinity`. */
  dueDays: number;
}

function place(task: Task, onBranch: boolean, context: RankContext): Placed {
  const due = task.due === undefined ? null : dueDay(task.due, context.calendar);
  const days = due === null ? Number.POSITIVE_INFINITY : daysUntil(due, context.now);
  return {
    task,
    onBranch,
    dueDays: days <= dueSoonDays ? days : Number.POSITIVE_INFINITY,
  };
}

const compareNumbers = (left: number, right: number): number =>
  left === right ? 0 : left < right ? -1 : 1;
const compareText = (left: string, right: string): number =>
  left === right ? 0 : left < right ? -1 : 1;

function compare(left: Placed, right: Placed): number {
  return (
    compareNumbers(left.onBranch ? 0 : 1, right.onBranch ? 0 : 1) ||
    compareNumbers(statusOrder[left.task.status], statusOrder[right.task.status]) ||
    compareNumbers(left.dueDays, right.dueDays) ||
    compareNumbers(priorityRank(left.task.priority), priorityRank(right.task.priority)) ||
    compareText(left.task.createdAt ?? "~", right.task.createdAt ?? "~") ||
    compareText(left.task.id, right.task.id) ||
    compareText(left.task.source, right.task.source)
  );
}

function reasonsFor({ task, onBranch, dueDays }: Placed): RankReason[] {
  const reasons: RankReason[] = [];
  if (onBranch) reasons.push("this-branch");
  if (task.status === "in_progress") reasons.push("in-progress");
  if (dueDays < 0) reasons.push("overdue");
  else if (dueDays !== Number.POSITIVE_INFINITY) reasons.push("due-soon");
  if (task.priority !== "none") reasons.push("priority");
  if (reasons.length === 0) reasons.push("age");
  return reasons;
}

/**
 * Pending tasks, the next one first: this branch's task, then started before waiting before blocked; within those what
 * is due within three days, then priority, then age.
 */
export function rankTasks(tasks: Iterable<Task>, context: RankContext): RankedTask[] {
  const placed: Placed[] = [];
  const isOnBranch = branchMatcher(context.branch);
  for (const task of tasks) {
    if (isPending(task)) placed.push(place(task, isOnBranch(task), context));
  }
  return placed.toSorted(compare).map((one) => ({ task: one.task, reasons: reasonsFor(one) }));
}
