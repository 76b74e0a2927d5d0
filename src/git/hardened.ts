// A repository can have an ordinary `git status` start a program (GitSpawn, September 2026).

import { dirname } from "node:path";
import { accessSync, constants, statSync } from "node:fs";
import { SitrepError } from "../core/errors.ts";
import type { Repository } from "./repository.ts";

/** The git program and the home whose settings it reads: from the installation, never from a session's environment. */
export interface GitProgram {
  file: string;
  home: string;
  copies: string;
}

/** Runs git and gives its standard output. Throws `git-missing`, `git-failed` or `git-timeout`. */
export type RunGit = (
  args: readonly string[],
  options: { cwd: string; env: Record<string, string>; timeoutMs: number },
) => Promise<string>;

/** Gives git's response; null when it fails or is too slow. */
export type AskGit = (args: readonly string[]) => Promise<string | null>;

export interface GitCaller {
  program: GitProgram;
  run: RunGit;
  timeoutMs: number;
}

const fixedSettings = Object.entries({
  "core.fsmonitor": "false",
  "core.hooksPath": "/dev/null",
  "log.showSignature": "false",
  "diff.external": "",
  "core.pager": "cat",
  "protocol.allow": "never",
});

function fixedEnvironment(program: GitProgram): Record<string, string> {
  const settings = fixedSettings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return {
    HOME: program.home,
    PATH: `${dirname(program.file)}:/usr/bin:/bin`,
    LC_ALL: "C",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ALLOW_PROTOCOL: "none",
    GIT_NO_LAZY_FETCH: "1",
    GIT_CONFIG_COUNT: String(fixedSettings.length),
    ...(Object.fromEntries(settings) as Record<string, string>),
  };
}

/** Its settings override every file. `settings` null: git finds the repository itself. */
export function gitEnvironment(
  program: GitProgram,
  { worktree, gitDir, commonDir }: Pick<Repository, "worktree" | "gitDir" | "commonDir">,
  settings: string | null,
): Record<string, string> {
  // So that `core.worktree` cannot name another folder.
  const env = { ...fixedEnvironment(program), GIT_WORK_TREE: worktree };
  if (settings === null) return env;
  const objects = `${commonDir}/objects`;
  return { ...env, GIT_DIR: gitDir, GIT_COMMON_DIR: settings, GIT_OBJECT_DIRECTORY: objects };
}

export const statusArgs = [
  "--no-pager",
  "status",
  "--porcelain=v2",
  "--branch",
  "--show-stash",
  "-z",
  "--ignore-submodules=dirty",
  "--untracked-files=normal",
] as const;

/** `git status` and its environment, without the variables that name the repository. */
export function plainStatus(program: GitProgram): {
  file: string;
  args: readonly string[];
  env: Record<string, string>;
} {
  return { file: program.file, args: statusArgs, env: fixedEnvironment(program) };
}

export const logArgs = [
  "--no-pager",
  "log",
  "-3",
  "-z",
  "--no-show-signature",
  "--format=%H%n%an%n%cI%n%s",
] as const;

export const gitCommand = (args: readonly string[]): string =>
  args.find((arg) => !arg.startsWith("-")) ?? "";

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

export function startError(program: GitProgram, cwd: string, cause: unknown): SitrepError {
  if (!isProgram(program.file)) {
    return new SitrepError("git-missing", `${program.file} cannot be run.`, { cause });
  }
  const what = isFolder(cwd) ? "git failed." : `${cwd} no longer exists.`;
  return new SitrepError("git-failed", what, { cause });
}
