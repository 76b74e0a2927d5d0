// A git state out of a cache row. Anything of another shape gives null or a cautious default.

import { gitOperations } from "./git-state.ts";
import type {
  GitCommit,
  GitOperation,
  GitPaths,
  GitRef,
  GitState,
  GitUpstream,
} from "./git-state.ts";
import { readNumber, readObject, readOneOf, readString, readStrings } from "./read.ts";

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
    ...(commit === undefined ? {} : { commit }),
  };
}

function readOperation(value: unknown): GitOperation | null {
  const from = readObject(value);
  const kind = readOneOf(from?.["kind"], gitOperations);
  if (from === null || kind === undefined) return null;
  const [step, total] = [readNumber(from["step"]), readNumber(from["total"])];
  const branch = readString(from["branch"]);
  return {
    kind,
    ...(step === undefined || total === undefined ? {} : { step, total }),
    ...(branch === undefined ? {} : { branch }),
  };
}

function readRef(value: unknown): GitRef | null {
  const from = readObject(value);
  const [name, commit] = [readString(from?.["name"]), readString(from?.["commit"])];
  return name === undefined || commit === undefined ? null : { name, commit };
}

function readCommits(value: unknown): GitCommit[] | null {
  if (!Array.isArray(value)) return null;
  return value.flatMap((item: unknown) => {
    const from = readObject(item);
    const [id, at] = [readString(from?.["id"]), readString(from?.["at"])];
    if (from === null || id === undefined || at === undefined) return [];
    const [subject, author] = [readString(from["subject"]), readString(from["author"])];
    return [{ id, at, subject: subject ?? "", author: author ?? "" }];
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
    ...readPaths(from["paths"]),
  };
}
