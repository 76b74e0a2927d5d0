// `sitrep task start|done|block|unblock|cancel|reopen|move`: gives a task another status, in the store or at its server.

import { messageOf, SitrepError } from "../../core/errors.ts";
import { quotedName } from "../../core/quote.ts";
import { defined } from "../../core/read.ts";
import { statusOf } from "../../core/task/synonyms.ts";
import { canMove, isOpenTask, taskStatuses } from "../../core/task/task.ts";
import { stepWords } from "../../core/task/task-steps.ts";
import type { Task, TaskStatus } from "../../core/task/task.ts";
import type { CommandContext } from "../../config/context.ts";
import { changeTasks, type TaskPatch } from "../../sources/local-tasks.ts";
import { updateAtSource } from "../../sources/remote-tasks.ts";
import { changedElsewhere, findTask, knownTasks, ownIds, requireNoCycle } from "./known.ts";
import { scopeOf, type ProjectOptions, type Run } from "../program/options.ts";
import { taskLines } from "./lines.ts";
import { printResult, remark, remarkStale } from "../terminal/terminal.ts";
import { withSpinner } from "../terminal/spinner.ts";

const wordOf = (status: TaskStatus): string => status.replace("_", " ");

/** Throws `transition-invalid`; a task that has the status already keeps it. */
function requireMove(task: Task, to: TaskStatus): void {
  if (task.status === to || canMove(task.status, to)) return;
  const id = quotedName(task.id);
  throw new SitrepError(
    "transition-invalid",
    `${id} is ${wordOf(task.status)} and cannot become ${wordOf(to)}.`,
    { hint: `Open it again first: sitrep task reopen ${id}` },
  );
}

interface Move {
  status: TaskStatus;
  said: string;
  /** What else becomes of a task of the store. May throw to leave it as it is. */
  change: (before: Task) => TaskPatch;
  notes?: string | undefined;
  /** What only the store can do, where something of it was asked for. */
  onlyHere?: string | undefined;
}

async function moveTask(
  context: CommandContext,
  given: string,
  options: ProjectOptions,
  { status, said, change, notes, onlyHere }: Move,
): Promise<void> {
  const scope = scopeOf(context, options);
  const known = await knownTasks(context, scope);
  const task = findTask(known, given, scope);
  if (task.source === known.own) {
    const after = { ...task, status, ...defined(change(task)) };
    if (task.rawStatus === undefined && stepWords(task, after).length === 0) {
      const already = `${quotedName(task.id)} is ${wordOf(task.status)} already.`;
      return printResult(options, task, [already, ...taskLines([task])]);
    }
    const moved = await changeTasks(
      context,
      scope,
      (store) => store.update(scope.path, task.id, (before) => ({ status, ...change(before) })),
      remarkStale,
    );
    const isOpen = new Set(
      known.all.flatMap((one) => (one.source === known.own && isOpenTask(one) ? [one.id] : [])),
    );
    const waitsOf = () => moved.dependsOn.filter((one) => isOpen.has(one));
    return printResult(options, moved, [said, ...taskLines([moved], { waitsOf })]);
  }
  if (onlyHere !== undefined) throw changedElsewhere(task, known.own, onlyHere);
  const update = { status, ...defined({ notes }) };
  const source = quotedName(task.source);
  const stale: unknown[] = [];
  const moved = await withSpinner(`changing it in ${source}`, () =>
    updateAtSource(context, scope, task, update, (error) => void stale.push(error)),
  );
  for (const error of stale) {
    remark(
      `sitrep: changed in ${source}; sessions see it with the next refresh. ${messageOf(error)}`,
    );
  }
  if (moved === null) throw changedElsewhere(task, known.own, "Its status");
  const there = `${said.replace(/\.$/, "")} in ${source}.`;
  printResult(options, moved, [there, ...taskLines([moved])]);
}

export const startTask: Run<[string]> = (context, id, options) => {
  const { branch } = scopeOf(context, options);
  const own = branch === null || ["main", "master"].includes(branch) ? {} : { branch };
  const change = (before: Task) => {
    requireMove(before, "in_progress");
    return before.branch === undefined ? own : {};
  };
  return moveTask(context, id, options, { status: "in_progress", said: "Started.", change });
};

