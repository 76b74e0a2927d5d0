// Reads the state of a working tree with two or three hardened git calls, or four for the whole of it. What git's own
// files say is read there.

import { mostLoose, type GitRef, type GitState } from "../core/git-state.ts";
import { logArgs, statusArgs, type GitCaller, type RunGit } from "./hardened.ts";
import { holdGit } from "./settings-copy.ts";
import { findOperation } from "./operation.ts";
import { readIncoming } from "./new-commits.ts";
import { readDefaultBranch, readFetchedAt, readPushed, readRef, readUpstream } from "./refs.ts";
import { parseDistance, parseLog, parseStatus } from "./porcelain.ts";
import { headBranchOf, type Repository } from "./repository.ts";

export interface ReadOptions extends GitCaller {
  /** `status` leaves out the last commits and the names of files. */
  extent: "status" | "whole";
  /** Answers the first call in place of `run` where settings are as they were at an earlier one. */
  early?: RunGit;
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

const mostConflicts = 3;

/** The default branch, and how far the branch checked out is from it. What git does not say in time is left out. */
async function withDistance(
  repository: Repository,
  branch: string | null,
  last: GitState | null,
  run: (args: readonly string[]) => Promise<string>,
): Promise<GitRef | null> {
  const base = readDefaultBranch(repository);
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

const looseArgs = [
  "rev-list",
  "--count",
  `--max-count=${mostLoose}`,
  "HEAD",
  "--not",
  "--branches",
  "--remotes",
  "--tags",
  "--",
] as const;

/** What of a detached HEAD nothing else holds. An operation takes HEAD off its branch too, and has words of its own. */
async function readLoose(
  run: (args: readonly string[]) => Promise<string>,
): Promise<Pick<GitState, "loose">> {
  const answer = await run(looseArgs).catch(() => "");
  return /^\d+\n$/.test(answer) ? { loose: Number(answer) } : {};
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
  const { env, isKept } = await holdGit(repository, options);
  const early = isKept ? (options.early ?? options.run) : options.run;
  const call = { cwd: repository.worktree, env, timeoutMs: options.timeoutMs };
  const run = (args: readonly string[]): Promise<string> => options.run(args, call);
  const isWhole = options.extent === "whole";
  const operation = findOperation(repository);
  const branch = headBranchOf(repository.gitDir);
  const isDetached = branch === null && operation === null;
  const [base, loose, report] = await Promise.all([
    withDistance(repository, branch, options.last ?? null, run),
    isDetached ? readLoose(run) : {},
    early(statusArgs, call),
  ]);
  const { paths, ...rest } = parseStatus(report);
  const commits = isWhole && rest.head !== null ? parseLog(await run(logArgs)) : [];
  const upstream = readUpstream(repository, rest.upstream);
  const ask = (args: readonly string[]) => run(args).catch(() => null);
  const incoming = isWhole ? await readIncoming(repository, { ...rest, upstream }, ask) : {};
  const conflicts = paths.conflicted.slice(0, mostConflicts);
  return {
    root: repository.worktree,
    bare: false,
    linkedWorktree: repository.linkedWorktree,
    ...rest,
    upstream: upstream && { ...upstream, ...incoming },
    ...(rest.branch === null ? loose : {}),
    ...readPushed(repository, rest.branch ?? operation?.branch ?? null),
    ...readFetchedAt(repository),
    ...(conflicts.length === 0 ? {} : { conflicts }),
    ...(isWhole ? { paths } : {}),
    operation,
    commits: isWhole ? commits : null,
    defaultBranch: base,
  };
}
