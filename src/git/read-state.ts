// Reads the state of a working tree with two or three hardened git calls, or four for the whole of it. What git's own
// files say is read there.

import { lstatSync } from "node:fs";
import { join } from "node:path";
import type { GitRef, GitState } from "../core/git-state.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import { SitrepError } from "../core/errors.ts";
import {
  gitEnvironment,
  listConfigArgs,
  logArgs,
  repositoryFilters,
  statusArgs,
} from "./hardened.ts";
import type { GitCaller } from "./hardened.ts";
import { findOperation } from "./operation.ts";
import { readIncoming } from "./new-commits.ts";
import { readDefaultBranch, readFetchedAt, readPushed, readRef, readUpstream } from "./refs.ts";
import { parseDistance, parseLog, parseStatus } from "./porcelain.ts";
import { headBranchOf, type Repository } from "./repository.ts";

export interface ReadOptions extends GitCaller {
  /** `status` leaves out the last commits and the names of files. */
  extent: "status" | "whole";
  /** A state read before: what it says of the same commits is not asked again. */
  last?: GitState | null;
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
const mostConflicts = 3;
/** In bytes. */
const largestPlainConfig = 65_536;

/**
 * True when the repository's own settings can neither define a filter nor include a file that does: the words stand in
 * neither of its two files. Section names cannot be written in any other way, so git need not be asked.
 */
function hasPlainSettings({ commonDir, gitDir }: Repository): boolean {
  return [join(commonDir, "config"), join(gitDir, "config.worktree")].every((file) => {
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats === undefined) return true;
    // A link may name what another process reads otherwise, and of /proc the size is 0.
    if (!stats.isFile() || stats.size === 0 || stats.size >= largestPlainConfig) return false;
    const text = readSmallFile(file, largestPlainConfig);
    return text !== null && !/filter|include|lfs/i.test(text);
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

/** The default branch, and how far the branch checked out is from it. What git does not say in time is left out. */
async function withDistance(
  repository: Repository,
  last: GitState | null,
  run: (args: readonly string[]) => Promise<string>,
): Promise<GitRef | null> {
  const base = readDefaultBranch(repository);
  const branch = headBranchOf(repository.gitDir);
  const head = branch === null ? null : readRef(repository.commonDir, `refs/heads/${branch}`);
  // What the default branch is ahead of its own upstream, the status says.
  const isOwn = base?.name === `origin/${branch}`;
  if (base === null || head === null || base.commit === head || isOwn) return base;
  const known = last?.defaultBranch;
  if (last?.head === head && known?.commit === base.commit && known.ahead !== undefined)
    return { ...known, name: base.name };
  const args = ["rev-list", "--left-right", "--count", `${head}...${base.commit}`, "--"];
  return run(args).then(
    (output) => ({ ...base, ...parseDistance(output) }),
    () => base,
  );
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
    const base = withDistance(repository, options.last ?? null, (args) => run(args, []));
    const list = (): Promise<string> => run(listConfigArgs, []);
    const { status, commits } = await withSteadyFilters(repository, list, async (filters) => {
      const report = parseStatus(await run(statusArgs, filters));
      const hasLog = isWhole && report.head !== null;
      return { status: report, commits: hasLog ? parseLog(await run(logArgs, filters)) : [] };
    });
    const { paths, ...rest } = status;
    const upstream = readUpstream(repository, status.upstream);
    const ask = (args: readonly string[]) => run(args, []).catch(() => null);
    const incoming = isWhole ? await readIncoming(repository, { ...status, upstream }, ask) : {};
    const operation = findOperation(repository);
    const conflicts = paths.conflicted.slice(0, mostConflicts);
    return {
      root: repository.worktree,
      bare: false,
      linkedWorktree: repository.linkedWorktree,
      ...rest,
      upstream: upstream && { ...upstream, ...incoming },
      ...readPushed(repository, status.branch ?? operation?.branch ?? null),
      ...readFetchedAt(repository),
      ...(conflicts.length === 0 ? {} : { conflicts }),
      ...(isWhole ? { paths } : {}),
      operation,
      commits: isWhole ? commits : null,
      defaultBranch: await base,
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
