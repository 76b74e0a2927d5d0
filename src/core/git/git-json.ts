// Reads a git state out of a cache row: anything of another shape gives null or a cautious default.

import {
  gitOperations,
  pushStates,
  shallowKinds,
  branchEnds,
  type BranchEnd,
  type CommitNote,
  type GitBelow,
  type GitCommit,
  type GitOperation,
  type GitPaths,
  type GitRef,
  type GitStash,
  type GitState,
  type GitUpstream,
  type NewCommits,
} from "./git-state.ts";
import {
  defined,
  readItems,
  readNumber,
  readObject,
  readOneOf,
  readString,
  readStrings,
} from "../read.ts";

const count = (value: unknown): number => Math.max(0, readNumber(value) ?? 0);

const readList = (value: unknown): string[] | undefined =>
  Array.isArray(value) ? readStrings(value) : undefined;

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
    ...defined({
      commit,
      incoming: readNewCommits(from["incoming"]),
      same: readNumber(from["same"]),
      lost: readList(from["lost"]),
    }),
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
      subject: readString(from["subject"]),
      forces: from["forces"] === true ? true : undefined,
    }),
  };
}

function readRef(value: unknown): GitRef | null {
  const from = readObject(value);
  const [name, commit] = [readString(from?.["name"]), readString(from?.["commit"])];
  if (name === undefined || commit === undefined) return null;
  const [ahead, behind] = [readNumber(from?.["ahead"]), readNumber(from?.["behind"])];
  return { name, commit, ...defined({ ahead, behind, same: readNumber(from?.["same"]) }) };
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
  return { paths: { conflicted, changed, ...defined({ incoming: readList(from["incoming"]) }) } };
}

function readBelow(value: unknown): GitBelow | undefined {
  const from = readObject(value);
  const [name, commit] = [readString(from?.["name"]), readString(from?.["commit"])];
  const [of, all] = [readNumber(from?.["of"]), readNumber(from?.["all"])];
  if (name === undefined || commit === undefined || of === undefined || all === undefined) return;
  return { name, commit, of, all, ...defined({ goneOn: readString(from?.["goneOn"]) }) };
}

function readStash(value: unknown): GitStash | undefined {
  const from = readObject(value);
  const at = readNumber(from?.["at"]);
  return at === undefined
    ? undefined
    : { at, ...defined({ branch: readString(from?.["branch"]) }) };
}

function readBranchEnds(value: unknown): Record<string, BranchEnd> | undefined {
  const from = readObject(value);
  if (from === null) return undefined;
  const known = Object.entries(from).flatMap(([name, end]) => {
    const is = readOneOf(end, branchEnds);
    return is === undefined ? [] : [[name, is] as const];
  });
  return Object.fromEntries(known);
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
      conflicts: readList(from["conflicts"]),
      tag: readString(from["tag"]),
      shallow: readOneOf(from["shallow"], shallowKinds),
      submodules: readList(from["submodules"]),
      stash: readStash(from["stash"]),
      fork: readRef(from["fork"]) ?? undefined,
      overlap: readList(from["overlap"]),
      below: readBelow(from["below"]),
      branchEnds: readBranchEnds(from["branchEnds"]),
    }),
    ...readPaths(from["paths"]),
  };
}
