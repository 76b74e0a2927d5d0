// Where a session is, for the hooks.

import { basename } from "node:path";
import { locate } from "../git/repository.ts";
import type { Place } from "./ports.ts";

/** The place of a folder; a folder that is gone is a place without a repository. */
export function placeOf(folder: string | null): Place {
  const found = folder === null ? null : locate(folder);
  if (found === null) {
    const path = folder ?? "";
    return {
      project: path,
      projectName: basename(path) || "unknown",
      worktree: path,
      isRepository: false,
      branch: null,
    };
  }
  const { project, projectName, worktree, branch } = found;
  return { project, projectName, worktree, branch, isRepository: found.repository !== null };
}
