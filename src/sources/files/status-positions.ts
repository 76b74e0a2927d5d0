// Finds a task's state in the text of its file, and the file's words for our states. The readers interpret these words.

import { findNodeAtLocation, parseTree, type Node } from "jsonc-parser";
import { parseTaskStatus } from "../../core/task/synonyms.ts";
import type { Task, TaskStatus } from "../../core/task/task.ts";
import { statusesIn } from "./backlog-md.ts";
import type { Tree } from "./tree.ts";

/** UTF-16 offsets in the text of a file. */
export interface TextRange {
  start: number;
  end: number;
}

type Words = Partial<Record<TaskStatus, string>>;

export interface FileEditor {
  /** The states that a task can be given. */
  statuses: readonly TaskStatus[];
  words: (tree: Tree, place: string) => Words;
  /** Null if the task's state cannot be found. */
  spot: (text: string, task: Task) => TextRange | null;
  /** The text with `word` that replaces `old`. */
  written: (word: string, old: string) => string;
}

export const fileOfTask = ({ place = "" }: Pick<Task, "place">): string =>
  place.replace(/:\d+$/, "");

/** The line that a task's place names, without its end. Lines end as CommonMark has it. */
function lineOf(text: string, { place = "" }: Task): TextRange | null {
  const number = Number(/:(\d+)$/.exec(place)?.[1] ?? 0);
  let [start, line] = [0, 1];
  for (const { index, 0: end } of text.matchAll(/\r\n?|\n|$/g)) {
    if (line === number) return { start, end: index };
    [start, line] = [index + end.length, line + 1];
  }
  return null;
}

const box = /^(\uFEFF?[\s>]*(?:(?:[-*+]|\d{1,9}[.)])\s*)+\[)(\s*)([^\]\s]?)(\s*)\]/u;

function boxAt(text: string, task: Task): TextRange | null {
  const line = lineOf(text, task);
  const found = line && box.exec(text.slice(line.start, line.end));
  if (!found) return null;
  const [, front = "", before = "", mark = "", after = ""] = found;
  const start = line.start + front.length;
  return mark === ""
    ? { start, end: start + before.length + after.length }
    : { start: start + before.length, end: start + before.length + mark.length };
}

const maxLine = 1000;

/** Finds the value in `key: value`, which may have quotes and a comment. */
function valueAt(text: string, line: TextRange, key: string): TextRange | null {
  if (line.end - line.start > maxLine) return null;
  const pattern =
    /^(\s*(?:"([^"]*)"|'([^']*)'|([^\s:]+))\s*:[ \t]*)("[^"]*"|'[^']*'|[^#]*?)[ \t]*(?:[ \t]#.*)?$/;
  const found = pattern.exec(text.slice(line.start, line.end));
  if (found === null || (found[2] ?? found[3] ?? found[4]) !== key) return null;
  const start = line.start + (found[1] ?? "").length;
  return { start, end: start + (found[5] ?? "").length };
}

/** Keeps the quotes of the old value, and adds quotes if YAML might misread the word. */
function yamlValue(word: string, old: string): string {
  const quote = /^(["']).*\1$/s.exec(old)?.[1];
  if (quote !== undefined && !/["'\\]/.test(word)) return quote + word + quote;
  return /^[A-Za-z][\w -]*$/.test(word) ? word : JSON.stringify(word);
}

function frontStatus(text: string): TextRange | null {
  const [, head = "", front] = /^(\uFEFF?---\r?\n)([\s\S]*?)\r?\n---/.exec(text) ?? [];
  const at = front === undefined ? null : /^status:.*$/m.exec(front);
  if (at === null) return null;
  const start = head.length + at.index;
  return valueAt(text, { start, end: start + at[0].replace(/\r$/, "").length }, "status");
}

const boxes = (words: Words): FileEditor => ({
  statuses: Object.keys(words) as TaskStatus[],
  words: () => words,
  spot: boxAt,
  written: (word) => word,
});

const itemOf = (list: Node | undefined, id: string): Node | undefined =>
  list?.children?.find((one) => {
    const value: unknown = findNodeAtLocation(one, ["id"])?.value;
    return value !== undefined && String(value) === id;
  });

/** `12`, `12.3` for a subtask, `TAG/12` outside the main tag. */
function jsonStatus(text: string, { id }: Task): TextRange | null {
  const root = parseTree(text.replace(/^\uFEFF/, " "));
  if (root === undefined) return null;
  const at = id.lastIndexOf("/");
  const [tag, number] = at < 0 ? ["master", id] : [id.slice(0, at), id.slice(at + 1)];
  const list = findNodeAtLocation(root, ["tasks"]) ?? findNodeAtLocation(root, [tag, "tasks"]);
  const [whole = "", part = ""] = /^(.*)\.([^.]*)$/.exec(number)?.slice(1) ?? [];
  const parent = itemOf(list, whole);
  const found =
    itemOf(list, number) ?? itemOf(parent && findNodeAtLocation(parent, ["subtasks"]), part);
  const status = found && findNodeAtLocation(found, ["status"]);
  return status?.type === "string"
    ? { start: status.offset, end: status.offset + status.length }
    : null;
}

/** The first of a project's words for each of our states; its last word finishes a task. */
function backlogWords(tree: Tree, place: string): Words {
  const all = statusesIn(tree, place);
  const open = all.slice(0, -1);
  const known = open.map((word) => [parseTaskStatus(word), word] as const).toReversed();
  const own = Object.fromEntries(known.filter(([status]) => status !== null)) as Words;
  return { pending: open[0] ?? "", ...own, completed: all.at(-1) ?? "" };
}

const crossed = { pending: " ", completed: "x" };
const begun = { ...crossed, in_progress: "~" };
const plan = boxes(begun);

/** Editors by kind. For a missing kind, its own tool makes the change, or files instead of words show progress. */
export const fileEditors: Readonly<Record<string, FileEditor>> = {
  "todo.md": plan,
  "tasks-todo": plan,
  markdown: plan,
  openspec: boxes(crossed),
  kiro: boxes({ ...crossed, in_progress: "-" }),
  "spec-kit": boxes({ ...crossed, completed: "X" }),
  "backlog.md": {
    statuses: ["pending", "in_progress", "completed"],
    words: backlogWords,
    spot: frontStatus,
    written: yamlValue,
  },
  taskmaster: {
    statuses: ["pending", "in_progress", "completed", "cancelled"],
    words: () => ({
      pending: "pending",
      in_progress: "in-progress",
      completed: "done",
      cancelled: "cancelled",
    }),
    spot: jsonStatus,
    written: (word) => JSON.stringify(word),
  },
  bmad: {
    statuses: ["in_progress", "completed"],
    words: () => ({ in_progress: "in-progress", completed: "done" }),
    spot: (text, task) => {
      const line = lineOf(text, task);
      return line && valueAt(text, line, task.id);
    },
    written: yamlValue,
  },
};
