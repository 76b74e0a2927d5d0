// From a folder to the project and the working tree that it belongs to.

import { realpathSync } from "node:fs";
import { basename, join } from "node:path";
import { readSmallFile } from "../state/files/read-small-file.ts";
import { findRepository } from "./repository.ts";
import type { Repository } from "./repository.ts";

export interface Located {
  /** Real path of the project's main worktree; of the folder itself outside a repository. */
  project: string;
  projectName: string;
  worktree: string;
  repository: Repository | null;
  /** The branch that HEAD names; null when detached or outside a repository. */
  branch: string | null;
}

const headBranch = /^ref: refs\/heads\/(.+)$/m;

/** Where `folder` is, or null when it is not there. */
export function locate(folder: string): Located | null {
  let real: string;
  try {
    real = realpathSync(folder);
  } catch {
    return null;
  }
  const repository = findRepository(real);
  if (repository === null) {
    return { project: real, projectName: basename(real), worktree: real, repository, branch: null };
  }
  const head = readSmallFile(join(repository.gitDir, "HEAD"), 4096) ?? "";
  return {
    project: repository.project,
    projectName: basename(repository.project),
    worktree: repository.worktree,
    repository,
    branch: headBranch.exec(head)?.[1] ?? null,
  };
}
