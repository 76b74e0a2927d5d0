import { SitrepError } from "../../core/errors.ts";
import { quotedName } from "../../core/quote.ts";
import { defined } from "../../core/read.ts";
import { parseTaskStatus } from "../../core/task/synonyms.ts";
import { canTransition, isOpenTask, taskStatuses } from "../../core/task/task.ts";
import { describeTaskChanges } from "../../core/task/task-diff.ts";
import type { Task, TaskStatus } from "../../core/task/task.ts";
import type { CommandContext } from "../../config/context.ts";
import type { TaskPatch } from "../../sources/local-tasks.ts";
import { locateScope, type ProjectOptions, type Run } from "../program/verb-context.ts";
import { changeAtSource } from "./at-source.ts";
import { printTask, statusName } from "./task-rows.ts";
import {
  changedElsewhere,
  failedChange,
  changeStore,
  findTask,
  knownTasks,
  openIds,
  ownIds,
  requireNoCycle,
  type KnownTasks,
} from "./lookup.ts";

/** Throws `transition-invalid`, unless the task already has the status or may change to it. */
function requireTransition(task: Task, to: TaskStatus): void {
  if (task.status === to || canTransition(task.status, to)) return;
  const id = quotedName(task.id);
  throw new SitrepError(
    "transition-invalid",
    `${id} is ${statusName(task)} and cannot become ${statusName({ status: to })}.`,
    { hint: `Reopen it first: sitrep task reopen ${id}` },
  );
}

interface StatusOptions extends ProjectOptions {
  notes?: string;
  by?: string[];
}
type StatusRun = Run<[string], StatusOptions>;

interface StatusStep {
  status: TaskStatus;
  said: string;
  /** Other changes to a task of the embedded store. It may throw to refuse the status change. */
  change: (before: Task) => TaskPatch;
  onlyHere?: string | undefined;
}

/** Creates the command for the status change that `stepOf` returns. */
const statusVerb =
  (stepOf: (known: KnownTasks, options: StatusOptions) => StatusStep): StatusRun =>
  async (context, given, options) => {
    const scope = locateScope(context, options);
    const known = await knownTasks(context, scope);
    const step = stepOf(known, options);
    const task = findTask(known, given);
    if (task.source !== known.own) return setStatusAtSource(context, known, task, step, options);
    const { status, said, change } = step;
    const after = { ...task, status, ...defined(change(task)) };
    if (task.rawStatus === undefined && describeTaskChanges(task, after).length === 0) {
      return printTask(options, `${quotedName(task.id)} is ${statusName(task)} already.`, task);
    }
    const moved = await changeStore(context, scope, (store) =>
      store.update(scope.path, task.id, (before) => ({ status, ...change(before) })),
    );
    const open = openIds(known);
    const waitsOf = () => moved.dependsOn.filter((one) => open.has(one));
    printTask(options, said, moved, { waitsOf });
  };

async function setStatusAtSource(
  context: CommandContext,
  known: KnownTasks,
  task: Task,
  { status, said, onlyHere }: StatusStep,
  options: StatusOptions,
): Promise<void> {
  if (onlyHere !== undefined) throw changedElsewhere(task, known, onlyHere);
  const change = { status, seen: task, ...defined({ notes: options.notes }) };
  const { scope } = known;
  const moved = await changeAtSource(context, scope, task, (source, signal) => {
    if (source.update === undefined) throw changedElsewhere(task, known, "its status");
    return source.update(scope, task.id, change, signal);
  }).catch(failedChange(task, known));
  const where = `in ${quotedName(task.source)}`;
  printTask(options, `${said.replace(/\.$/, "")} ${where}.`, moved ?? { ...task, status });
}

export const startTask: StatusRun = statusVerb(({ scope: { branch } }) => ({
  status: "in_progress",
  said: "Started.",
  change: (before) => {
    requireTransition(before, "in_progress");
    const isOwn = branch !== null && !["main", "master"].includes(branch);
    return before.branch === undefined && isOwn ? { branch } : {};
  },
}));

const completed = (before: Task, notes?: string): TaskPatch => {
  requireTransition(before, "completed");
  const { completedAt = new Date().toISOString() } = before;
  return { completedAt, ...defined({ completionNotes: notes }) };
};

export const finishTask: StatusRun = statusVerb((_, { notes }) => ({
  status: "completed",
  said: "Completed.",
  change: (before) => completed(before, notes),
}));

export const cancelTask: StatusRun = statusVerb((_, { notes }) => ({
  status: "cancelled",
  said: "Cancelled.",
  change: (before) => {
    requireTransition(before, "cancelled");
    return defined({ completionNotes: notes });
  },
}));

export const blockTask: StatusRun = statusVerb((known, options) => {
  const by = ownIds(known, options.by);
  const change = (before: Task) => {
    requireTransition(before, "blocked");
    const dependsOn = [...new Set([...before.dependsOn, ...by])];
    if (by.length > 0) requireNoCycle(known, { ...before, dependsOn });
    return { dependsOn };
  };
  if (by.length === 0) return { status: "blocked", said: "Blocked.", change };
  // A task with dependencies stays pending, so that it can start as soon as they are closed.
  return { status: "pending", said: "Blocked.", change, onlyHere: "its blockers" };
});

export const unblockTask: StatusRun = statusVerb((known, options) => {
  const by = ownIds(known, options.by);
  const open = openIds(known);
  const change = (before: Task) => {
    const isGone = (one: string) => (by.length === 0 ? open.has(one) : by.includes(one));
    const dependsOn = before.dependsOn.filter((one) => !isGone(one));
    const isBlocked = before.status === "blocked";
    if (!isBlocked && dependsOn.length === before.dependsOn.length) {
      const what = by.length === 0 ? "" : ` by ${by.map((one) => quotedName(one)).join(", ")}`;
      const message = `${quotedName(before.id)} is not blocked${what}.`;
      throw new SitrepError("transition-invalid", message);
    }
    const isStill = by.length > 0 && dependsOn.some((one) => open.has(one));
    return { status: isBlocked && !isStill ? "pending" : before.status, dependsOn };
  };
  const onlyHere = by.length === 0 ? undefined : "its blockers";
  return { status: "pending", said: "Unblocked.", change, onlyHere };
});

export const reopenTask: StatusRun = statusVerb(() => ({
  status: "pending",
  said: "Reopened.",
  change: (before) => {
    if (!isOpenTask(before)) return { completedAt: undefined };
    const what = `${quotedName(before.id)} is ${statusName(before)}, so it is already open.`;
    throw new SitrepError("transition-invalid", what);
  },
}));

/** Sets any status, by any of its common names. */
export const setStatus: Run<[string, string]> = (context, id, word, options) => {
  const status = parseTaskStatus(word);
  if (status === null) {
    const known = taskStatuses.map((one) => statusName({ status: one })).join(", ");
    throw new SitrepError("usage", `"${word}" is not a status.`, { hint: `One of: ${known}` });
  }
  const said = `Moved to ${statusName({ status })}.`;
  const change = (before: Task): TaskPatch => {
    if (status === "completed") return completed(before);
    return isOpenTask(before) ? {} : { completedAt: undefined };
  };
  return statusVerb(() => ({ status, said, change }))(context, id, options);
};
