import type { SourceConfig } from "../../config/source-config.ts";
import { SitrepError } from "../../core/errors.ts";
import type { CommandContext } from "../../config/context.ts";
import type { ProjectScope } from "../../core/ports.ts";
import { cleanText, quotedName } from "../../core/quote.ts";
import { defined } from "../../core/read.ts";
import type { NewTask, TaskPriority } from "../../core/task/task.ts";
import { describeTaskChanges } from "../../core/task/task-diff.ts";
import { normalDate } from "../../core/time.ts";
import type { TaskPatch } from "../../sources/local-tasks.ts";
import { locateScope, type ProjectOptions, type Run } from "../program/verb-context.ts";
import { listProjectSources } from "../source/lookup.ts";
import { confirm, isWatched, printResult } from "../terminal/terminal.ts";
import { printTask, taskLines } from "./task-rows.ts";
import { changeAtSource } from "./at-source.ts";
import {
  changedElsewhere,
  changeStore,
  findOwnTask,
  findTask,
  knownTasks,
  ownIds,
  ownTasks,
  requireNoCycle,
  type KnownTasks,
} from "./lookup.ts";

type Text = "description" | "due" | "branch" | "category" | "effort" | "parent" | "url";
type List = "assignee" | "label" | "dependsOn" | "input" | "output";

type AddOptions = FieldOptions & { own?: boolean };
type FieldOptions = ProjectOptions &
  Partial<Record<Text, string> & Record<List, string[]> & { priority: TaskPriority }>;

function dueOf(text: string): string {
  const date = normalDate(text);
  if (date !== null) return date;
  throw new SitrepError("usage", `--due must be a date, not "${text}"`, {
    hint: "Example: --due 2026-12-01",
  });
}

/** Joins the words into one text. Throws `usage` if it is empty. */
function textIn(words: readonly string[], what: string): string {
  const text = words.join(" ").trim();
  if (text === "") throw new SitrepError("usage", `The ${what} is empty.`);
  return text;
}

const placeOf = ({ path = "" }: SourceConfig): string => cleanText(path, 100);

/** Kinds of lists to which users add a line by hand. */
const boxKinds = new Set(["todo.md", "tasks-todo", "markdown"]);

/**
 * Asks before it puts the first task into Sitrep's own list while every other source is a file. Throws `not-supported`
 * without a terminal, and `cancelled`.
 */
async function requireOwnList(
  context: CommandContext,
  scope: Required<ProjectScope>,
  title: string,
): Promise<void> {
  const others = listProjectSources(context, scope)
    .map(({ config }) => config)
    .filter(({ enabled, type }) => enabled && type !== "embedded");
  if (others.length === 0 || others.some(({ type }) => type !== "file")) return;
  if (ownTasks(await knownTasks(context, scope)).length > 0) return;
  const what = `This project's tasks are in ${others.map(placeOf).join(" and ")}, and Sitrep adds none there.`;
  const boxes = others.find(({ kind = "" }) => boxKinds.has(kind));
  const line =
    boxes === undefined
      ? "Add it there"
      : `Add the line "- [ ] ${cleanText(title, 200)}" to ${placeOf(boxes)}`;
  if (!isWatched()) {
    throw new SitrepError("not-supported", what, {
      hint: `${line}, or put it into Sitrep's own list with --own.`,
    });
  }
  if (await confirm(`${what} Put the task into Sitrep's own list?`, false)) return;
  throw new SitrepError("cancelled", "Nothing was added.", { hint: `${line}.` });
}

export const addTask: Run<[string[]], AddOptions> = async (context, words, options) => {
  const title = textIn(words, "title");
  const { description, branch, category, effort, parent, url, due, dependsOn } = options;
  const scope = locateScope(context, options);
  if (options.own !== true) await requireOwnList(context, scope, title);
  const task: NewTask = {
    title,
    status: "pending",
    priority: options.priority ?? "none",
    assignees: options.assignee ?? [],
    labels: options.label ?? [],
    dependsOn: dependsOn === undefined ? [] : ownIds(await knownTasks(context, scope), dependsOn),
    inputs: options.input ?? [],
    outputs: options.output ?? [],
    ...defined({ description, branch, category, estimatedEffort: effort, parent, url }),
    ...(due !== undefined && { due: dueOf(due) }),
  };
  const [added] = await changeStore(context, scope, (store) => store.add(scope.path, [task]));
  if (added !== undefined) printTask(options, "Added.", added);
};

const nothing = "none";

const listOr = (list: string[] | undefined): string[] | undefined =>
  list?.length === 1 && list[0] === nothing ? [] : list;

type EditOptions = FieldOptions & { title?: string };