const completed = (before: Task, notes: string | undefined) => {
  requireMove(before, "completed");
  const { completedAt = new Date().toISOString() } = before;
  return { completedAt, ...(notes === undefined ? {} : { completionNotes: notes }) };
};

export const finishTask: Run<[string], ProjectOptions & { notes?: string }> = (
  context,
  id,
  options,
) => {
  const { notes } = options;
  const change = (before: Task) => completed(before, notes);
  return moveTask(context, id, options, { status: "completed", said: "Completed.", change, notes });
};

export const blockTask: Run<[string], ProjectOptions & { by?: string[] }> = async (
  context,
  id,
  options,
) => {
  const scope = scopeOf(context, options);
  const known = await knownTasks(context, scope);
  const by = ownIds(known, options.by ?? [], scope);
  const change = (before: Task) => {
    requireMove(before, "blocked");
    const dependsOn = [...new Set([...before.dependsOn, ...by])];
    if (by.length === 0) return { dependsOn };
    requireNoCycle(known, { ...before, dependsOn });
    // It comes free when what blocks it is over, as a task with dependencies does.
    return { dependsOn, status: "pending" as const };
  };
  const onlyHere = by.length === 0 ? undefined : "What blocks it";
  const status = by.length === 0 ? ("blocked" as const) : ("pending" as const);
  await moveTask(context, id, options, { status, said: "Blocked.", change, onlyHere });
};

export const unblockTask: Run<[string], ProjectOptions & { by?: string[] }> = async (
  context,
  id,
  options,
) => {
  const scope = scopeOf(context, options);
  const known = await knownTasks(context, scope);
  const by = ownIds(known, options.by ?? [], scope);
  const open = new Set(
    known.all
      .filter((task) => task.source === known.own && isOpenTask(task))
      .map((task) => task.id),
  );
  const change = (before: Task) => {
    const gone = before.dependsOn.filter((one) =>
      by.length === 0 ? open.has(one) : by.includes(one),
    );
    if (before.status !== "blocked" && gone.length === 0) {
      const what =
        by.length === 0
          ? "not blocked"
          : `not blocked by ${by.map((one) => quotedName(one)).join(", ")}`;
      throw new SitrepError("transition-invalid", `${quotedName(before.id)} is ${what}.`);
    }
    const dependsOn = before.dependsOn.filter((one) => !gone.includes(one));
    const isStill = by.length > 0 && dependsOn.some((one) => open.has(one));
    const status = before.status === "blocked" && !isStill ? "pending" : before.status;
    return { status, dependsOn };
  };
  const onlyHere = by.length === 0 ? undefined : "What blocks it";
  await moveTask(context, id, options, { status: "pending", said: "Unblocked.", change, onlyHere });
};

export const cancelTask: Run<[string], ProjectOptions & { notes?: string }> = (
  context,
  id,
  options,
) => {
  const { notes } = options;
  const change = (before: Task) => {
    requireMove(before, "cancelled");
    return notes === undefined ? {} : { completionNotes: notes };
  };
  return moveTask(context, id, options, { status: "cancelled", said: "Cancelled.", change, notes });
};

function reopened(before: Task): TaskPatch {
  if (!isOpenTask(before)) return { completedAt: undefined };
  const what = `${quotedName(before.id)} is ${wordOf(before.status)}, not over.`;
  throw new SitrepError("transition-invalid", what);
}

export const reopenTask: Run<[string]> = (context, id, options) =>
  moveTask(context, id, options, { status: "pending", said: "Open again.", change: reopened });

/** Any status, in anybody's word for it. */
export const moveToStatus: Run<[string, string]> = (context, id, word, options) => {
  const status = statusOf(word);
  if (status === null) {
    throw new SitrepError("usage", `"${word}" is no status.`, {
      hint: `One of: ${taskStatuses.map(wordOf).join(", ")}`,
    });
  }
  const change = (before: Task) => {
    if (status === "completed") return completed(before, undefined);
    if (isOpenTask(before)) return {};
    // From what is over there is one way back: to be open, and from there to anything.
    return { completedAt: undefined };
  };
  return moveTask(context, id, options, { status, said: `Moved to ${wordOf(status)}.`, change });
};
