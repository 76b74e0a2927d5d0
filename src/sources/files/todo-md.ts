// `TODO.md`, `tasks/todo.md` and Markdown lists that a person names: boxes, or in a TODO.md without a box its plain items.
// If a file has several plans, the current one is listed, and open items of older ones are only counted.

import { isOpenTask, type Task } from "../../core/task/task.ts";
import { fileTask, wordIds, type FileContext, type FileKind, type FileList } from "./kind.ts";
import { itemsIn, statusOfMark, type MarkdownItem } from "./markdown.ts";
import type { Tree } from "./tree.ts";

const doneHeading = /✓|✔|\[x\]|^(?:done|completed|finished|archived?|shipped|erledigt)\b/iu;
const begunHeading = /^(?:in progress|doing|wip|now|current|in arbeit)\b/i;
const heldHeading = /^(?:blocked|waiting|on hold)\b/i;

/** Parses `~3d #bug @ana due:2026-12-01` at the end of a title, and `(A)` at its beginning. Ignores a bare date. */
function readTags(text: string): Record<string, unknown> & { title: string } {
  const labels: string[] = [];
  const assignees: string[] = [];
  const rest: Record<string, unknown> = {};
  let title = text.replace(/^\(([A-D])\)\s+/, (_, letter: string) => {
    rest["priority"] = { A: "urgent", B: "high", C: "medium", D: "low" }[letter];
    return "";
  });
  const tag =
    /\s+(?:#([\p{L}\p{N}_-]+)|@([\p{L}\p{N}._-]+)|~(\d+[hdwm])|\d{4}-\d{2}-\d{2}|due:(\d{4}-\d{2}-\d{2}))$/u;
  for (let found = tag.exec(title); found !== null; found = tag.exec(title)) {
    const [all, label, person, effort, due] = found;
    if (label !== undefined && /^(?:p\d|urgent|high|medium|low)$/i.test(label))
      rest["priority"] ??= label;
    else if (label !== undefined) labels.unshift(label);
    if (person !== undefined) assignees.unshift(person);
    if (effort !== undefined) rest["estimatedEffort"] = effort;
    if (due !== undefined) rest["due"] = due;
    title = title.slice(0, -all.length);
  }
  return { ...rest, title, labels, assignees };
}

function statusOf({ mark, headings }: MarkdownItem): string {
  const own = statusOfMark(mark ?? " ");
  if (own !== "pending") return own;
  if (headings.some((one) => doneHeading.test(one))) return "completed";
  if (headings.some((one) => heldHeading.test(one))) return "blocked";
  return headings.some((one) => begunHeading.test(one)) ? "in progress" : own;
}

interface Planned {
  task: Task;
  /** The outermost heading above it; empty if the file is one list. */
  plan: string;
}

function readItems(tree: Tree, place: string, context: FileContext, isPlan: boolean): Planned[] {
  const items = itemsIn(tree, place).filter(({ text }) => text !== "");
  const boxed = items.filter(({ mark }) => mark !== null);
  const isBare = boxed.length === 0 && !isPlan;
  const listed = isBare ? items.filter(({ depth }) => depth === 0) : boxed;
  const idOf = wordIds();
  return listed.flatMap((item) => {
    const tags = readTags(item.text);
    const raw = { ...tags, id: idOf(tags.title), status: statusOf(item) };
    const task = fileTask(raw, context, `${place}:${item.line}`);
    return task === null ? [] : [{ task, plan: isPlan ? (item.headings[0] ?? "") : "" }];
  });
}

function readList(tree: Tree, place: string, context: FileContext, isPlan: boolean): FileList {
  const read = readItems(tree, place, context, isPlan);
  const open = read.filter(({ task }) => isOpenTask(task));
  // The newest plan is on top.
  const current = open[0]?.plan;
  const older = open.filter(({ plan }) => plan !== current);
  const aside = { count: older.length, place, changedAt: tree.changedAt(place) };
  const isEmpty = (tree.text(place) ?? "").trim() === "";
  return {
    tasks: read
      .filter(({ task, plan }) => plan === current || !isOpenTask(task))
      .map(({ task }) => task),
    aside: older.length === 0 ? [] : [aside],
    unread:
      read.length > 0 || isEmpty ? [] : [`no line is ${isPlan ? '"- [ ] …"' : "a list item"}`],
  };
}

/** Lists names as they are spelled, because a file system may ignore the case of `TODO.md`. */
const named = (tree: Tree, folder: string, pattern: RegExp): string[] =>
  tree
    .names(folder)
    .filter((name) => pattern.test(name))
    .map((name) => (folder === "" ? name : `${folder}/${name}`));

export const todoMd: FileKind = {
  name: "todo.md",
  title: "TODO.md",
  find: (tree) =>
    ["", "docs"].flatMap((folder) => named(tree, folder, /^todos?\.(?:md|markdown)$/i)).slice(0, 1),
  watched: (_tree, place) => [place],
  read: (tree, place, context) => readList(tree, place, context, false),
};

export const taskPlan: FileKind = {
  name: "tasks-todo",
  title: "tasks/todo.md",
  find: (tree) => named(tree, "tasks", /^todo\.md$/i),
  watched: (_tree, place) => [place],
  read: (tree, place, context) => readList(tree, place, context, true),
};

/** A list that discovery does not find: a person names its file. */
export const markdownList: FileKind = {
  name: "markdown",
  title: "a Markdown list",
  find: () => [],
  watched: (_tree, place) => [place],
  read: (tree, place, context) => readList(tree, place, context, true),
};
