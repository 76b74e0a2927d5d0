// `sitrep task …`: changes the tasks of the embedded store.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { normalDate } from "../core/time.ts";
import { messageOf, SitrepError } from "../core/errors.ts";
import { quotedName } from "../core/quote.ts";
import { defined } from "../core/read.ts";
import { importTasks } from "../core/import-tasks.ts";
import { canMove } from "../core/task.ts";
import type { NewTask, Task, TaskPriority, TaskStatus } from "../core/task.ts";
import { scopeOf, type ProjectOptions, type Run } from "./options.ts";
import type { CommandContext } from "../config/context.ts";
import { changeTasks as changeStored } from "../sources/local-tasks.ts";
import { findOwnTask, ownIds } from "./known-tasks.ts";
import { lineOf } from "./task-look.ts";
import { countOf, printResult, remark } from "./terminal.ts";

interface AddOptions extends ProjectOptions {
  priority?: TaskPriority;
  description?: string;
  due?: string;
  assignee?: string[];
  label?: string[];
  dependsOn?: string[];
  branch?: string;
  category?: string;
  effort?: string;
  parent?: string;
  url?: string;
  input?: string[];
  output?: string[];
}

/** Changes the tasks of the store. That sessions hear of it later is no failure of the change, and doubled by a retry. */
const changeTasks = <T>(
  ...[context, scope, work]: Parameters<typeof changeStored<T>>
): Promise<T> =>
  changeStored(context, scope, work, (error) => {
    remark(`sitrep: stored; sessions see it with the next refresh. ${messageOf(error)}`);
  });

function showOne(task: Task, options: ProjectOptions, said: string): void {
  printResult(options, task, [said, lineOf(task)]);
}

function dueOf(text: string): string {
  const date = normalDate(text);
  if (date !== null) return date;
  throw new SitrepError("usage", `--due is no date: ${text}`, {
    hint: "Example: --due 2026-12-01",
  });
}

export const addTask: Run<[string], AddOptions> = async (context, title, options) => {
  if (title.trim() === "") throw new SitrepError("usage", "The title is empty.");
  const { description, branch, category, effort, parent, url } = options;
  const scope = scopeOf(context, options);
  const task: NewTask = {
    title: title.trim(),
    status: "pending",
    priority: options.priority ?? "none",
    assignees: options.assignee ?? [],
    labels: options.label ?? [],
    dependsOn: await ownIds(context, scope, options.dependsOn ?? []),
    inputs: options.input ?? [],
    outputs: options.output ?? [],
    ...defined({ description, branch, category, estimatedEffort: effort, parent, url }),
    ...(options.due !== undefined && { due: dueOf(options.due) }),
  };
  const [added] = await changeTasks(context, scope, (store) => store.add(scope.path, [task]));
  if (added !== undefined) showOne(added, options, "Added.");
};

export const importFile: Run<[string]> = async (context, file, options) => {
  const path = resolve(context.cwd, file);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new SitrepError("import-invalid", `${path} cannot be read.`, { cause });
  }
  const tasks = importTasks(text, path);
  const scope = scopeOf(context, options);
  const added = await changeTasks(context, scope, (store) => store.add(scope.path, tasks));
  printResult(options, added, `Imported ${countOf(added.length, "task")} from ${path}.`);
};

/** Marks the tasks that a demonstration adds. */
export const sampleLabel = "sample";

export const clearSamples: Run = async (context, options) => {
  const scope = scopeOf(context, options);
  const removed = await changeTasks(context, scope, (store) =>
    store.removeLabelled(scope.path, sampleLabel),
  );
  printResult(options, { removed }, `Removed ${countOf(removed, "sample task")}.`);
};

/** The status that a task moves to. Throws `transition-invalid`; a task that has the status already keeps it. */
function move(task: Task, to: TaskStatus): TaskStatus {
  if (task.status === to || canMove(task.status, to)) return to;
  throw new SitrepError(
    "transition-invalid",
    `${quotedName(task.id)} is ${task.status.replace("_", " ")} and cannot become ${to.replace("_", " ")}.`,
    { hint: "Add a new task for what is left to do." },
  );
}

/** Moves a task and shows it. `change`: what else becomes of it. */
async function moveTask(
  context: CommandContext,
  given: string,
  options: ProjectOptions,
  to: { status: TaskStatus; said: string; change: (before: Task) => Partial<Task> },
): Promise<void> {
  const scope = scopeOf(context, options);
  const { id } = await findOwnTask(context, scope, given);
  const task = await changeTasks(context, scope, (store) =>
    store.update(scope.path, id, (before) => ({
      status: move(before, to.status),
      ...to.change(before),
    })),
  );
  showOne(task, options, to.said);
}

export const startTask: Run<[string]> = (context, id, options) => {
  const { branch } = scopeOf(context, options);
  const own = branch === null || ["main", "master"].includes(branch) ? {} : { branch };
  const change = (before: Task): Partial<Task> => (before.branch === undefined ? own : {});
  return moveTask(context, id, options, { status: "in_progress", said: "Started.", change });
};

export const finishTask: Run<[string], ProjectOptions & { notes?: string }> = (
  context,
  id,
  options,
) => {
  const change = ({ completedAt = new Date().toISOString() }: Task): Partial<Task> => ({
    completedAt,
    ...defined({ completionNotes: options.notes }),
  });
  return moveTask(context, id, options, { status: "completed", said: "Completed.", change });
};

export const blockTask: Run<[string], ProjectOptions & { by?: string[] }> = async (
  context,
  id,
  options,
) => {
  const by = await ownIds(context, scopeOf(context, options), options.by ?? []);
  const change = ({ dependsOn }: Task): Partial<Task> => ({
    dependsOn: [...new Set([...dependsOn, ...by])],
  });
  return moveTask(context, id, options, { status: "blocked", said: "Blocked.", change });
};
