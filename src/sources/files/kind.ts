// Common types and helpers of the readers of task files.

import { createHash } from "node:crypto";
import { taskFromRaw, type PriorityScale } from "../../core/task/raw-task.ts";
import type { UnlistedItems } from "../../core/ports.ts";
import type { Task } from "../../core/task/task.ts";
import type { Tree } from "./tree.ts";

/** More open tasks of one list are not shown. */
export const maxOpen = 2000;

export interface FileList {
  /** Open tasks and finished ones. */
  tasks: readonly Task[];
  aside?: readonly UnlistedItems[];
  /** The time of an export's newest entry, epoch milliseconds; absent if the file itself is the list. */
  writtenAt?: number;
  /** The missing part of each entry that is not a task, with its location. */
  unread?: readonly string[];
}

/** Values that a reading depends on, besides the files. */
export interface FileContext {
  source: string;
  /** The branch checked out in the working tree; null when detached or unknown. */
  branch: string | null;
}

/** One tool's way to keep tasks in a repository. */
export interface FileKind {
  readonly name: string;
  /** As people call it. */
  readonly title: string;
  /** The files and folders of this kind in a tree; empty if there are none. Throws as `Tree`. */
  find(tree: Tree): string[];
  /** Reads the file or folder that `find` gave. Throws `source-file-invalid`. */
  read(tree: Tree, place: string, context: FileContext): FileList;
  /** The files and folders that change with the list, relative to the tree. */
  watched(tree: Tree, place: string): string[];
}

/** A task of a file with its own fields as `taskFromRaw` reads them, and the line that it stands in. */
export function fileTask(
  raw: Readonly<Record<string, unknown>>,
  { source }: FileContext,
  place: string,
  scale: PriorityScale | null = null,
): Task | null {
  const task = taskFromRaw(raw, source, scale);
  return task === null ? null : { ...task, place };
}

/**
 * Replaces dependencies on a whole, such as a phase with plans, by dependencies on its parts, if the list has only the parts.
 * `partsOf` gives the ids of the parts; none for an entry of the list itself.
 */
export const onParts = (
  tasks: readonly Task[],
  partsOf: (id: string) => readonly string[],
): Task[] => {
  const listed = new Set(tasks.map(({ id }) => id));
  return tasks.map((task) => ({
    ...task,
    dependsOn: task.dependsOn.flatMap((id) => (listed.has(id) ? [id] : partsOf(id))),
  }));
};

const maxWords = 4;
const maxWordId = 32;

/** `fix-the-login-page`; of a title without Latin letters, the first digits of its hash. */
function idOfWords(text: string): string {
  const plain = text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  const words = plain.match(/[a-z0-9]+/g) ?? [];
  const id = words.slice(0, maxWords).join("-").slice(0, maxWordId);
  return id.length > 2 ? id : createHash("sha256").update(text).digest("hex").slice(0, 6);
}

/**
 * Ids for tasks whose file gives them none: by their first words, so that a task keeps its id when lines move. The second
 * of two with the same words gets `-2`.
 */
export function wordIds(prefix = ""): (words: string) => string {
  const taken = new Map<string, number>();
  return (words) => {
    const id = `${prefix}${idOfWords(words)}`;
    const count = (taken.get(id) ?? 0) + 1;
    taken.set(id, count);
    return count === 1 ? id : `${id}-${count}`;
  };
}

/** A subfolder with its own list. */
export interface Feature {
  name: string;
  /** Its list of tasks. */
  place: string;
}

export const featuresIn = (tree: Tree, folder: string): Feature[] =>
  tree
    .names(folder)
    .map((name) => ({ name, place: `${folder}/${name}/tasks.md` }))
    .filter(({ place }) => tree.has(place));

/** The `unread` entry for a list with text but no boxes; none for an empty file. */
export const withoutBoxes = (tree: Tree, place: string, count: number): string[] =>
  count > 0 || (tree.text(place) ?? "").trim() === "" ? [] : [`${place} has no "- [ ] …" line`];

/** A folder of features, and the files and folders that change with them. */
export const watchedFeatures = (tree: Tree, folder: string): string[] => [
  folder,
  ...featuresIn(tree, folder).map(({ place }) => place),
];
