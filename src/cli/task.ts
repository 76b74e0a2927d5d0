// `sitrep task …`: the tasks of the embedded store.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { normalDate } from "../core/time.ts";
import { SitrepError } from "../core/errors.ts";
import { importTasks } from "../core/import-tasks.ts";
import { rankTasks } from "../core/ranking.ts";
import { isPending, canMove } from "../core/task.ts";
import type { NewTask, Task, TaskPriority, TaskStatus } from "../core/task.ts";
import { given, scopeOf } from "./options.ts";
import type { ProjectOptions } from "./options.ts";
import type { CommandContext } from "../config/context.ts";
import { localTime } from "../core/time.ts";
import { changeTasks, readTasks } from "../sources/local-tasks.ts";
import { countOf, printResult } from "./terminal.ts";

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

function lineOf(task: Task): string {
  const due = task.due === undefined ? "" : `due ${task.due.slice(0, 10)}  `;
  const status = task.status.replace("_", " ").padEnd(11);
  return `${task.id.padEnd(10)}  ${status}  ${task.priority.padEnd(6)}  ${due}${task.title}`;
}

function show(tasks: readonly Task[], options: ProjectOptions, whenNone: string): void {
  printResult(options, tasks, tasks.length === 0 ? whenNone : tasks.map(lineOf));
}

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

export async function addTask(
  context: CommandContext,
  title: string,
  options: AddOptions,
): Promise<void> {
  if (title.trim() === "") throw new SitrepError("usage", "The title is empty.");
  const task: NewTask = {
    title: title.trim(),
    status: "pending",
    priority: options.priority ?? "none",
    assignees: options.assignee ?? [],
    labels: options.label ?? [],
    dependsOn: options.dependsOn ?? [],
    inputs: options.input ?? [],
    outputs: options.output ?? [],
    ...given({
      description: options.description,
      due: options.due === undefined ? undefined : dueOf(options.due),
      branch: options.branch,
      category: options.category,
      estimatedEffort: options.effort,
      parent: options.parent,
      url: options.url,
    }),
  };
  const [added] = await changeTasks(context, scopeOf(context, options), (store) =>
    store.add(scopeOf(context, options).path, [task]),
  );
  if (added !== undefined) showOne(added, options, "Added.");
}

export async function listTasks(
  context: CommandContext,
  options: ProjectOptions & { all?: boolean },
): Promise<void> {
  const { path } = scopeOf(context, options);
  const tasks = await readTasks(context, (store) => store.list(path));
  const shown = options.all === true ? tasks : tasks.filter(isPending);
  show(shown, options, 'No pending tasks. Add one: sitrep task add "Title"');
}

export async function showTask(
  context: CommandContext,
  id: string,
  options: ProjectOptions,
): Promise<void> {
  const { path } = scopeOf(context, options);
  const task = await readTasks(context, (store) => store.get(path, id));
  if (task === null) {
    throw new SitrepError("task-not-found", `There is no task ${id} in ${path}.`, {
      hint: '"sitrep task list --all" shows the tasks of this project.',
    });
  }
  const lines = Object.entries(task).flatMap(([name, value]) => {
    const text = Array.isArray(value) ? value.join(", ") : String(value);
    return text === "" ? [] : [`${name.padEnd(16)} ${text}`];
  });
  printResult(options, task, lines);
}

export async function nextTask(context: CommandContext, options: ProjectOptions): Promise<void> {
  const { path, branch } = scopeOf(context, options);
  const tasks = await readTasks(context, (store) => store.list(path));
  const now = localTime(Date.now());
  const [next] = rankTasks(tasks, { branch, now, calendar: localTime });
  const words =
    next === undefined
      ? "No pending tasks."
      : [lineOf(next.task), `  because: ${next.reasons.join(", ")}`];
  printResult(options, next ?? null, words);
}

export async function importFile(
  context: CommandContext,
  file: string,
  options: ProjectOptions,
): Promise<void> {
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
}

/** Marks the tasks that a demonstration adds. */
export const sampleLabel = "sample";

export async function clearSamples(
  context: CommandContext,
  options: ProjectOptions,
): Promise<void> {
  const scope = scopeOf(context, options);
  const removed = await changeTasks(context, scope, (store) =>
    store.removeLabelled(scope.path, sampleLabel),
  );
  printResult(options, { removed }, `Removed ${countOf(removed, "sample task")}.`);
}

/** The status that a task moves to. Throws `transition-invalid`; a task that has the status already keeps it. */
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
  options: ProjectOptions,
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
  options: ProjectOptions & { notes?: string },
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
  options: ProjectOptions & { by?: string[] },
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
