// Which task comes first, and why.

import { isPending, priorityRank, type Task, type TaskStatus } from "./task.ts";
import { daysUntil, dueDay, isOverdue, type Calendar, type LocalTime } from "./time.ts";

export const rankReasons = [
  "this-branch",
  "in-progress",
  "overdue",
  "due-soon",
  "priority",
  "age",
] as const;
export type RankReason = (typeof rankReasons)[number];

/**
 * How a task belongs to a branch: its id stands in the branch's name, or it names the branch itself. `maybe`: its id
 * stands there, and so does that of a task of another source.
 */
export type BranchLink = "id" | "field" | "maybe";

/** Whose a task is; `unknown` for one that has somebody while none is known to be of the person who asks. */
export type Owner = "mine" | "nobody" | "others" | "unknown";

export interface RankedTask {
  task: Task;
  /** What put it where it is, the weightiest first; never empty. */
  reasons: readonly RankReason[];
  /** Set for this branch's task. */
  link: BranchLink | null;
  owner: Owner;
  /** The ids in `dependsOn` that are not done, as far as they are known. */
  waitsFor: readonly string[];
  /** Tasks that wait for each other are among them: none of them can ever begin. */
  isInRing?: true;
}

export interface RankContext {
  /** The branch checked out, null when detached or unknown. */
  branch: string | null;
  now: LocalTime;
  calendar: Calendar;
  /** What the sources may call the person who asks; empty where that is not known. */
  me?: readonly string[];
  /** Tasks that are not done beside those that are ranked, as `openKey` writes them. */
  open?: ReadonlySet<string>;
}

/** One task among those of all sources. */
export const openKey = (source: string, id: string): string => `${source}\n${id}`;

/** A due day further off than this does not outweigh priority. */
export const dueSoonDays = 3;

