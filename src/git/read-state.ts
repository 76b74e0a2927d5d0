// Reads the state of a working tree from git's own files and two or three hardened git calls; more for the whole state.

import { maxLoose, type GitOperation, type GitRef, type GitState } from "../core/git/git-state.ts";
import { defined } from "../core/read.ts";
import { logArgs, statusArgs, type AskGit, type GitCaller, type RunGit } from "./hardened.ts";
import { gitCallEnvironment } from "./settings-copy.ts";
import { findOperation, readForces, readStoppedAt } from "./ongoing-operation.ts";
import { readIncoming } from "./new-commits.ts";
import {
  readDefaultBranch,
  readFetchedAt,
  readForkBase,
  readPushed,
  readRef,
  readShallow,
  readStash,
  readUpstream,
} from "./refs.ts";
import { withKnownFacts, withSlowFacts } from "./slow-facts.ts";
import { parseDistance, parseLog, parseStatus } from "./porcelain.ts";
import { readHeadBranch, type Repository } from "./repository.ts";

export interface ReadOptions extends GitCaller {
  /** `status`: without the last commits and the names of files. */
  extent: "status" | "whole";
  /** Makes the `git status` call instead of `run`, when the settings are the same as at an earlier call. */
  early?: RunGit;
  /** An earlier state, whose facts about the same commits are reused. */
  last?: GitState | null;
}

/** A bare repository has no working tree to ask about: git does not run in it. */
function bareState(repository: Repository): GitState {
  return {
    root: repository.worktree,
    bare: true,
    linkedWorktree: false,
    branch: readHeadBranch(repository.gitDir),
    head: null,
    upstream: null,
    counts: { staged: 0, modified: 0, untracked: 0, conflicted: 0 },
    operation: null,
    stashes: 0,
    commits: null,
    defaultBranch: null,
  };
}

const distanceArgs = ["rev-list", "--left-right", "--count"];
const maxConflicts = 3;
const maxSubmodules = 4;

/** A branch with its distance from the checked-out commit. `known`: the branch in an earlier state at the same HEAD. */
async function withDistance(
  to: GitRef | null,
  head: string | null,
  known: GitRef | null | undefined,
  ask: AskGit,
): Promise<GitRef | null> {
  if (to === null || head === null || to.commit === head) return to;
  if (known?.commit === to.commit && known.ahead !== undefined) return { ...known, name: to.name };
  const response = await ask([...distanceArgs, `${head}...${to.commit}`, "--"]);
  return response === null ? to : { ...to, ...parseDistance(response) };
}

/** The branch's distances from the default branch, and from the one of the project that this is a fork of. */
async function readDistances(
  repository: Repository,
  branch: string | null,
  last: GitState | null,
  ask: AskGit,
): Promise<[base: GitRef | null, fork: GitRef | null]> {
  const head = branch === null ? null : readRef(repository.commonDir, `refs/heads/${branch}`);
  const named = readDefaultBranch(repository);
  // `git status` already gives the default branch's distance from its own upstream.
  const isOwn = named?.name === `origin/${branch}`;
  const known = last?.head === head ? last : null;
  return await Promise.all([
    isOwn ? named : withDistance(named, head, known?.defaultBranch, ask),
    withDistance(readForkBase(repository), head, known?.fork, ask),
  ]);
}

const tagArgs = [
  "for-each-ref",
  "--points-at=HEAD",
  "--sort=-version:refname",
  "--count=1",
  "--format=%(refname:lstrip=2)",
  "refs/tags",
] as const;

const looseArgs = [
  "rev-list",
  "--count",
  `--max-count=${maxLoose}`,
  "HEAD",
  "--not",
  "--branches",
  "--remotes",
  "--tags",
  "--",
] as const;

/** The commits that only a detached HEAD holds, and its tag. Not for an operation, which detaches HEAD too. */
async function readDetached(ask: AskGit): Promise<Pick<GitState, "loose" | "tag">> {
  const [response, tag] = await Promise.all([ask(looseArgs), ask(tagArgs)]);
  const loose = /^\d+\n$/.test(response ?? "") ? Number(response) : undefined;
  return defined({ loose, tag: tag?.trimEnd() || undefined });
}

async function readStopped(
  repository: Repository,
  operation: GitOperation,
  pushedTip: string | null,
  ask: AskGit,
): Promise<GitOperation> {
  const [subject, forces] = await Promise.all([
    readStoppedAt(repository, operation, ask),
    operation.kind === "rebase" ? readForces(repository, pushedTip, ask) : {},
  ]);
  return { ...operation, ...subject, ...forces };
}

/** Throws `git-missing`, `git-timeout`, `git-failed`, or `git-untrusted` when git refuses another user's repository. */
export async function readGitState(
  repository: Repository,
  options: ReadOptions,
): Promise<GitState> {
  if (repository.bare) return bareState(repository);
  const { env, isKept } = await gitCallEnvironment(repository, options);
  const early = isKept ? (options.early ?? options.run) : options.run;
  const call = { cwd: repository.worktree, env, timeoutMs: options.timeoutMs };
  const run = (args: readonly string[]): Promise<string> => options.run(args, call);
  const isWhole = options.extent === "whole";
  const ask: AskGit = (args) => run(args).catch(() => null);
  const found = findOperation(repository);
  const branch = readHeadBranch(repository.gitDir);
  const last = options.last ?? null;
  const { tip = null, ...pushed } = readPushed(repository, branch ?? found?.branch ?? null);
  const [[base, fork], detached, operation, report] = await Promise.all([
    readDistances(repository, branch, last, ask),
    branch === null && found === null ? readDetached(ask) : {},
    found && readStopped(repository, found, tip, ask),
    early(statusArgs, call),
  ]);
  const { paths, tracked, submodules, ...rest } = parseStatus(report);
  const commits = isWhole && rest.head !== null ? parseLog(await run(logArgs)) : [];
  const upstream = readUpstream(repository, rest.upstream);
  const incoming = isWhole ? await readIncoming(repository, { ...rest, upstream }, ask) : {};
  const conflicts = paths.conflicted.slice(0, maxConflicts);
  const state: GitState = {
    root: repository.worktree,
    bare: false,
    linkedWorktree: repository.linkedWorktree,
    ...rest,
    upstream: upstream && { ...upstream, ...incoming },
    ...(rest.branch === null ? detached : {}),
    ...pushed,
    ...readFetchedAt(repository),
    ...readShallow(repository, rest.head),
    ...(rest.stashes === 0 ? {} : readStash(repository)),
    ...(fork === null ? {} : { fork }),
    ...(conflicts.length === 0 ? {} : { conflicts }),
    ...(submodules.length === 0 ? {} : { submodules: submodules.slice(0, maxSubmodules) }),
    ...(isWhole ? { paths } : {}),
    operation,
    commits: isWhole ? commits : null,
    defaultBranch: base,
  };
  return isWhole
    ? withSlowFacts(repository, state, { last, tracked, ask })
    : withKnownFacts(repository, state, { last, tracked });
}
