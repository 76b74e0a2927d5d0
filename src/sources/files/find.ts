// Searches a working tree for task lists of every kind, without configuration.

import { SitrepError } from "../../core/errors.ts";
import { isOpenTask, type Task } from "../../core/task/task.ts";
import type { FileKind } from "./kind.ts";
import { fileKinds, kindNamed } from "./kinds.ts";
import { readTaskFile } from "./open-task-file.ts";
import { openTree, type Tree } from "./tree.ts";

export interface FoundTaskFile {
  /** With `path`, what `sitrep source add NAME --file KIND:PATH` takes. */
  kind: string;
  /** The file or folder, relative to the working tree. */
  path: string;
  /** The kind as people call it. */
  label: string;
  /** Its open tasks in their order; null where they were not read. */
  open: readonly Task[] | null;
  /** The number of open boxes that are not current tasks. */
  aside: number;
  /** The newest entry of an export, epoch milliseconds. */
  writtenAt?: number;
  /** Why it cannot be read; null also for a list that is too large for a first look. */
  failure: unknown;
}

/** The limit for all files together, so that a first look is quick. */
const maxBytes = 4 * 1024 * 1024;

/** Empty if the kind's folder leads out of the tree or cannot be read. */
function placesOf(tree: Tree, kind: FileKind): string[] {
  try {
    return kind.find(tree);
  } catch {
    return [];
  }
}

/** The lists of each kind in a working tree, in the order of the kinds. Reads nothing outside the tree; runs nothing. */
export async function findTaskFiles(
  worktree: string,
  branch: string | null = null,
): Promise<FoundTaskFile[]> {
  const tree = openTree(worktree, maxBytes);
  return fileKinds.flatMap((kind) =>
    placesOf(tree, kind).map((path): FoundTaskFile => {
      const found = { kind: kind.name, path, label: kind.title, open: null, aside: 0 };
      try {
        const list = readTaskFile(tree, kind, path, { source: kind.name, branch });
        const { tasks, aside = [], writtenAt } = list;
        return {
          ...found,
          open: tasks.filter(isOpenTask),
          aside: aside.reduce((sum, { count }) => sum + count, 0),
          ...(writtenAt !== undefined && { writtenAt }),
          failure: null,
        };
      } catch (failure) {
        return { ...found, failure: tree.isSpent() ? null : failure };
      }
    }),
  );
}

/**
 * The list that `KIND`, `KIND:PATH` or a path names in a working tree. A Markdown file of no known kind is a list of boxes.
 * Throws `usage`.
 */
export function namedTaskFile(worktree: string, text: string): { kind: string; path: string } {
  const tree = openTree(worktree);
  const [name = "", ...rest] = text.split(":");
  const kind = fileKinds.find((one) => one.name === name);
  if (kind !== undefined) {
    const [path] = rest.length > 0 ? [rest.join(":")] : kind.find(tree);
    if (path !== undefined) return { kind: kind.name, path };
    throw new SitrepError("usage", `${worktree} has no task list of kind ${name}.`, {
      hint: `Specify its path: --file ${name}:PATH`,
    });
  }
  const own = fileKinds.find((one) => placesOf(tree, one).includes(text));
  if (own !== undefined) return { kind: own.name, path: text };
  if (tree.has(text) && /\.(?:md|markdown)$/i.test(text)) return { kind: "markdown", path: text };
  if (rest.length === 0 && /[./]/.test(text))
    throw new SitrepError("usage", `${text} is not a task list in ${worktree}.`, {
      hint: "Specify its kind too: --file KIND:PATH",
    });
  return { kind: kindNamed(name).name, path: text };
}
