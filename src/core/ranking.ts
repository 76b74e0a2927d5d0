// Which task comes first, and why.

import { isPending, priorityRank, type Task, type TaskStatus } from "./task.ts";
import { daysUntil, dueDay, type Calendar, type LocalTime } from "./time.ts";

export const rankReasons = [
  "this-branch",
  "in-progress",
  "overdue",
  "due-soon",
  "priority",
  "age",
] as const;
export type RankReason = (typeof rankReasons)[number];

/** How a task belongs to a branch: its id stands in the branch's name, or it names the branch itself. */
export type BranchLink = "id" | "field";

export interface RankedTask {
  task: Task;
  /** What put it where it is, the weightiest first; never empty. */
  reasons: readonly RankReason[];
  /** Set for this branch's task. */
  link: BranchLink | null;
  /** The ids in `dependsOn` that are not done, as far as they are known. */
  waitsFor: readonly string[];
}

export interface RankContext {
  /** The branch checked out, null when detached or unknown. */
  branch: string | null;
  now: LocalTime;
  calendar: Calendar;
  /** Tasks that are not done beside those that are ranked, as `openKey` writes them. */
  open?: ReadonlySet<string>;
}

/** One task among those of all sources. */
export const openKey = (source: string, id: string): string => `${source}\n${id}`;

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
function branchMatcher(
  branch: string | null,
): (task: { id: string; branch?: string }) => BranchLink | null {
  if (branch === null) return () => null;
  const ids = new Set(idsInBranch(branch).map((id) => id.toLowerCase()));
  return (task) => {
    if (task.branch !== undefined) return task.branch === branch ? "field" : null;
    return ids.has(task.id.replace(/^#/, "").toLowerCase()) ? "id" : null;
  };
}

/** True when the branch is the task's own, or names its id. */
export function belongsToBranch(
  task: { id: string; branch?: string },
  branch: string | null,
): boolean {
  return branchMatcher(branch)(task) !== null;
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
  link: BranchLink | null;
  waitsFor: readonly string[];
  /** Days until due when that is soon, else `Infinity`. */
  dueDays: number;
}

function place(
  task: Task,
  link: BranchLink | null,
  isOpen: (key: string) => boolean,
  context: RankContext,
): Placed {
  const due = task.due === undefined ? null : dueDay(task.due, context.calendar);
  const days = due === null ? Number.POSITIVE_INFINITY : daysUntil(due, context.now);
  return {
    task,
    link,
    waitsFor: task.dependsOn.filter((id) => id !== task.id && isOpen(openKey(task.source, id))),
    dueDays: days <= dueSoonDays ? days : Number.POSITIVE_INFINITY,
  };
}

const compareNumbers = (left: number, right: number): number =>
  left === right ? 0 : left < right ? -1 : 1;
const compareText = (left: string, right: string): number =>
  left === right ? 0 : left < right ? -1 : 1;

/** What waits for another task cannot be begun any more than what is blocked. */
const orderOf = ({ task, waitsFor }: Placed): number =>
  statusOrder[task.status === "pending" && waitsFor.length > 0 ? "blocked" : task.status];

function compare(left: Placed, right: Placed): number {
  return (
    compareNumbers(left.link === null ? 1 : 0, right.link === null ? 1 : 0) ||
    compareNumbers(orderOf(left), orderOf(right)) ||
    compareNumbers(left.dueDays, right.dueDays) ||
    compareNumbers(priorityRank(left.task.priority), priorityRank(right.task.priority)) ||
    compareText(left.task.createdAt ?? "~", right.task.createdAt ?? "~") ||
    compareText(left.task.id, right.task.id) ||
    compareText(left.task.source, right.task.source)
  );
}

function reasonsFor({ task, link, dueDays }: Placed): RankReason[] {
  const reasons: RankReason[] = [];
  if (link !== null) reasons.push("this-branch");
  if (task.status === "in_progress") reasons.push("in-progress");
  if (dueDays < 0) reasons.push("overdue");
  else if (dueDays !== Number.POSITIVE_INFINITY) reasons.push("due-soon");
  if (task.priority !== "none") reasons.push("priority");
  if (reasons.length === 0) reasons.push("age");
  return reasons;
}

/**
 * Pending tasks, the next one first: this branch's task, then started before waiting before blocked (by its status, or
 * by a task that it depends on and that is not done); within those what is due within three days, then priority, then
 * age.
 */
export function rankTasks(tasks: Iterable<Task>, context: RankContext): RankedTask[] {
  const pending = [...tasks].filter(isPending);
  const listed = new Set(pending.map((task) => openKey(task.source, task.id)));
  const isOpen = (key: string): boolean => listed.has(key) || (context.open?.has(key) ?? false);
  const linkOf = branchMatcher(context.branch);
  return pending
    .map((task) => place(task, linkOf(task), isOpen, context))
    .toSorted(compare)
    .map((one) => ({
      task: one.task,
      reasons: reasonsFor(one),
      link: one.link,
      waitsFor: one.waitsFor,
    }));
}
