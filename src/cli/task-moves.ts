// `sitrep task start|done|block`: a task goes from one status to another.

import { SitrepError } from "../core/errors.ts";
import { canMove } from "../core/task.ts";
import type { Task, TaskStatus } from "../core/task.ts";
import type { CommandContext } from "../config/context.ts";
import { changeTasks } from "../sources/local-tasks.ts";
import { given, scopeOf, showOne } from "./task.ts";
import type { TaskOptions } from "./task.ts";

/** Moves a task, or says why not. To stay where it is is no mistake. */
function move(task: Task, to: TaskStatus): TaskStatus {
  if (task.status === to || canMove(task.status, to)) return to;
  throw new SitrepError(
    "transition-invalid",
    `${task.id} is ${task.status.replace("_", " ")} and cannot become ${to.replace("_", " ")}.`,
    { hint: "Add a new task for what is left to do." },
  );
}

export async function startTask(
  context: CommandContext,
  id: string,
  options: TaskOptions,
): Promise<void> {
  const scope = scopeOf(context, options);
  const isWorkBranch = scope.branch !== null && !["main", "master"].includes(scope.branch);
  const task = await changeTasks(context, scope, (store) =>
    store.update(scope.path, id, (before) => ({
      status: move(before, "in_progress"),
      ...(before.branch === undefined && isWorkBranch && scope.branch !== null
        ? { branch: scope.branch }
        : {}),
    })),
  );
  showOne(task, options, "Started.");
}

export async function finishTask(
  context: CommandContext,
  id: string,
  options: TaskOptions & { notes?: string },
): Promise<void> {
  const scope = scopeOf(context, options);
  const task = await changeTasks(context, scope, (store) =>
    store.update(scope.path, id, (before) => ({
      status: move(before, "completed"),
      completedAt: before.completedAt ?? new Date().toISOString(),
      ...given({ completionNotes: options.notes }),
    })),
  );
  showOne(task, options, "Completed.");
}

export async function blockTask(
  context: CommandContext,
  id: string,
  options: TaskOptions & { by?: string[] },
): Promise<void> {
  const scope = scopeOf(context, options);
  const task = await changeTasks(context, scope, (store) =>
    store.update(scope.path, id, (before) => ({
      status: move(before, "blocked"),
      dependsOn: [...new Set([...before.dependsOn, ...(options.by ?? [])])],
    })),
  );
  showOne(task, options, "Blocked.");
}
