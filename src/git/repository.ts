// Finds the repository of a folder by reading a few small files, without starting git: its working tree, its git folder
// and the project that it belongs to.

import { lstatSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { readSmallFile } from "../small-files/read-small-file.ts";

export interface Repository {
  /** Real path of the working tree; of the git folder itself when bare. */
  worktree: string;
  gitDir: string;
  /** Shared by all worktrees of the repository. */
  commonDir: string;
  /** Real path of the main worktree: what tasks are keyed by. */
  project: string;
  bare: boolean;
  linkedWorktree: boolean;
}

const longestSmallFile = 4096;
const readText = (file: string): string | null => readSmallFile(file, longestSmallFile);

type PathKind = "folder" | "file" | null;

function kindOf(path: string): PathKind {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  return stats.isDirectory() ? "folder" : stats.isFile() ? "file" : null;
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

/** The common folder of a git folder: its own, unless it belongs to a linked worktree. */
function commonDirOf(gitDir: string): string {
  const common = readText(join(gitDir, "commondir"))?.trim();
  return common === undefined || common === ""
    ? gitDir
    : (realPath(resolve(gitDir, common)) ?? gitDir);
}

/** The repository of a `.git` file, or null when the git folder that it names does not name it back. */
function fromGitFile(worktree: string, gitFile: string): Repository | null {
  const target = /^gitdir: (.+)$/m.exec(readText(gitFile) ?? "")?.[1];
  const gitDir = target === undefined ? null : realPath(resolve(worktree, target));
  if (gitDir === null) return null;
  const commonDir = commonDirOf(gitDir);
  if (commonDir === gitDir) {
    // A submodule, or a git folder kept elsewhere: a project of its own.
    return { worktree, gitDir, commonDir, project: worktree, bare: false, linkedWorktree: false };
  }
  const back = readText(join(gitDir, "gitdir"))?.trim();
  if (back === undefined || realPath(resolve(gitDir, back)) !== gitFile) return null;
  const project = basename(commonDir) === ".git" ? dirname(commonDir) : commonDir;
  return { worktree, gitDir, commonDir, project, bare: false, linkedWorktree: true };
}

function isBareRepository(folder: string): boolean {
  return (
    basename(folder) !== ".git" &&
    kindOf(join(folder, "HEAD")) === "file" &&
    kindOf(join(folder, "objects")) === "folder" &&
    kindOf(join(folder, "refs")) === "folder"
  );
}

function repositoryAt(folder: string): Repository | null {
  const dotGit = join(folder, ".git");
  const kind = kindOf(dotGit);
  if (kind === "folder") {
    const commonDir = commonDirOf(dotGit);
    return {
      worktree: folder,
      gitDir: dotGit,
      commonDir,
      project: folder,
      bare: false,
      linkedWorktree: false,
    };
  }
  if (kind === "file") return fromGitFile(folder, dotGit);
  if (!isBareRepository(folder)) return null;
  return {
    worktree: folder,
    gitDir: folder,
    commonDir: folder,
    project: folder,
    bare: true,
    linkedWorktree: false,
  };
}

/** The repository that holds `folder`, or null when there is none or the folder is gone. */
export function findRepository(folder: string): Repository | null {
  let current = realPath(folder);
  while (current !== null) {
    const found = repositoryAt(current);
    if (found !== null) return found;
    const parent = dirname(current);
    current = parent === current ? null : parent;
  }
  return null;
}