/** Collects the given fields; undefined clears a field. Throws `usage`, and as `ownIds`. */
function patchOf(options: EditOptions, known: KnownTasks): TaskPatch {
  const { title, priority, description, branch, category, effort, parent, url, due } = options;
  const needs = listOr(options.dependsOn);
  const texts = { description, branch, category, estimatedEffort: effort, parent, url, due };
  const given = Object.entries(defined(texts)).map(([name, text]) => {
    if (text === nothing) return [name, undefined];
    return [name, name === "due" ? dueOf(text) : text];
  });
  return {
    ...(Object.fromEntries(given) as TaskPatch),
    ...defined({
      title: title === undefined ? undefined : textIn([title], "title"),
      priority,
      assignees: listOr(options.assignee),
      labels: listOr(options.label),
      dependsOn: needs === undefined ? undefined : ownIds(known, needs),
      inputs: listOr(options.input),
      outputs: listOr(options.output),
    }),
  };
}

export const editTask: Run<[string], EditOptions> = async (context, given, options) => {
  const scope = locateScope(context, options);
  const known = await knownTasks(context, scope);
  const before = findOwnTask(known, given);
  const { id } = before;
  const patch = patchOf(options, known);
  const { dependsOn } = patch;
  if (dependsOn !== undefined) requireNoCycle(known, { ...before, dependsOn });
  if (Object.keys(patch).length === 0) {
    throw new SitrepError("usage", "No fields to change.", {
      hint: `Example: sitrep task edit ${quotedName(id)} --title "Another title" --due none`,
    });
  }
  const task = await changeStore(context, scope, (store) =>
    store.update(scope.path, id, () => patch),
  );
  const words = describeTaskChanges(before, task);
  const said = words.length === 0 ? "Nothing changed." : `Changed: ${words.join(", ")}.`;
  printTask(options, said, task);
};

export const noteTask: Run<[string, string[]]> = async (context, given, words, options) => {
  const text = textIn(words, "note");
  const scope = locateScope(context, options);
  const { id } = findOwnTask(await knownTasks(context, scope), given);
  const line = `Note ${new Date().toISOString().slice(0, 10)}: ${text}`;
  const task = await changeStore(context, scope, (store) =>
    store.update(scope.path, id, ({ description = "" }) => ({
      description: [description.trimEnd(), line].filter(Boolean).join("\n\n"),
    })),
  );
  printTask(options, "Added the note to its description.", task);
};

/** Adds a comment at the source, or a note to a task of the embedded store. */
export const commentOnTask: Run<[string, string[]]> = async (context, given, words, options) => {
  const text = textIn(words, "comment");
  const scope = locateScope(context, options);
  const known = await knownTasks(context, scope);
  const task = findTask(known, given);
  if (task.source === known.own) return noteTask(context, given, words, options);
  await changeAtSource(context, scope, task, (source, signal) => {
    if (source.comment === undefined) throw changedElsewhere(task, known, "its comments");
    return source.comment(scope, task.id, text, signal);
  });
  printTask(options, `Commented in ${quotedName(task.source)}.`, task);
};

export const assignTask: Run<[string, string[]]> = async (context, given, names, options) => {
  const scope = locateScope(context, options);
  const known = await knownTasks(context, scope);
  const task = findTask(known, given);
  if (task.source === known.own) {
    const assigned = await changeStore(context, scope, (store) =>
      store.update(scope.path, task.id, ({ assignees }) => ({
        assignees: [...new Set([...assignees, ...names])],
      })),
    );
    return printTask(options, `Assigned to ${names.join(", ")}.`, assigned);
  }
  const assigned = await changeAtSource(context, scope, task, (source, signal) => {
    if (source.assign === undefined) throw changedElsewhere(task, known, "who has it");
    const all = source.writes?.hasOneAssignee === true ? names : [...task.assignees, ...names];
    return source.assign(scope, task.id, { names: [...new Set(all)], seen: task }, signal);
  });
  const where = quotedName(task.source);
  printTask(options, `Assigned to ${names.join(", ")} in ${where}.`, assigned ?? task);
};

export const removeTask: Run<[string]> = async (context, given, options) => {
  const scope = locateScope(context, options);
  const known = await knownTasks(context, scope);
  const { id } = findOwnTask(known, given);
  const [task] = await changeStore(context, scope, (store) => store.remove(scope.path, [id]));
  const freed = ownTasks(known).filter((one) => one.dependsOn.includes(id));
  const names = freed.map((one) => quotedName(one.id)).join(", ");
  const are = freed.length === 1 ? "is" : "are";
  printResult(options, task ?? null, [
    `Removed. "sitrep task undo" restores it.`,
    ...(task === undefined ? [] : taskLines([task])),
    ...(freed.length === 0 ? [] : [`${names} ${are} no longer blocked by it.`]),
  ]);
};
