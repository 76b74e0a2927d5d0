// What is known of one working tree at one moment.

export const gitOperations = ["merge", "rebase", "am", "cherry-pick", "revert", "bisect"] as const;
export type GitOperationKind = (typeof gitOperations)[number];

/** An operation that git has begun and not ended. Steps count from 1. */
export interface GitOperation {
  kind: GitOperationKind;
  step?: number;
  total?: number;
  /** The branch that is being rebased, or that a bisect began on; git itself says "no branch" meanwhile. */
  branch?: string;
  /** What a rebase goes onto, what is merged or picked, or the commit that a bisect began on: a name or an id. */
  other?: string;
  /** How many commits a bisect knows as good and as bad. */
  good?: number;
  bad?: number;
  /** What the commit is called that it has stopped at. */
  subject?: string;
  /** True where the branch was pushed and cannot be pushed again without force once it is rebased. */
  forces?: boolean;
}

/** The branch that this one is compared with. `gone`: configured, and no longer there. */
export interface GitUpstream {
  name: string;
  ahead: number;
  behind: number;
  gone: boolean;
  /** The commit that it is at. Absent where it was not read. */
  commit?: string;
  /** What it has that the branch has not. Absent where it was not read. */
  incoming?: NewCommits;
  /** How many of the commits that the branch is ahead by it has in another form; absent where it has none or was not asked. */
  same?: number;
  /** Commits that it was at and has no more: others have rewritten it. */
  lost?: readonly string[];
}

/** Who made a commit, and what they call it. */
export type CommitNote = Pick<GitCommit, "author" | "subject">;

/** Commits that came from elsewhere. */
export interface NewCommits {
  /**
   * How many are of others than the user, at an upstream also those with the user's address that came by a fetch; null where
   * that address is not known.
   */
  others: number | null;
  /** Those of others, newest first, at most three. */
  notes: readonly CommitNote[];
}

/** Numbers of files; an untracked folder counts as one. */
export interface GitCounts {
  staged: number;
  modified: number;
  untracked: number;
  conflicted: number;
}

export interface GitCommit {
  id: string;
  subject: string;
  author: string;
  /** ISO 8601, UTC. */
  at: string;
}

/** Files by their path from the root, at most a few hundred. */
export interface GitPaths {
  conflicted: readonly string[];
  /** Changed or new and not committed; without those in conflict. */
  changed: readonly string[];
  /** Those that incoming commits change. Absent where they were not read. */
  incoming?: readonly string[];
}

/** A branch and the commit that it points at; where it was counted, how far the branch checked out is from it. */
export interface GitRef {
  name: string;
  commit: string;
  ahead?: number;
  behind?: number;
  /** As of `GitUpstream`. */
  same?: number;
}

/** The branch that the first commits of the one checked out are of, where it is over. */
export interface GitBelow {
  name: string;
  commit: string;
  /** The remote that it is gone on; absent where the default branch has all of its commits in another form. */
  goneOn?: string;
  /** How many of the commits that the default branch has not are of that branch, and how many there are. */
  of: number;
  all: number;
}

/** What of a shallow clone's history is there: the commit checked out alone, or some. */
export const shallowKinds = ["tip", "some"] as const;

/** When the last stash was made, epoch milliseconds, and on which branch. */
export interface GitStash {
  at: number;
  branch?: string;
}

/** Whether a remote has the branch, as far as is known here. */
export const pushStates = ["no-remote", "never", "yes"] as const;

export const mostLoose = 100;

export interface GitState {
  /** Real path of the working tree; of the git folder when bare. */
  root: string;
  bare: boolean;
  /** True in a worktree made by `git worktree add`. */
  linkedWorktree: boolean;
  /** Null when detached or bare. An unborn branch has a name and no `head`. */
  branch: string | null;
  /** The commit checked out; null before the first one. */
  head: string | null;
  upstream: GitUpstream | null;
  counts: GitCounts;
  operation: GitOperation | null;
  stashes: number;
  /** Newest first, at most three. Null where they were not read. */
  commits: readonly GitCommit[] | null;
  /** Null where it was not read or there is none. */
  defaultBranch: GitRef | null;
  /**
   * How many commits of a detached HEAD no branch, tag or remote has; `mostLoose` stands for that many or more. Absent on a
   * branch, through an operation and where git did not say it in time.
   */
  loose?: number;
  /** Absent where that is not known. */
  pushed?: (typeof pushStates)[number];
  /** When remotes were last fetched from, epoch milliseconds. Absent where that is not known. */
  fetchedAt?: number;
  /** The first files in conflict, where there are some. */
  conflicts?: readonly string[];
  /** A tag of the commit checked out, where that is on no branch. */
  tag?: string;
  shallow?: (typeof shallowKinds)[number];
  /** The first submodules that are at another commit than the one recorded. */
  submodules?: readonly string[];
  /** The last stash. */
  stash?: GitStash;
  /** The default branch of the remote `upstream`: the project that this is a fork of. */
  fork?: GitRef;
  /** The first files that are modified here and changed by incoming commits. */
  overlap?: readonly string[];
  below?: GitBelow;
  /** Absent where they were not read. */
  paths?: GitPaths;
  /** Local branches whose work is over. Absent where that was not read. */
  branchEnds?: Readonly<Record<string, BranchEnd>>;
}

/** How a branch's work ended: it is in the default branch, or its remote has deleted it. */
export const branchEnds = ["merged", "deleted"] as const;
export type BranchEnd = (typeof branchEnds)[number];

/** The state as it is kept and reported: without the names of the changed files. */
export function withoutPaths(state: GitState): GitState {
  const kept = { ...state };
  delete kept.paths;
  return kept;
}

/**
 * A short text that is equal for two states exactly when a brief says the same of both, but for the fetch's age: branch,
 * head, distances, counts, conflicts, operation and stashes.
 */
export function gitFingerprint(state: GitState): string {
  const { branch, head, upstream, counts, operation, stashes, defaultBranch: base } = state;
  return JSON.stringify([
    branch,
    head,
    upstream && [upstream.name, upstream.ahead, upstream.behind, upstream.gone],
    [counts.staged, counts.modified, counts.untracked, counts.conflicted],
    operation && Object.entries(operation).toSorted(),
    stashes,
    [base?.ahead ?? 0, base?.behind ?? 0],
    [state.pushed ?? "", state.loose ?? 0, ...(state.conflicts ?? [])],
    [state.tag ?? "", state.fork?.behind ?? 0, state.submodules ?? [], state.overlap ?? []],
  ]);
}
