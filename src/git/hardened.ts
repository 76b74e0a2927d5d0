// How git is called: so that nothing a repository contains can make it run, fetch or wait. Each setting stands for a
// program that a repository can name for an ordinary `git status` to start (disclosed as GitSpawn, September 2026).

import { dirname } from "node:path";
import { accessSync, constants, statSync } from "node:fs";
import { SitrepError } from "../core/errors.ts";
import type { Repository } from "./repository.ts";

/** Where git is and whose settings it reads: from the installation, never from a session's environment. */
export interface GitProgram {
  /** Absolute path. */
  file: string;
  /** The home folder whose git settings count. */
  home: string;
  /** The folder of the copies of repositories' settings (settings-copy.ts). */
  copies: string;
}

/** Runs git and gives its standard output. Throws `git-missing`, `git-failed` or `git-timeout`. */
export type RunGit = (
  args: readonly string[],
  options: { cwd: string; env: Record<string, string>; timeoutMs: number },
) => Promise<string>;

/** What it takes to ask git. */
export interface GitCaller {
  program: GitProgram;
  run: RunGit;
  /** For each git call. */
  timeoutMs: number;
}

const fixedSettings: readonly [string, string][] = [
  ["core.fsmonitor", "false"],
  ["core.hooksPath", "/dev/null"],
  ["log.showSignature", "false"],
  ["diff.external", ""],
  ["core.pager", "cat"],
  ["protocol.allow", "never"],
];

function fixedEnvironment(program: GitProgram): Record<string, string> {
  const env: Record<string, string> = {
    HOME: program.home,
    PATH: `${dirname(program.file)}:/usr/bin:/bin`,
    LC_ALL: "C",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ALLOW_PROTOCOL: "none",
    GIT_NO_LAZY_FETCH: "1",
  };
  env["GIT_CONFIG_COUNT"] = String(fixedSettings.length);
  for (const [index, [key, value]] of fixedSettings.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return env;
}

/**
 * The whole environment of a git process. Settings go in numbered variables: they take precedence over every file.
 * `settings`: the folder that stands for the repository's common one, settings and all; null where git is to look for
 * the repository itself.
 */
export function gitEnvironment(
  program: GitProgram,
  { worktree, gitDir, commonDir }: Pick<Repository, "worktree" | "gitDir" | "commonDir">,
  settings: string | null,
): Record<string, string> {
  // Whatever `core.worktree` says.
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

/** `git status` with its environment but for what names the repository. */
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

/** The command among the arguments, for a message. */
export const commandOf = (args: readonly string[]): string =>
  args.find((arg) => !arg.startsWith("-")) ?? "";

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
