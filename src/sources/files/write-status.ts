// Changes only the state of a task in its file: replaces one spot and keeps every other byte. First the kind's own reader reads
// the new text, in which it must find the task in its new state.

import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { codeOf, SitrepError } from "../../core/errors.ts";
import type { FileEdit, SeenTask, TaskUpdate } from "../../core/ports.ts";
import { quoted, quotedName } from "../../core/quote.ts";
import { isSameState, type Task } from "../../core/task/task.ts";
import { readWhole } from "../../state/files/read-small-file.ts";
import { replaceFile } from "../../state/files/replace-file.ts";
import type { FileContext, FileKind } from "./kind.ts";
import { fileOfTask, type FileEditor } from "./status-positions.ts";
import { invalidFile, type Tree } from "./tree.ts";

const maxBytes = 8 * 1024 * 1024;

export interface WriterDeps {
  tree: Tree;
  kind: FileKind;
  place: string;
  context: FileContext;
  editor: FileEditor;
}

/** The task to change; `seen`: the task as the caller read it. */
interface Meant {
  id: string;
  seen: SeenTask | null;
}

const changed = (what: string): SitrepError =>
  new SitrepError("task-changed", what, {
    hint: 'Nothing was changed. "sitrep refresh" reads the file again; then look at the task.',
  });

/** The bytes and text of a file in the tree. Throws `source-file-invalid`, also for a file that is not UTF-8. */
function readBytes(tree: Tree, path: string): { file: string; bytes: Buffer; text: string } {
  const file = tree.real(path);
  const bytes = file === null ? null : readWhole(file, maxBytes);
  if (file === null || bytes === null) throw invalidFile(path, "cannot be read");
  const text = bytes.toString();
  if (Buffer.from(text).equals(bytes)) return { file, bytes, text };
  throw invalidFile(path, "is not UTF-8, so Sitrep does not change it");
}

/** The tree with this text in one of its files. */
const withText = (tree: Tree, path: string, text: string): Tree => {
  const shown = text.replace(/^\uFEFF/, "");
  return {
    ...tree,
    text: (one, most) => (one === path ? shown : tree.text(one, most)),
    parsed: (one, read) => (one === path ? read(shown) : tree.parsed(one, read)),
  };
};

/** Editors and tools that have a file open leave one of these beside it. */
function requireNotHeld(path: string, file: string): void {
  const [folder, name] = [dirname(file), basename(file)];
  const marks = [`.${name}.swp`, `.#${name}`, `.~lock.${name}#`, `${name}.lock`];
  const mark = marks.find((one) => existsSync(join(folder, one)));
  if (mark === undefined) return;
  throw new SitrepError("task-changed", `${path} is open in another program (${mark}).`, {
    hint: "Nothing was changed. Close it there, then run the command again.",
  });
}

/** Throws `task-changed` if it is not the task that the caller read, and `task-ambiguous`. */
function requireSame(found: Task, seen: SeenTask | null, all: readonly Task[]): void {
  if (seen === null) return;
  const name = quotedName(found.id);
  if (found.title !== seen.title) {
    throw changed(`${name} is ${quoted(found.title, 80)} now, not ${quoted(seen.title, 80)}.`);
  }
  if (!isSameState(found.status, seen.status)) {
    throw changed(`${name} is ${found.status} now; it was ${seen.status} when it was read.`);
  }
  const twins = all.filter(
    (one) => one.title === found.title && fileOfTask(one) === fileOfTask(found),
  );
  if (twins.length < 2 || found.place === seen.place) return;
  throw new SitrepError("task-ambiguous", `The file has ${twins.length} lines with this text.`, {
    hint: `They moved since they were read. Nothing was changed; edit ${found.place ?? "the file"}.`,
  });
}

function write(file: string, path: string, text: string, expected: Buffer): void {
  requireNotHeld(path, file);
  try {
    replaceFile(file, text, { mode: 0o644, expected });
  } catch (error) {
    if (codeOf(error) !== "settings-changed") throw error;
    throw changed(`${path} was changed by another program.`);
  }
}

/** The kind's tasks as a tree has them, and the one with this id. */
function findIn({ kind, place, context }: WriterDeps, tree: Tree, id: string) {
  tree.begin();
  const { tasks } = kind.read(tree, place, context);
  return { tasks, found: tasks.find((task) => task.id === id) };
}

/** The file of a task, with the task as its bytes of now have it. */
function readMeant(deps: WriterDeps, { id, seen }: Meant) {
  const { tree, place } = deps;
  const listed = findIn(deps, tree, id).found ?? seen;
  const path = listed === null ? place : fileOfTask(listed);
  const read = readBytes(tree, path);
  const { tasks, found } = findIn(deps, withText(tree, path, read.text), id);
  if (found === undefined || fileOfTask(found) !== path) {
    throw changed(`${quotedName(id)} is not in ${path} any more.`);
  }
  requireSame(found, seen, tasks);
  return { ...read, path, found };
}

const notHere = (message: string, hint: string): SitrepError =>
  new SitrepError("not-supported", message, { hint: `Nothing was changed. ${hint}` });

/** `valueOf` gives the text that replaces the task's state; `isRight` checks the result. */
function edit(
  deps: WriterDeps,
  meant: Meant,
  valueOf: (old: string) => string,
  isRight: (task: Task) => boolean,
): { task: Task; edit: FileEdit } {
  const { file, bytes, text, path, found } = readMeant(deps, meant);
  const at = deps.editor.spot(text, found);
  const where = found.place ?? path;
  if (at === null) throw notHere(`${where} has no box or status to set.`, "Edit the line itself.");
  const before = text.slice(at.start, at.end);
  const after = valueOf(before);
  const whole = text.slice(0, at.start) + after + text.slice(at.end);
  const task = findIn(deps, withText(deps.tree, path, whole), meant.id).found;
  if (task === undefined || !isRight(task)) {
    const what = `${quoted(after, 40)} in ${where} would not give the task that status: the lines around it set it.`;
    throw notHere(what, "Edit the file itself.");
  }
  write(file, path, whole, bytes);
  return { task, edit: { before, after } };
}

/**
 * Throws `not-supported`, `task-changed`, `task-ambiguous`, `source-file-invalid` or the system's error; then the file is
 * unchanged.
 */
export const createFileWriter = (deps: WriterDeps) => ({
  update: (meant: Meant, { status, onEdit }: TaskUpdate): Task => {
    const { editor, tree, kind, place } = deps;
    const word = editor.words(tree, place)[status] ?? "";
    if (word === "") throw notHere(`${kind.title} has no word for ${status}.`, "");
    const valueOf = (old: string): string => editor.written(word, old);
    const done = edit(deps, meant, valueOf, (task) => task.status === status);
    onEdit?.(done.edit);
    return done.task;
  },
  takeBack: (meant: Meant, { before, after }: FileEdit): Task => {
    const valueOf = (old: string): string => {
      if (old === after || old === before) return before;
      throw changed(`${quotedName(meant.id)} was changed since.`);
    };
    return edit(deps, meant, valueOf, () => true).task;
  },
});
