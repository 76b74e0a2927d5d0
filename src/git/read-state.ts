// Reads the state of a working tree with two hardened git calls, or four for the whole of it. The operation in progress
// is known by the files that git leaves in its folder.

import { existsSync, lstatSync } from "node:fs";
import { join } from "node:path";
import type { GitOperation, GitState } from "../core/git-state.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import { SitrepError } from "../core/errors.ts";
import {
  defaultBranchArgs,
  gitEnvironment,
  listConfigArgs,
  logArgs,
  repositoryFilters,
  statusArgs,
} from "./hardened.ts";
import type { GitCaller } from "./hardened.ts";
import { readUpstreamCommit } from "./refs.ts";
import { parseDefaultBranch, parseLog, parseStatus } from "./porcelain.ts";
import { headBranchOf, type Repository } from "./repository.ts";

const readText = (file: string): string => readSmallFile(file, 4096) ?? "";

function steps(
  folder: string,
  stepFile: string,
  totalFile: string,
): { step: number; total: number } | undefined {
  const step = Number.parseInt(readText(join(folder, stepFile)), 10);
  const total = Number.parseInt(readText(join(folder, totalFile)), 10);
  return Number.isNaN(step) || Number.isNaN(total) ? undefined : { step, total };
}

function rebasedBranch(folder: string): { branch: string } | undefined {
  const branch = /^refs\/heads\/(.+)$/m.exec(readText(join(folder, "head-name")))?.[1];
  return branch === undefined ? undefined : { branch };
}

/** The operation in progress in this git folder (a linked worktree has its own), or null. */
export function findOperation(gitDir: string): GitOperation | null {
  const has = (name: string): boolean => existsSync(join(gitDir, name));
  if (has("rebase-merge")) {
    const folder = join(gitDir, "rebase-merge");
    return { kind: "rebase", ...steps(folder, "msgnum", "end"), ...rebasedBranch(folder) };
  }
  if (has("rebase-apply")) {
    const folder = join(gitDir, "rebase-apply");
    const kind = has("rebase-apply/applying") ? "am" : "rebase";
    return { kind, ...steps(folder, "next", "last"), ...rebasedBranch(folder) };
  }
  if (has("MERGE_HEAD")) return { kind: "merge" };
  if (has("CHERRY_PICK_HEAD")) return { kind: "cherry-pick" };
  if (has("REVERT_HEAD")) return { kind: "revert" };
  // Several commits, and the one in conflict has been committed: only what is left to do says so.
  const todo = readText(join(gitDir, "sequencer/todo"));
  if (todo !== "") return { kind: /^revert\b/.test(todo) ? "revert" : "cherry-pick" };
  if (has("BISECT_LOG")) return { kind: "bisect" };
  return null;
}

export interface ReadOptions extends GitCaller {
  /** `status` leaves out the last commits, the default branch and the names of files. */
  extent: "status" | "whole";
}

/** A bare repository has no working tree to ask about: nothing is run in it. */
function bareState(repository: Repository): GitState {
  return {
    root: repository.worktree,
    bare: true,
    linkedWorktree: false,
    branch: headBranchOf(repository.gitDir),
    head: null,
    upstream: null,
    counts: { staged: 0, modified: 0, untracked: 0, conflicted: 0 },
    operation: null,
    stashes: 0,
    commits: null,
    defaultBranch: null,
  };
}

/** Git refuses a repository of another user (safe.directory); we say so instead of "failed". */
function isForeign({ gitDir, worktree }: Repository): boolean {
  const uid = process.getuid?.();
  return [gitDir, worktree].some((path) => {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return uid !== undefined && stats !== undefined && stats.uid !== uid;
  });
}

/** Differs once the repository's own settings have been written to. */
function settingsStamp({ commonDir, gitDir }: Repository): string {
  const files = [join(commonDir, "config"), join(gitDir, "config.worktree")];
  return files
    .map((file) => lstatSync(file, { throwIfNoEntry: false }))
    .map((stats) => (stats === undefined ? "" : `${stats.ino} ${stats.size} ${stats.mtimeMs}`))
    .join("\n");
}

const mostTries = 3;
const largestPlainConfig = 65_536;

/**
 * True when the repository's own settings can neither define a filter nor include a file that does: the words stand in
 * neither of its two files. Section names cannot be written in any other way, so git need not be asked.
 */
function hasPlainSettings({ commonDir, gitDir }: Repository): boolean {
  return [join(commonDir, "config"), join(gitDir, "config.worktree")].every((file) => {
    const text = readSmallFile(file, largestPlainConfig);
    if (text === null) return !existsSync(file);
    return text.length < largestPlainConfig && !/filter|include|lfs/i.test(text);
  });
}

/**
 * What `read` makes of the repository's filters, once its settings have held still from their listing to the answer:
 * they could otherwise name a program after the listing.
 */
async function withSteadyFilters<T>(
  repository: Repository,
  list: () => Promise<string>,
  read: (filters: string[]) => Promise<T>,
): Promise<T> {
  for (let left = mostTries; left > 0; left -= 1) {
    const before = settingsStamp(repository);
    const answer = await read(hasPlainSettings(repository) ? [] : repositoryFilters(await list()));
    if (settingsStamp(repository) === before) return answer;
  }
  throw new SitrepError("git-failed", `The settings of ${repository.worktree} keep changing.`);
}

/**
 * The state of a working tree as of now. Throws `git-missing`, `git-timeout`, `git-untrusted` (the repository belongs
 * to another user and git refuses it) or `git-failed`.
 */
export async function readGitState(
  repository: Repository,
  options: ReadOptions,
): Promise<GitState> {
  if (repository.bare) return bareState(repository);
  const { program, timeoutMs } = options;
  const run = (args: readonly string[], filters: readonly string[]): Promise<string> =>
    options.run(args, {
      cwd: repository.worktree,
      env: gitEnvironment(program, repository.worktree, filters),
      timeoutMs,
    });
  try {
    const isWhole = options.extent === "whole";
    const references = isWhole ? run(defaultBranchArgs, []) : null;
    // A reference answer that comes too late to be awaited must not become an unhandled rejection.
    references?.catch(() => undefined);
    const list = (): Promise<string> => run(listConfigArgs, []);
    const { status, commits } = await withSteadyFilters(repository, list, async (filters) => {
      const report = parseStatus(await run(statusArgs, filters));
      const hasLog = isWhole && report.head !== null;
      return { status: report, commits: hasLog ? parseLog(await run(logArgs, filters)) : [] };
    });
    const { paths, upstream, ...rest } = status;
    return {
      root: repository.worktree,
      bare: false,
      linkedWorktree: repository.linkedWorktree,
      ...rest,
      upstream: upstream && { ...upstream, ...readUpstreamCommit(repository, upstream.name) },
      ...(isWhole ? { paths } : {}),
      operation: findOperation(repository.gitDir),
      commits: isWhole ? commits : null,
      defaultBranch: references === null ? null : parseDefaultBranch(await references),
    };
  } catch (error) {
    if (error instanceof SitrepError && error.code === "git-failed" && isForeign(repository)) {
      throw new SitrepError("git-untrusted", `${repository.worktree} belongs to another user.`, {
        hint: `To trust it: git config --global --add safe.directory ${repository.worktree}`,
        cause: error,
      });
    }
    throw error;
  }
}
