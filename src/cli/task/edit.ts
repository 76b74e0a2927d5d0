// `sitrep task add|edit|note|remove`: what a task of the embedded store says.

import { SitrepError } from "../../core/errors.ts";
import { quotedName } from "../../core/quote.ts";
import { defined } from "../../core/read.ts";
import type { ProjectScope } from "../../core/ports.ts";
import type { NewTask, TaskPriority } from "../../core/task/task.ts";
import { stepWords } from "../../core/task/task-steps.ts";
import { normalDate } from "../../core/time.ts";
import { changeTasks, type TaskPatch } from "../../sources/local-tasks.ts";
import { findOwnTask, knownTasks, ownIds, requireNoCycle, type KnownTasks } from "./known.ts";
import { scopeOf, type ProjectOptions, type Run } from "../program/options.ts";
import { taskLines } from "./lines.ts";
import { printResult, remarkStale } from "../terminal/terminal.ts";

/** The options of a task's fields, as `add` and `edit` have them. */
interface FieldOptions extends ProjectOptions {
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

function dueOf(text: string): string {
  const date = normalDate(text);
  if (date !== null) return date;
  throw new SitrepError("usage", `--due is no date: ${text}`, {
    hint: "Example: --due 2026-12-01",
  });
}

function titleIn(words: string | readonly string[]): string {
  const title = [words].flat().join(" ").trim();
  if (title === "") throw new SitrepError("usage", "The title is empty.");
  return title;
}

export const addTask: Run<[string[]], FieldOptions> = async (context, words, options) => {
  const title = titleIn(words);
  const { description, branch, category, effort, parent, url } = options;
  const scope = scopeOf(context, options);
  const needs = options.dependsOn ?? [];
  const task: NewTask = {
    title,
    status: "pending",
    priority: options.priority ?? "none",
    assignees: options.assignee ?? [],
    labels: options.label ?? [],
    dependsOn: needs.length === 0 ? [] : ownIds(await knownTasks(context, scope), needs, scope),
    inputs: options.input ?? [],
    outputs: options.output ?? [],
    ...defined({ description, branch, category, estimatedEffort: effort, parent, url }),
    ...(options.due !== undefined && { due: dueOf(options.due) }),
  };
  const [added] = await changeTasks(
    context,
    scope,
    (store) => store.add(scope.path, [task]),
    remarkStale,
  );
  if (added !== undefined) printResult(options, added, ["Added.", ...taskLines([added])]);
};

/** Takes a field away. */
const nothing = "none";

const listOr = (list: string[] | undefined): string[] | undefined =>
  list?.length === 1 && list[0] === nothing ? [] : list;

type EditOptions = FieldOptions & { title?: string };

/** What was named, as it is to be; undefined for what is taken away. Throws `usage`, and as `ownIds`. */
function patchOf(options: EditOptions, known: KnownTasks, scope: ProjectScope): TaskPatch {
  const { title, priority, description, branch, category, effort, parent, url, due } = options;
  const needs = listOr(options.dependsOn);
  const texts = { description, branch, category, estimatedEffort: effort, parent, url, due };
  const given = Object.entries(texts).filter(([, text]) => text !== undefined);
  return {
    ...Object.fromEntries(
      given.map(([name, text = ""]) => [name, text === nothing ? undefined : text]),
    ),
    ...(due === undefined || due === nothing ? {} : { due: dueOf(due) }),
    ...defined({
      title: title === undefined ? undefined : titleIn(title),
      priority,
      assignees: listOr(options.assignee),
      labels: listOr(options.label),
      dependsOn: needs === undefined ? undefined : ownIds(known, needs, scope),
      inputs: listOr(options.input),
      outputs: listOr(options.output),
    }),
  };
}

export const editTask: Run<[string], EditOptions> = async (context, given, options) => {
  const scope = scopeOf(context, options);
  const known = await knownTasks(context, scope);
  const before = findOwnTask(known, given, scope);
  const { id } = before;
  const patch = patchOf(options, known, scope);
  const { dependsOn } = patch;
  if (dependsOn !== undefined) requireNoCycle(known, { ...before, dependsOn });
  if (Object.keys(patch).length === 0) {
    throw new SitrepError("usage", "Nothing to change was named.", {
      hint: `Such as: sitrep task edit ${quotedName(id)} --title "Another title" --due none`,
    });
  }
  const task = await changeTasks(
    context,
    scope,
    (store) => store.update(scope.path, id, () => patch),
    remarkStale,
  );
  const words = stepWords(before, task);
  const said = words.length === 0 ? "Nothing is different." : `Changed: ${words.join(", ")}.`;
  printResult(options, task, [said, ...taskLines([task])]);
};

export const noteTask: Run<[string, string[]]> = async (context, given, words, options) => {
  const text = words.join(" ").trim();
  if (text === "") throw new SitrepError("usage", "The note is empty.");
  const scope = scopeOf(context, options);
  const { id } = findOwnTask(await knownTasks(context, scope), given, scope);
  const line = `Note of ${new Date().toISOString().slice(0, 10)}: ${text}`;
  const task = await changeTasks(
    context,
    scope,
    (store) =>
      store.update(scope.path, id, ({ description = "" }) => ({
        description: [description.trimEnd(), line].filter(Boolean).join("\n\n"),
      })),
    remarkStale,
  );
  printResult(options, task, ["Noted at the end of its description.", ...taskLines([task])]);
};

export const removeTask: Run<[string]> = async (context, given, options) => {
  const scope = scopeOf(context, options);
  const known = await knownTasks(context, scope);
  const { id } = findOwnTask(known, given, scope);
  const [task] = await changeTasks(
    context,
    scope,
    (store) => store.remove(scope.path, [id]),
    remarkStale,
  );
  const waiting = known.all.filter((one) => one.source === known.own && one.dependsOn.includes(id));
  const freed = waiting.map((one) => quotedName(one.id)).join(", ");
  const wait = waiting.length === 1 ? "waits" : "wait";
  printResult(options, task ?? null, [
    `Removed. "sitrep task undo" brings it back.`,
    ...(task === undefined ? [] : taskLines([task])),
    ...(freed === "" ? [] : [`${freed} no longer ${wait} for it.`]),
  ]);
};
