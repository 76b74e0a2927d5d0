// Which task comes first, and why.

import { belongsToBranch, linker, type BranchLink } from "./branch-tasks.ts";
import { stuckIn } from "./cycles.ts";
import { findMe, nobodyKnown, personKey, type Identity } from "./identity.ts";
import type { BranchEnd } from "../git/git-state.ts";
import { isOpenTask, priorityRank, type Task, type TaskStatus } from "./task.ts";
import { daysUntil, dueDay, isOverdue, type Calendar, type LocalTime } from "../time.ts";

export const rankReasons = [
  "this-branch",
  "in-progress",
  "overdue",
  "due-soon",
  "priority",
  "age",
] as const;
export type RankReason = (typeof rankReasons)[number];

/** Whose a task is; `unknown` for one that has somebody where none of its source's people is known to be who asks. */
export type Owner = "mine" | "nobody" | "others" | "unknown";

export interface RankedTask {
  task: Task;
  /** What put it where it is, the weightiest first; never empty. */
  reasons: readonly RankReason[];
  /** Set for this branch's task. */
  link: BranchLink | null;
  owner: Owner;
  /** The ids in `dependsOn` that are not done, or of which nobody could say it. */
  waitsFor: readonly string[];
  /** Those of `waitsFor` that no source knows. Absent where there are none. */
  notKnown?: readonly string[];
  /** Tasks that wait for each other are among them: none of them can ever begin. */
  isInCycle?: boolean;
  /** The working tree in which another live session is on this task. */
  takenIn?: string;
  /** What became of the task's branch, where the task is still open. */
  branchEnd?: BranchEnd;
}

/** What is known of the people of one source. */
export interface SourcePeople {
  /** Those who have had tasks in it, as `personKey` or the source spells them. */
  names: readonly string[];
  /** What the source itself calls the person who asks. */
  me: readonly string[];
  /** Names of whoever signed in there, which the source may spell otherwise. */
  likely: readonly string[];
}

export interface RankContext {
  /** The branch checked out, null when detached or unknown. */
  branch: string | null;
  now: LocalTime;
  calendar: Calendar;
  /** The person who asks. */
  me?: Identity;
  /** By source; those who have the tasks that are ranked are known without. */
  people?: ReadonlyMap<string, SourcePeople>;
  /** Tasks that are not done beside those that are ranked, as `openKey` writes them. */
  open?: ReadonlySet<string>;
  /** Tasks that others depend on and that their source does not know, as `openKey` writes them. */
  unknown?: ReadonlySet<string>;
  /** By task id: the working tree where another live session is on it. */
  taken?: ReadonlyMap<string, string>;
  /** By branch: those whose work is over. */
  branchEnds?: ReadonlyMap<string, BranchEnd>;
}

/** One task among those of all sources. */
export const openKey = (source: string, id: string): string => `${source}\n${id}`;

/** A due day further off than this does not outweigh priority. */
export const dueSoonDays = 3;

const statusOrder: Record<TaskStatus, number> = {
  in_progress: 0,
  pending: 1,
  blocked: 2,
  completed: 3,
  cancelled: 4,
};

/** Who asks, among the people of one source. */
export interface Whose {
  ownerOf: (task: Pick<Task, "assignees">) => Owner;
  /** True where it is known which of the people asks, or that none of them does. */
  isKnown: boolean;
  /** Those of the people who are the person who asks, as the source spells them. */
  me: readonly string[];
  /** Somebody who may be the person who asks; null where that is known, or nobody fits. */
  maybe: string | null;
}

/** Tells whose the tasks of one source are. */
export function whoseIn(
  { me = nobodyKnown, people }: Pick<RankContext, "me" | "people">,
  source: string,
  tasks: Iterable<Pick<Task, "assignees">>,
): Whose {
  const known = people?.get(source) ?? { names: [], me: [], likely: [] };
  const names = [...known.names, ...[...tasks].flatMap(({ assignees }) => assignees)];
  const given = [...known.me, ...me.given];
  const likely = [...known.likely, ...me.likely];
  const found = findMe({ given, likely }, [...known.me, ...names]);
  const isKnown = found.me.size > 0 || given.length > 0;
  return {
    isKnown,
    me: [...new Set([...known.me, ...names])].filter((name) => found.me.has(personKey(name))),
    maybe: found.maybe,
    ownerOf: ({ assignees }) => {
      if (assignees.length === 0) return "nobody";
      if (!isKnown) return "unknown";
      return assignees.some((one) => found.me.has(personKey(one))) ? "mine" : "others";
    },
  };
}

interface Placed extends Pick<RankedTask, "notKnown" | "takenIn" | "branchEnd"> {
  task: Task;
  link: BranchLink | null;
  owner: Owner;
  waitsFor: readonly string[];
  /** Days until due when that is soon, else `Infinity`. */
  dueDays: number;
  isOverdue: boolean;
}

