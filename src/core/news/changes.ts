import { defined } from "../read.ts";
import { isOpenTask, priorityRank, type Task, type TaskStatus } from "../task/task.ts";

const compared = ["title", "status", "priority", "due"] as const;

/** `branch` is not compared: it says whose work a change concerns. */
export type TaskState = Pick<Task, (typeof compared)[number] | "assignees" | "branch">;

/** One task before and after. `before` null: new; `after` null: no longer listed, for an unknown reason. */
export interface TaskChange {
  source: string;
  taskId: string;
  before: TaskState | null;
  after: TaskState | null;
  /** True for a new task that was listed before. */
  isBack?: true;
  /** When its last step was noticed, epoch milliseconds. Absent where unknown. */
  at?: number;
}

export const kindText = {
  new: "is new",
  relisted: "is listed again",
  completed: "is completed",
  cancelled: "is cancelled",
  gone: "is no longer listed",
  reopened: "is open again",
  unblocked: "is no longer blocked",
  started: "is in progress",
  paused: "is no longer in progress",
  blocked: "is blocked",
  raised: "was raised",
  lowered: "was lowered",
  reassigned: "was reassigned",
  "due-changed": "has a new due date",
  renamed: "was renamed",
};
export type ChangeKind = keyof typeof kindText;
export const changeKinds = Object.keys(kindText) as readonly ChangeKind[];

export function taskState(task: Task): TaskState {
  const { title, status, priority, assignees, due, branch } = task;
  return { title, status, priority, assignees, ...defined({ due, branch }) };
}

const sameList = (left: readonly string[], right: readonly string[]): boolean =>
  JSON.stringify(left.toSorted()) === JSON.stringify(right.toSorted());

const sameState = (left: TaskState, right: TaskState): boolean =>
  compared.every((field) => left[field] === right[field]) &&
  sameList(left.assignees, right.assignees);

/** Changes in the order of `after` (closed tasks included), then removed tasks (`after: null`). */
export function diffTasks(
  source: string,
  before: Iterable<Task>,
  after: Iterable<Task>,
): TaskChange[] {
  const earlier = new Map<string, TaskState>();
  for (const task of before) earlier.set(task.id, taskState(task));
  const changes: TaskChange[] = [];
  const seen = new Set<string>();
  for (const task of after) {
    if (seen.has(task.id)) continue;
    seen.add(task.id);
    const was = earlier.get(task.id) ?? null;
    earlier.delete(task.id);
    const is = taskState(task);
    if (was === null ? isOpenTask(is) : !sameState(was, is))
      changes.push({ source, taskId: task.id, before: was, after: is });
  }
  for (const [taskId, was] of earlier) changes.push({ source, taskId, before: was, after: null });
  return changes;
}

/** At most this many changes are read for one response; a session that missed more gets the newest. */
export const maxChanges = 5000;

/** The steps of each task, oldest first, as one change; a task that is as it was is left out. */
export function netChanges(steps: Iterable<TaskChange>): TaskChange[] {
  const net = new Map<string, TaskChange>();
  for (const step of steps) {
    const key = `${step.source}\n${step.taskId}`;
    const known = net.get(key);
    net.set(key, known === undefined ? step : { ...step, before: known.before });
  }
  return [...net.values()].filter(({ before, after }) =>
    before === null || after === null ? before !== after : !sameState(before, after),
  );
}

function statusKind(before: TaskStatus, after: TaskStatus): ChangeKind | null {
  if (before === after) return null;
  if (after === "completed" || after === "cancelled") return after;
  if (before === "completed" || before === "cancelled") return "reopened";
  if (after === "blocked") return "blocked";
  if (after === "in_progress") return "started";
  return before === "blocked" ? "unblocked" : "paused";
}

/** Most important first; empty when no named field changed. */
export function listChangeKinds({ before, after, isBack }: TaskChange): ChangeKind[] {
  if (before === null && (after === null || !isOpenTask(after))) return [];
  if (before === null) return [isBack === true ? "relisted" : "new"];
  if (after === null) return ["gone"];
  const kinds: ChangeKind[] = [];
  const status = statusKind(before.status, after.status);
  if (status !== null) kinds.push(status);
  const rise = priorityRank(before.priority) - priorityRank(after.priority);
  if (rise !== 0) kinds.push(rise > 0 ? "raised" : "lowered");
  if (!sameList(before.assignees, after.assignees)) kinds.push("reassigned");
  if (before.due !== after.due) kinds.push("due-changed");
  if (before.title !== after.title) kinds.push("renamed");
  return kinds;
}
