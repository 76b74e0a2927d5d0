// What is known of one working tree at one moment, and how it is read out of a cache row: anything of another shape
// gives null or a cautious default.

import {
  defined,
  readItems,
  readNumber,
  readObject,
  readOneOf,
  readString,
  readStrings,
} from "./read.ts";

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
}

/** A branch and the commit that it points at; where it was counted, how far the branch checked out is from it. */
export interface GitRef {
  name: string;
  commit: string;
  ahead?: number;
  behind?: number;
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
  /** Absent where they were not read. */
  paths?: GitPaths;
}

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
  ]);
}

const count = (value: unknown): number => Math.max(0, readNumber(value) ?? 0);

function readUpstream(value: unknown): GitUpstream | null {
  const from = readObject(value);
  const name = readString(from?.["name"]);
  if (from === null || name === undefined) return null;
  const commit = readString(from["commit"]);
  return {
    name,
    ahead: count(from["ahead"]),
    behind: count(from["behind"]),
    gone: from["gone"] === true,
    ...defined({ commit, incoming: readNewCommits(from["incoming"]) }),
  };
}

export const readNotes = (value: unknown): CommitNote[] =>
  readItems(value, (one) => {
    const note = readObject(one);
    const [author, subject] = [readString(note?.["author"]), readString(note?.["subject"])];
    return author === undefined || subject === undefined ? null : { author, subject };
  });

function readNewCommits(value: unknown): NewCommits | undefined {
  const from = readObject(value);
  if (from === null) return undefined;
  return { others: readNumber(from["others"]) ?? null, notes: readNotes(from["notes"]) };
}

function readOperation(value: unknown): GitOperation | null {
  const from = readObject(value);
  const kind = readOneOf(from?.["kind"], gitOperations);
  if (from === null || kind === undefined) return null;
  const [step, total] = [readNumber(from["step"]), readNumber(from["total"])];
  return {
    kind,
    ...(step === undefined || total === undefined ? {} : { step, total }),
    ...defined({
      branch: readString(from["branch"]),
      other: readString(from["other"]),
      good: readNumber(from["good"]),
      bad: readNumber(from["bad"]),
    }),
  };
}

function readRef(value: unknown): GitRef | null {
  const from = readObject(value);
  const [name, commit] = [readString(from?.["name"]), readString(from?.["commit"])];
  if (name === undefined || commit === undefined) return null;
  const [ahead, behind] = [readNumber(from?.["ahead"]), readNumber(from?.["behind"])];
  return { name, commit, ...defined({ ahead, behind }) };
}

function readCommits(value: unknown): GitCommit[] | null {
  if (!Array.isArray(value)) return null;
  return readItems(value, (item) => {
    const from = readObject(item);
    const [id, at] = [readString(from?.["id"]), readString(from?.["at"])];
    if (from === null || id === undefined || at === undefined) return null;
    const [subject, author] = [readString(from["subject"]), readString(from["author"])];
    return { id, at, subject: subject ?? "", author: author ?? "" };
  });
}

function readPaths(value: unknown): { paths?: GitPaths } {
  const from = readObject(value);
  if (from === null) return {};
  const [conflicted, changed] = [readStrings(from["conflicted"]), readStrings(from["changed"])];
  return { paths: { conflicted, changed } };
}

/** The state in `value`, or null when it has no root. */
export function readGitState(value: unknown): GitState | null {
  const from = readObject(value);
  const root = readString(from?.["root"]);
  if (from === null || root === undefined) return null;
  const counts = readObject(from["counts"]);
  return {
    root,
    bare: from["bare"] === true,
    linkedWorktree: from["linkedWorktree"] === true,
    branch: readString(from["branch"]) ?? null,
    head: readString(from["head"]) ?? null,
    upstream: readUpstream(from["upstream"]),
    counts: {
      staged: count(counts?.["staged"]),
      modified: count(counts?.["modified"]),
      untracked: count(counts?.["untracked"]),
      conflicted: count(counts?.["conflicted"]),
    },
    operation: readOperation(from["operation"]),
    stashes: count(from["stashes"]),
    commits: readCommits(from["commits"]),
    defaultBranch: readRef(from["defaultBranch"]),
    ...defined({
      loose: readNumber(from["loose"]),
      pushed: readOneOf(from["pushed"], pushStates),
      fetchedAt: readNumber(from["fetchedAt"]),
      conflicts: Array.isArray(from["conflicts"]) ? readStrings(from["conflicts"]) : undefined,
    }),
    ...readPaths(from["paths"]),
  };
}
