// Opens a task list in a repository's files as a task source. Each working tree has its own: a branch has its own files.

import { join } from "node:path";
import type { SourceConfig } from "../../config/source-config.ts";
import { noNotes, type TaskSource } from "../../core/ports.ts";
import { SourceError } from "../../core/source-error.ts";
import { markBlocked } from "../../core/task/raw-task.ts";
import { isOpenTask } from "../../core/task/task.ts";
import { treeOrigin } from "../../core/tree-origin.ts";
import { maxOpen, type FileContext, type FileKind, type FileList } from "./kind.ts";
import { fileEditors, type FileEditor } from "./status-positions.ts";
import { kindNamed } from "./kinds.ts";
import { invalidFile, openTree, type Tree } from "./tree.ts";

const maxNamed = 3;

/** Throws `source-file-invalid` if no entry could be read, because an empty list would be wrong. */
export function readTaskFile(
  tree: Tree,
  kind: FileKind,
  place: string,
  context: FileContext,
): FileList {
  const list = kind.read(tree, place, context);
  const { tasks, aside = [], unread = [] } = list;
  if (tasks.length > 0 || aside.length > 0 || unread.length === 0) return list;
  const more = unread.length > maxNamed ? `, and ${unread.length - maxNamed} more` : "";
  throw invalidFile(place, `has no tasks: ${unread.slice(0, maxNamed).join("; ")}${more}`);
}

/**
 * The list of one working tree, `folder`; `branchOf` gives a tree's branch. Throws `config-invalid` for an unknown kind;
 * when asked, `source-file-missing` and `source-file-invalid`.
 */
export function openTaskFile(
  { name, kind: kindName = "", path: place = "" }: Pick<SourceConfig, "name" | "kind" | "path">,
  folder: string,
  branchOf: (folder: string) => string | null,
): TaskSource {
  const kind = kindNamed(kindName);
  const tree = openTree(folder);
  let watched: readonly string[] = [join(tree.root, place)];
  let current: FileList | null = null;
  const read = (): FileList => {
    if (!tree.has(place)) {
      throw new SourceError("source-file-missing", `${place} is missing in ${folder}.`, {
        hint: `Restore it, or remove the source: sitrep source remove ${name}`,
      });
    }
    tree.begin();
    watched = kind.watched(tree, place).map((path) => join(tree.root, path));
    return readTaskFile(tree, kind, place, { source: name, branch: branchOf(folder) });
  };
  /** Concurrent calls share one reading, because tasks that left the list are looked up one by one. */
  const readOnce = (): FileList => {
    if (current === null) setImmediate(() => (current = null));
    current ??= read();
    return current;
  };
  const editor = Object.hasOwn(fileEditors, kindName) ? fileEditors[kindName] : undefined;
  const writer = async (own: FileEditor) => {
    const { createFileWriter } = await import("./write-status.ts");
    current = null;
    const context = { source: name, branch: branchOf(folder) };
    return createFileWriter({ tree, kind, place, context, editor: own });
  };
  return {
    name,
    origin: treeOrigin(folder),
    subject: "",
    listOpen: async () => {
      const { tasks, aside = [], unread = [], writtenAt } = readOnce();
      const open = tasks.filter(isOpenTask);
      return {
        ...noNotes,
        tasks: markBlocked(open).slice(0, maxOpen),
        isCut: open.length > maxOpen,
        unreadable: unread.length,
        aside,
        ...(writtenAt !== undefined && { writtenAt }),
      };
    },
    watched: () => watched,
    ...(editor && {
      writes: { statuses: editor.statuses, notes: false },
      update: async (_scope, id, change) =>
        (await writer(editor)).update({ id, seen: change.seen ?? null }, change),
      takeBack: async (_scope, id, edit) =>
        (await writer(editor)).takeBack({ id, seen: null }, edit),
    }),
    get: async (_scope, id) => readOnce().tasks.find((task) => task.id === id) ?? null,
    [Symbol.asyncDispose]: async () => undefined,
  };
}
