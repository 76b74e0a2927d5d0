// Why git could not be started: it is not there, or the folder is not.

import { accessSync, constants, statSync } from "node:fs";
import { SitrepError } from "../core/errors.ts";
import type { GitProgram } from "./hardened.ts";

/** True for a file that can be run. */
export function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** `git-missing` when there is no such program, else `git-failed`. */
export function startError(program: GitProgram, cwd: string, cause: unknown): SitrepError {
  if (!isProgram(program.file)) {
    return new SitrepError("git-missing", `${program.file} cannot be run.`, { cause });
  }
  const what = isFolder(cwd) ? "git failed." : `${cwd} is not there any more.`;
  return new SitrepError("git-failed", what, { cause });
}
