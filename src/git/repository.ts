// From a folder to its repository, working tree and project, by reading a few small files, without starting git.

import { existsSync, lstatSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { readSmallFile } from "../state/files/read-small-file.ts";

export interface Repository {
  worktree: string;
  gitDir: string;
  commonDir: string;
  /** Real path of the main worktree: the key of tasks. */
  project: string;
  bare: boolean;
  linkedWorktree: boolean;
}

export const commitId: RegExp = /^[0-9a-f]{40,64}$/;

const readText = (file: string): string | null => readSmallFile(file, 4096);
const readPath = (file: string): string | undefined => readText(file)?.replace(/[\r\n]+$/, "");

function kindOf(path: string): "folder" | "file" | null {
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

/** The git folder itself, unless it belongs to a linked worktree. */
function commonDirOf(gitDir: string): string {
  const common = readPath(join(gitDir, "commondir"));
  return common === undefined || common === ""
    ? gitDir
    : (realPath(resolve(gitDir, common)) ?? gitDir);
}

const coreSetting = (gitDir: string, name: string): string | undefined =>
  new RegExp(`^[ \\t]*${name}[ \\t]*=[ \\t]*(.+?)[ \\t]*$`, "im").exec(
    readText(join(gitDir, "config")) ?? "",
  )?.[1];

const isBare = (gitDir: string): boolean => coreSetting(gitDir, "bare") === "true";

/** The folder that contains it, or a submodule's working tree. That must point back, because settings can name any folder. */
function projectOf(commonDir: string): string {
  if (basename(commonDir).startsWith(".")) return dirname(commonDir);
  const named = coreSetting(commonDir, "worktree");
  const worktree = named === undefined ? null : realPath(resolve(commonDir, named));
  const isNamedBack = worktree !== null && gitFolderOf(worktree) === commonDir;
  return isNamedBack ? worktree : commonDir;
}

function gitFolderOf(worktree: string): string | null {
  const target = /^gitdir: (.+)$/s.exec(readPath(join(worktree, ".git")) ?? "")?.[1];
  return target === undefined ? null : realPath(resolve(worktree, target));
}

/** True if a linked worktree's git folder is in the repository's list and points back to the `.git` file. */
function isLinkedWorktree(gitDir: string, commonDir: string, gitFile: string): boolean {
  const back = readPath(join(gitDir, "gitdir"));
  return (
    dirname(gitDir) === join(commonDir, "worktrees") &&
    back !== undefined &&
    realPath(resolve(gitDir, back)) === gitFile
  );
}

/** Null if the file names another's git folder: a linked worktree's must point back to the file. */
function fromGitFile(worktree: string, gitFile: string): Repository | null {
  const gitDir = gitFolderOf(worktree);
  if (gitDir === null || basename(gitDir) === ".git") return null;
  const commonDir = commonDirOf(gitDir);
  if (commonDir === gitDir) {
    // A submodule, a separate git folder, or a bare repository beside its worktrees is a project of its own.
    const bare = isBare(gitDir);
    return { worktree, gitDir, commonDir, project: worktree, bare, linkedWorktree: false };
  }
  if (!isLinkedWorktree(gitDir, commonDir, gitFile)) return null;
  const project = projectOf(commonDir);
  return { worktree, gitDir, commonDir, project, bare: false, linkedWorktree: true };
}

const hasHead = (folder: string): boolean => kindOf(join(folder, "HEAD")) === "file";

const isBareRepository = (folder: string): boolean =>
  basename(folder) !== ".git" &&
  hasHead(folder) &&
  ["objects", "refs"].every((name) => kindOf(join(folder, name)) === "folder");

function repositoryAt(folder: string): Repository | null {
  const dotGit = join(folder, ".git");
  const kind = kindOf(dotGit);
  if (kind === "file") return fromGitFile(folder, dotGit);
  const base = { worktree: folder, project: folder, linkedWorktree: false };
  // Like git, ignores a folder of that name that is not a git folder.
  if (kind === "folder" && hasHead(dotGit)) {
    const commonDir = commonDirOf(dotGit);
    const hasObjects = ["objects", "refs"].every((name) => existsSync(join(commonDir, name)));
    if (hasObjects) return { ...base, gitDir: dotGit, commonDir, bare: false };
  }
  if (!isBareRepository(folder)) return null;
  return { ...base, gitDir: folder, commonDir: folder, bare: true };
}

export function findRepository(folder: string): Repository | null {
  let current = realPath(folder);
  for (; current !== null; current = dirname(current)) {
    const found = repositoryAt(current);
    if (found !== null || dirname(current) === current) return found;
  }
  return null;
}

export interface Located {
  project: string;
  projectName: string;
  worktree: string;
  repository: Repository | null;
  branch: string | null;
  /** While HEAD names no branch: the one that is being rebased, or that a bisect started on. */
  leftBranch?: string;
}

export const readHeadBranch = (gitDir: string): string | null =>
  /^ref: refs\/heads\/(.+)$/m.exec(readText(join(gitDir, "HEAD")) ?? "")?.[1] ?? null;

export function readLeftBranch(gitDir: string): string | null {
  for (const name of ["rebase-merge/head-name", "rebase-apply/head-name"]) {
    const branch = /^refs\/heads\/(.+)$/m.exec(readText(join(gitDir, name)) ?? "")?.[1];
    if (branch !== undefined) return branch;
  }
  const start = readText(join(gitDir, "BISECT_START"))?.trim() ?? "";
  return start === "" || commitId.test(start) ? null : start;
}

export function locate(folder: string): Located | null {
  const real = realPath(folder);
  if (real === null) return null;
  const repository = findRepository(real);
  const { project, worktree } = repository ?? { project: real, worktree: real };
  const branch = repository === null ? null : readHeadBranch(repository.gitDir);
  const where = { project, projectName: basename(project), worktree, repository, branch };
  const left = branch === null && repository !== null ? readLeftBranch(repository.gitDir) : null;
  return left === null ? where : { ...where, leftBranch: left };
}

export interface SessionLocation extends Omit<Located, "repository"> {
  isRepository: boolean;
}

/** A session's location. A deleted folder has no repository. */
export function locateSession(folder: string | null): SessionLocation {
  const path = folder ?? "";
  const projectName = basename(path) || "unknown";
  const gone = { project: path, projectName, worktree: path, repository: null, branch: null };
  const { repository, ...where } = (folder === null ? null : locate(folder)) ?? gone;
  return { ...where, isRepository: repository !== null };
}