/** A tracker's own key, `TASK-51`: whole, and no part of a date. */
const prefixedId = /(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9]*-\d+(?![A-Za-z0-9]|[-.]\d+(?:[-_/.]|$))/g;
/** A number that stands for itself: behind `#`, at the head of a part of the path, or behind a word for a task. */
const bareNumber =
  /(?:#|(?:^|\/)(?:(?:issue|issues|gh|bug|fix|ticket|task|story|feature|feat)[-_]?)?)(\d+)(?=[-_/]|$)(?![-_.]\d)/g;
/** Below these a number is a version or a date. */
const releases = /^(?:releases?|rel|versions?|v|hotfix(?:es)?)\//i;

/** The task ids that a branch name may hold: `feature/TASK-51-login` gives `TASK-51`, `fix/51-login` gives `51`. */
export function idsInBranch(branch: string): string[] {
  const text = branch.slice(0, 255);
  const numbers = releases.test(text)
    ? []
    : [...text.matchAll(bareNumber)].map(([, id = ""]) => id);
  return [...new Set([...text.matchAll(prefixedId)].map(([id]) => id).concat(numbers))];
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

/** One spelling for a person: without `@`, in lower case. */
export const personKey = (name: string): string => name.trim().replace(/^@/, "").toLowerCase();

/** Tells whose a task is, for the person whom the sources call by these names. */
export function ownerOf(me: readonly string[]): (task: Pick<Task, "assignees">) => Owner {
  const names = new Set(me.map(personKey));
  return ({ assignees }) => {
    if (assignees.length === 0) return "nobody";
    if (names.size === 0) return "unknown";
    return assignees.some((one) => names.has(personKey(one))) ? "mine" : "others";
  };
}

interface Placed {
  task: Task;
  link: BranchLink | null;
  owner: Owner;
  waitsFor: readonly string[];
  /** Days until due when that is soon, else `Infinity`. */
  dueDays: number;
  isOverdue: boolean;
}

function place(
  task: Task,
  { link, owner }: Pick<Placed, "link" | "owner">,
  isOpen: (key: string) => boolean,
  context: RankContext,
): Placed {
  const due = task.due === undefined ? null : dueDay(task.due, context.calendar);
  const days = due === null ? Number.POSITIVE_INFINITY : daysUntil(due, context.now);
  return {
    task,
    link,
    owner,
    waitsFor: task.dependsOn.filter((id) => id !== task.id && isOpen(openKey(task.source, id))),
    dueDays: days <= dueSoonDays ? days : Number.POSITIVE_INFINITY,
    isOverdue: due !== null && isOverdue(due, context.now),
  };
}

const compareNumbers = (left: number, right: number): number =>
  left === right ? 0 : left < right ? -1 : 1;
const compareText = (left: string, right: string): number =>
  left === right ? 0 : left < right ? -1 : 1;

/** What waits for another task cannot be begun any more than what is blocked. */
const orderOf = ({ task, waitsFor }: Placed): number =>
  statusOrder[task.status === "pending" && waitsFor.length > 0 ? "blocked" : task.status];

/** This branch's, of equal ids mine first; then what is mine, then what is free, then what others have. */
function groupOf({ link, owner }: Placed): number {
  if (link !== null) return link === "maybe" && owner !== "mine" ? 0.5 : 0;
  return owner === "mine" ? 1 : owner === "nobody" ? 2 : 3;
}

/** Where nobody is known to ask, what is free and what somebody has stand together. */
function compare(left: Placed, right: Placed, isKnown: boolean): number {
  const [one, other] = isKnown
    ? [groupOf(left), groupOf(right)]
    : [left, right].map(({ link }) => (link === null ? 1 : 0));
  // What is mine and cannot be begun comes after what is free and can be.
  const isLate = (placed: Placed): number =>
    placed.link === null && orderOf(placed) === statusOrder.blocked ? 1 : 0;
  return (
    compareNumbers(isLate(left), isLate(right)) ||
    compareNumbers(one ?? 0, other ?? 0) ||
    compareNumbers(orderOf(left), orderOf(right)) ||
    compareNumbers(left.dueDays, right.dueDays) ||
    compareNumbers(priorityRank(left.task.priority), priorityRank(right.task.priority)) ||
    compareText(left.task.createdAt ?? "~", right.task.createdAt ?? "~") ||
    compareText(left.task.id, right.task.id) ||
    compareText(left.task.source, right.task.source)
  );
}

function reasonsFor({ task, link, dueDays, isOverdue: isLate }: Placed): RankReason[] {
  const reasons: RankReason[] = [];
  if (link !== null) reasons.push("this-branch");
  if (task.status === "in_progress") reasons.push("in-progress");
  if (isLate) reasons.push("overdue");
  else if (dueDays !== Number.POSITIVE_INFINITY) reasons.push("due-soon");
  if (task.priority !== "none") reasons.push("priority");
  if (reasons.length === 0) reasons.push("age");
  return reasons;
}

/** What is left once all that can come free has: the tasks in a ring, and those that wait for one. */
function ringOf(placed: readonly Placed[]): ReadonlySet<Placed> {
  const keyOf = ({ task }: Placed): string => openKey(task.source, task.id);
  const stuck = new Map<string, Placed>();
  for (const one of placed)
    if (one.waitsFor.length > 0 && one.task.status !== "in_progress") stuck.set(keyOf(one), one);
  const waiting = new Map<string, Placed[]>();
  const blockers = new Map<Placed, number>();
  for (const one of stuck.values()) {
    const keys = one.waitsFor.map((id) => openKey(one.task.source, id));
    const known = [...new Set(keys)].filter((key) => stuck.has(key));
    blockers.set(one, known.length);
    for (const key of known) {
      const others = waiting.get(key);
      if (others === undefined) waiting.set(key, [one]);
      else others.push(one);
    }
  }
  const free = [...stuck.values()].filter((one) => blockers.get(one) === 0);
  for (let one = free.pop(); one !== undefined; one = free.pop()) {
    const key = keyOf(one);
    stuck.delete(key);
    for (const other of waiting.get(key) ?? []) {
      const left = (blockers.get(other) ?? 0) - 1;
      blockers.set(other, left);
      if (left === 0) free.push(other);
    }
  }
  return new Set(stuck.values());
}

/**
 * Pending tasks, the next one first: this branch's task; then what can be begun before what is blocked (by its status,
 * or by a task that it depends on and that is not done); then, where it is known who asks, mine before free before
 * others'; within those started before waiting, what is due within three days, then priority, then age.
 */
export function rankTasks(tasks: Iterable<Task>, context: RankContext): RankedTask[] {
  const pending = [...tasks].filter(isPending);
  const listed = new Set(pending.map((task) => openKey(task.source, task.id)));
  const isOpen = (key: string): boolean => listed.has(key) || (context.open?.has(key) ?? false);
  const matches = branchMatcher(context.branch);
  const named = new Set(
    pending.filter((task) => matches(task) === "id").map(({ source }) => source),
  );
  const linkOf = (task: Task): BranchLink | null => {
    const link = matches(task);
    return link === "id" && named.size > 1 ? "maybe" : link;
  };
  const { me = [] } = context;
  const isMine = ({ assignees }: Task): boolean => ownerOf(me)({ assignees }) === "mine";
  // Names that no task has say nothing: the sources may spell them otherwise, and what is mine is not "others'" then.
  const whose = ownerOf(pending.some(isMine) ? me : []);
  const placed = pending.map((task) =>
    place(task, { link: linkOf(task), owner: whose(task) }, isOpen, context),
  );
  const ring = placed.some(({ waitsFor }) => waitsFor.length > 0) ? ringOf(placed) : null;
  return placed
    .toSorted((left, right) => compare(left, right, me.length > 0))
    .map((one) => ({
      task: one.task,
      reasons: reasonsFor(one),
      link: one.link,
      owner: one.owner,
      waitsFor: one.waitsFor,
      ...(ring?.has(one) === true ? { isInRing: true } : {}),
    }));
}
