import { belongsToBranch, linker, type BranchLink } from "./branch-tasks.ts";
import { findStuck } from "./cycles.ts";
import type { Identity } from "./identity.ts";
import type { BranchEnd } from "../git/git-state.ts";
import { defined } from "../read.ts";
import { findOwnership, type Owner, type SourcePeople, type OwnerAssignment } from "./owners.ts";
import { ageKey, isOpenTask, priorityRank, type Task, type TaskStatus } from "./task.ts";
import { daysUntil, dueDay, isOverdue, type Calendar, type LocalTime } from "../time.ts";

export type RankReason =
  | "this-branch"
  | "in-progress"
  | "overdue"
  | "due-soon"
  | "priority"
  | "age";

export interface RankedTask {
  task: Task;
  /** The reasons for its rank, most important first; never empty. */
  reasons: readonly RankReason[];
  link: BranchLink | null;
  owner: Owner;
  /** The ids in `dependsOn` that are not done, or whose state is unknown. */
  waitsFor: readonly string[];
  /** The ids in `waitsFor` that no source knows. Absent if there are none. */
  notKnown?: readonly string[];
  /** True in a dependency cycle, or for a task that waits for one. */
  isInCycle?: boolean;
  takenIn?: string;
  branchEnd?: WorkOutcome;
}

/** `closed`: by the message of a commit in the default branch. */
export type WorkOutcome = BranchEnd | "closed";

export interface RankContext {
  branch: string | null;
  now: LocalTime;
  calendar: Calendar;
  me?: Identity;
  people?: ReadonlyMap<string, SourcePeople>;
  /** Open tasks besides the ranked ones, as `openKey` writes them. */
  open?: ReadonlySet<string>;
  /** Tasks that others depend on and that their source does not know, as `openKey` writes them. */
  unknown?: ReadonlySet<string>;
  taken?: ReadonlyMap<string, string>;
  branchEnds?: ReadonlyMap<string, BranchEnd>;
  /** By `openKey`: what git's history says of the work; null if it is not over. */
  workEnds?: ReadonlyMap<string, WorkOutcome | null>;
}

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

interface Placed extends Omit<RankedTask, "reasons" | "isInCycle"> {
  /** Days until due when that is soon, else `Infinity`. */
  dueDays: number;
  isOverdue: boolean;
}

function endOf(
  task: Task,
  { branchEnds = new Map(), workEnds = new Map() }: RankContext,
): WorkOutcome | undefined {
  const known = workEnds.get(openKey(task.source, task.id));
  if (known !== undefined) return known ?? undefined;
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
  const days = due === null ? Infinity : daysUntil(due, context.now);
  const waitsFor = task.dependsOn.filter((id) => id !== task.id && stateOf(task, id) !== "over");
  const notKnown = waitsFor.filter((id) => stateOf(task, id) === "unknown");
  return {
    task,
    link,
    owner,
    waitsFor,
    dueDays: days <= dueSoonDays ? days : Infinity,
    isOverdue: due !== null && isOverdue(due, context.now),
    ...defined({
      notKnown: notKnown.length === 0 ? undefined : notKnown,
      takenIn: link === null ? context.taken?.get(task.id) : undefined,
      branchEnd: endOf(task, context),
    }),
  };
}

/** A task that waits for another sorts as a blocked one. */
const orderOf = ({ task, waitsFor }: Placed): number =>
  statusOrder[waitsFor.length > 0 ? "blocked" : task.status];

/** In order: this branch's; the user's; unassigned, and all if the user is unknown; others'. */
function groupOf({ link, owner }: Placed): number {
  if (link !== null && owner !== "others") return link === "maybe" && owner !== "mine" ? 0.5 : 0;
  return owner === "mine" ? 1 : owner === "others" ? 3 : 2;
}

/** True for a task that cannot be worked on here: it waits, another session has it, or its branch is over. */
export const isWaiting = ({
  task,
  waitsFor,
  takenIn,
  branchEnd,
}: Pick<RankedTask, "task" | "waitsFor" | "takenIn" | "branchEnd">): boolean =>
  task.status === "blocked" ||
  waitsFor.length > 0 ||
  takenIn !== undefined ||
  branchEnd !== undefined;

/** Sort keys: the first that differ decide. A task without a date counts as the newest. */
const placeOf = (one: Placed): (string | number)[] => [
  Number(isWaiting(one)),
  groupOf(one),
  orderOf(one),
  one.dueDays,
  priorityRank(one.task.priority),
  ageKey(one.task),
  one.task.id,
  one.task.source,
];

function comparePlaces(left: readonly (string | number)[], right: typeof left): number {
  const at = left.findIndex((part, index) => part !== right[index]);
  return at < 0 ? 0 : (left[at] ?? 0) < (right[at] ?? 0) ? -1 : 1;
}

function reasonsFor({ task, link, dueDays, isOverdue: isLate }: Placed): RankReason[] {
  const reasons: RankReason[] = [
    ...(link === null ? [] : ["this-branch" as const]),
    ...(task.status === "in_progress" ? ["in-progress" as const] : []),
    ...(isLate ? ["overdue" as const] : dueDays === Infinity ? [] : ["due-soon" as const]),
    ...(task.priority === "none" ? [] : ["priority" as const]),
  ];
  return reasons.length === 0 ? ["age"] : reasons;
}

function stuckAmong(placed: readonly Placed[]): Set<string> {
  const waiting = placed.filter(
    ({ task, waitsFor }) => waitsFor.length > 0 && task.status !== "in_progress",
  );
  return findStuck(
    new Map(
      waiting.map(({ task: { id, source }, waitsFor }) => [
        openKey(source, id),
        waitsFor.map((one) => openKey(source, one)),
      ]),
    ),
  );
}

/**
 * Open tasks, the next one first: those that can be worked on before those that are held (blocked by status or by a task that is
 * not done, taken by another session, or left open although the branch is merged); then this branch's task, the user's,
 * unassigned ones, and those of others; within those, in progress before pending, due within three days, priority, age.
 * In a source that does not know the user, assigned tasks rank as unassigned ones do.
 */
export function rankTasks(tasks: Iterable<Task>, context: RankContext): RankedTask[] {
  const open = [...tasks].filter(isOpenTask);
  const listed = new Set(open.map((task) => openKey(task.source, task.id)));
  const ids = new Set(open.map(({ id }) => id));
  const stateOf = ({ source }: Task, id: string): "open" | "unknown" | "over" => {
    const key = openKey(source, id);
    if (listed.has(key) || context.open?.has(key) === true) return "open";
    if (context.unknown?.has(key) !== true) return "over";
    // Another source may list it.
    return ids.has(id) ? "open" : "unknown";
  };
  const linkOf = linker(open, context.branch);
  const bySource = new Map<string, OwnerAssignment>();
  for (const source of new Set(open.map((task) => task.source))) {
    const own = open.filter((task) => task.source === source);
    bySource.set(source, findOwnership(context, source, own));
  }
  const placed = open.map((task) => {
    const owner = bySource.get(task.source)?.ownerOf(task) ?? "unknown";
    return place(task, { link: linkOf(task), owner }, stateOf, context);
  });
  const stuck = stuckAmong(placed);
  return placed
    .map((one) => ({ one, place: placeOf(one) }))
    .toSorted((left, right) => comparePlaces(left.place, right.place))
    .map(({ one }) => {
      const { dueDays: _days, isOverdue: _late, ...ranked } = one;
      const isInCycle = stuck.has(openKey(one.task.source, one.task.id));
      return { ...ranked, reasons: reasonsFor(one), ...(isInCycle ? { isInCycle } : {}) };
    });
}
