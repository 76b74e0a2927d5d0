// How git is called: so that nothing a repository contains can make it run, fetch or wait. Each setting stands for a
// program that a repository can name for an ordinary `git status` to start (disclosed as GitSpawn, September 2026).

import { dirname } from "node:path";
import { accessSync, constants, statSync } from "node:fs";
import { SitrepError } from "../core/errors.ts";

/** Where git is and whose settings it reads: from the installation, never from a session's environment. */
export interface GitProgram {
  /** Absolute path. */
  file: string;
  /** The home folder whose git settings count. */
  home: string;
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
  ["safe.bareRepository", "explicit"],
  ["log.showSignature", "false"],
  ["diff.external", ""],
  ["core.pager", "cat"],
  ["protocol.allow", "never"],
];

/** One line a key: `scope\0key\0`. */
export const listConfigArgs = ["config", "--list", "-z", "--name-only", "--show-scope"] as const;

/** The name may be empty, and hold dots. */
const filterKey = /^filter\.(.*)\.(clean|smudge|process|required)$/s;
/** Settings by which a repository names a program that the user's own git-lfs would start. */
const lfsProgramKey = /^lfs\.(extension|customtransfer|standalonetransferagent)\b/s;
const ownScopes: ReadonlySet<string> = new Set(["system", "global"]);

/**
 * The filter settings to blank, out of `listConfigArgs`' answer: those that the repository sets. Filters of the user's
 * own settings (git-lfs) stay, unless the repository gives one of the same name or an extension to it. Throws
 * `git-failed` for a name that is no UTF-8.
 */
export function repositoryFilters(listing: string): string[] {
  const fields = listing.split("\0");
  const names = new Set<string>();
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [scope, key] = [fields[index] ?? "", fields[index + 1] ?? ""];
    if (ownScopes.has(scope)) continue;
    const name = lfsProgramKey.test(key) ? "lfs" : filterKey.exec(key)?.[1];
    // It was no UTF-8, and what would be blanked is another name.
    if (name?.includes("\ufffd") === true)
      throw new SitrepError("git-failed", "The repository has a filter whose name is no UTF-8.");
    if (name !== undefined) names.add(name);
  }
  return [...names];
}

function blankFilter(name: string): [string, string][] {
  return [
    [`filter.${name}.clean`, ""],
    [`filter.${name}.smudge`, ""],
    [`filter.${name}.process`, ""],
    [`filter.${name}.required`, "false"],
  ];
}

/**
 * The whole environment of a git process. Settings go in numbered variables: a filter named `a=b` cannot be reached by
 * `-c`. `worktree` pins the working tree, whatever `core.worktree` says.
 */
export function gitEnvironment(
  program: GitProgram,
  worktree: string,
  filters: readonly string[],
): Record<string, string> {
  const env: Record<string, string> = {
    HOME: program.home,
    PATH: `${dirname(program.file)}:/usr/bin:/bin`,
    LC_ALL: "C",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ALLOW_PROTOCOL: "none",
    GIT_NO_LAZY_FETCH: "1",
    GIT_WORK_TREE: worktree,
    // Git climbs to the repository around a folder that is none to it.
    GIT_CEILING_DIRECTORIES: dirname(worktree),
  };
  const settings = [...fixedSettings, ...filters.flatMap(blankFilter)];
  env["GIT_CONFIG_COUNT"] = String(settings.length);
  for (const [index, [key, value]] of settings.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return env;
}

export const statusArgs = [
  "--no-pager",
  "status",
  "--porcelain=v2",
  "--branch",
  "--show-stash",
  "-z",
  "--ignore-submodules=all",
  "--untracked-files=normal",
] as const;

/** `git status` in a repository that names no filters, with its environment but for what names the working tree. */
export function plainStatus(program: GitProgram): {
  file: string;
  args: readonly string[];
  env: Record<string, string>;
} {
  const { GIT_WORK_TREE: _, GIT_CEILING_DIRECTORIES: __, ...env } = gitEnvironment(program, "", []);
  return { file: program.file, args: statusArgs, env };
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