/** The branch that is a task's own: the one that it names, or one that is named after it. */
function endOf(task: Task, { branchEnds }: RankContext): BranchEnd | undefined {
  if (branchEnds === undefined || branchEnds.size === 0) return undefined;
  for (const [branch, end] of branchEnds) if (belongsToBranch(task, branch)) return end;
  return undefined;
}

function place(
  task: Task,
  { link, owner }: Pick<Placed, "link" | "owner">,
  stateOf: (task: Task, id: string) => "open" | "unknown" | "over",
  context: RankContext,
): Placed {
  const due = task.due === undefined ? null : dueDay(task.due, context.calendar);
  const days = due === null ? Number.POSITIVE_INFINITY : daysUntil(due, context.now);
  const states = task.dependsOn
    .filter((id) => id !== task.id)
    .map((id) => [id, stateOf(task, id)] as const);
  const notKnown = states.flatMap(([id, state]) => (state === "unknown" ? [id] : []));
  const takenIn = link === null ? context.taken?.get(task.id) : undefined;
  const branchEnd = endOf(task, context);
  return {
    task,
    link,
    owner,
    waitsFor: states.flatMap(([id, state]) => (state === "over" ? [] : [id])),
    dueDays: days <= dueSoonDays ? days : Number.POSITIVE_INFINITY,
    isOverdue: due !== null && isOverdue(due, context.now),
    ...(notKnown.length === 0 ? {} : { notKnown }),
    ...(takenIn === undefined ? {} : { takenIn }),
    ...(branchEnd === undefined ? {} : { branchEnd }),
  };
}

const compareNumbers = (left: number, right: number): number =>
  left === right ? 0 : left < right ? -1 : 1;
const compareText = (left: string, right: string): number =>
  left === right ? 0 : left < right ? -1 : 1;

/** A task that waits for another cannot be worked on any more than a blocked one. */
const orderOf = ({ task, waitsFor }: Placed): number =>
  statusOrder[waitsFor.length > 0 ? "blocked" : task.status];

/**
 * This branch's, of equal ids mine first; then what is mine; then what is free, or has somebody where nobody is known to
 * ask; then what others have.
 */
function groupOf({ link, owner }: Placed): number {
  if (link !== null && owner !== "others") return link === "maybe" && owner !== "mine" ? 0.5 : 0;
  return owner === "mine" ? 1 : owner === "others" ? 3 : 2;
}

/** True for what cannot be begun here: it waits, another session has it, or its branch is done with. */
export const isHeld = ({
  task,
  waitsFor,
  takenIn,
  branchEnd,
}: Pick<RankedTask, "task" | "waitsFor" | "takenIn" | "branchEnd">): boolean =>
  task.status === "blocked" ||
  waitsFor.length > 0 ||
  takenIn !== undefined ||
  branchEnd !== undefined;

function compare(left: Placed, right: Placed): number {
  // What is mine and cannot be begun comes after what is free and can be.
  return (
    compareNumbers(Number(isHeld(left)), Number(isHeld(right))) ||
    compareNumbers(groupOf(left), groupOf(right)) ||
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

/**
 * Pending tasks, the next one first: what can be begun before what is held (blocked by its status or by a task that is
 * not done, taken by another session, or left open although its branch is merged); then this branch's task, mine, what is
 * free, and what others have; within those started before waiting, what is due within three days, then priority, then age.
 * In a source where nobody is known to be the person who asks, what has somebody stands beside what is free.
 */
export function rankTasks(tasks: Iterable<Task>, context: RankContext): RankedTask[] {
  const pending = [...tasks].filter(isOpenTask);
  const listed = new Set(pending.map((task) => openKey(task.source, task.id)));
  const ids = new Set(pending.map(({ id }) => id));
  const stateOf = (task: Task, id: string): "open" | "unknown" | "over" => {
    const key = openKey(task.source, id);
    if (listed.has(key) || context.open?.has(key) === true) return "open";
    if (context.unknown?.has(key) !== true) return "over";
    // Another source has it.
    return ids.has(id) ? "open" : "unknown";
  };
  const linkOf = linker(pending, context.branch);
  const bySource = new Map<string, Whose>();
  for (const { source } of pending) {
    if (bySource.has(source)) continue;
    const own = pending.filter((task) => task.source === source);
    bySource.set(source, whoseIn(context, source, own));
  }
  const placed = pending.map((task) => {
    const owner = bySource.get(task.source)?.ownerOf(task) ?? "unknown";
    return place(task, { link: linkOf(task), owner }, stateOf, context);
  });
  const stuck = stuckIn(
    new Map(
      placed.flatMap(({ task: { id, source, status }, waitsFor }) =>
        waitsFor.length === 0 || status === "in_progress"
          ? []
          : [[openKey(source, id), waitsFor.map((one) => openKey(source, one))]],
      ),
    ),
  );
  return placed.toSorted(compare).map((given) => {
    const { dueDays: _days, isOverdue: _late, ...one } = given;
    const isInCycle = stuck.has(openKey(one.task.source, one.task.id));
    return { ...one, reasons: reasonsFor(given), ...(isInCycle ? { isInCycle } : {}) };
  });
}
