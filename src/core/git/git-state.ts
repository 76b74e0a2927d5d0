// The state of one working tree at one moment, and its reader: a malformed field gives null or a cautious default.

import {
  each,
  listOf,
  oneOf,
  orElse,
  orNull,
  readFlag,
  readNumber,
  readString,
  readStrings,
  readTexts,
  readTrue,
  recordOf,
  shape,
  within,
  type Read,
} from "../read.ts";

const readCount = orElse(within(0, Number.MAX_VALUE), 0);

export const gitOperations = ["merge", "rebase", "am", "cherry-pick", "revert", "bisect"] as const;

const readOperationFields = shape(
  { kind: oneOf(gitOperations) },
  {
    /** From 1; absent without `total`. */
    step: readNumber,
    total: readNumber,
    /** The branch that is being rebased, or that a bisect began on; git itself says "no branch" meanwhile. */
    branch: readString,
    /** The target of a rebase, what is merged or picked, or the commit that a bisect began on: a name or an id. */
    other: readString,
    good: readNumber,
    bad: readNumber,
    subject: readString,
    /** True if the branch was pushed and needs a forced push once it is rebased. */
    forces: readTrue,
  },
);
export type GitOperation = Read<typeof readOperationFields>;

function readOperation(value: unknown): GitOperation | null {
  const found = readOperationFields(value);
  if (found === undefined) return null;
  const { step, total, ...operation } = found;
  return { ...operation, ...(step === undefined || total === undefined ? {} : { step, total }) };
}

export const readCommitNote = shape({ author: readString, subject: readString });
export type CommitNote = Read<typeof readCommitNote>;

const readNewCommits = shape({
  /** Commits by others or brought by a fetch; null: the user's address is unknown. */
  others: orNull(readNumber),
  /** Commits by others, newest first, at most three. */
  notes: orElse(listOf(readCommitNote), []),
});
export type NewCommits = Read<typeof readNewCommits>;

const readUpstream = shape(
  { name: readString, ahead: readCount, behind: readCount, gone: readFlag },
  {
    commit: readString,
    incoming: readNewCommits,
    /** How many of the commits ahead the upstream has under different hashes; absent if none or not counted. */
    same: readNumber,
    /** Former tips that it no longer has: others have rewritten it. */
    lost: readTexts,
  },
);
export type GitUpstream = Read<typeof readUpstream>;

const readCounts = shape(each(["staged", "modified", "untracked", "conflicted"], readCount));
/** An untracked folder counts as one file. */
export type GitCounts = Read<typeof readCounts>;

const readCommit = shape({
  id: readString,
  subject: orElse(readString, ""),
  author: orElse(readString, ""),
  /** ISO 8601, UTC. */
  at: readString,
});
export type GitCommit = Read<typeof readCommit>;

const readPaths = shape(
  {
    conflicted: readStrings,
    /** Changed or new and not committed; without those in conflict. */
    changed: readStrings,
  },
  { incoming: readTexts },
);

const readRef = shape(
  { name: readString, commit: readString },
  { ahead: readNumber, behind: readNumber, /** As in `GitUpstream`. */ same: readNumber },
);
export type GitRef = Read<typeof readRef>;

const readBelow = shape(
  {
    name: readString,
    commit: readString,
    /** Of the commits that the default branch lacks: how many are that branch's, and the total. */
    of: readNumber,
    all: readNumber,
  },
  /** The remote that deleted it; absent if the default branch has all of its commits under different hashes. */
  { goneOn: readString },
);
export type ParentBranch = Read<typeof readBelow>;

export const shallowKinds = ["tip", "some"] as const;

export const pushStates = ["no-remote", "never", "yes"] as const;

export const branchEnds = ["merged", "deleted"] as const;
export type BranchEnd = (typeof branchEnds)[number];

export const maxLoose = 100;

const readState = shape(
  {
    /** Real path of the working tree; of the git folder when bare. */
    root: readString,
    bare: readFlag,
    linkedWorktree: readFlag,
    /** Null when detached or bare. An unborn branch has a name and no `head`. */
    branch: orNull(readString),
    head: orNull(readString),
    upstream: orNull(readUpstream),
    counts: orElse(readCounts, { staged: 0, modified: 0, untracked: 0, conflicted: 0 }),
    operation: readOperation,
    stashes: readCount,
    /** Newest first, at most three. Null if not read. */
    commits: orNull(listOf(readCommit)),
    defaultBranch: orNull(readRef),
  },
  // Each of these is absent if it was not read.
  {
    /** Commits of a detached HEAD that nothing else has; `maxLoose`: that many or more. */
    loose: readNumber,
    pushed: oneOf(pushStates),
    /** When remotes were last fetched from, epoch milliseconds. */
    fetchedAt: readNumber,
    conflicts: readTexts,
    tag: readString,
    shallow: oneOf(shallowKinds),
    /** The first submodules that are at another commit than the one recorded. */
    submodules: readTexts,
    /** The last stash: `at` in epoch milliseconds, and its branch. */
    stash: shape({ at: readNumber }, { branch: readString }),
    /** The default branch of the remote `upstream`: the project that this is a fork of. */
    fork: readRef,
    /** The first files that are modified here and changed by incoming commits. */
    overlap: readTexts,
    below: readBelow,
    paths: readPaths,
    branchEnds: recordOf(oneOf(branchEnds)),
  },
);
export type GitState = Read<typeof readState>;

export const parseGitState: (value: unknown) => GitState | null = orNull(readState);

export function withoutPaths(state: GitState): GitState {
  const kept = { ...state };
  delete kept.paths;
  return kept;
}
