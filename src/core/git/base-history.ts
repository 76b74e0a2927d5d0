// The last commits of the default branch: which first-parent commit brought each, and which were reverted.

import { findPullNumber, commitSubject, type BaseCommit } from "./base-commit.ts";

export interface BaseHistory {
  /** The newest first. */
  commits: readonly BaseCommit[];
  /** The index in `commits`, by id. */
  order: ReadonlyMap<string, number>;
  /** The ids of the branch's first-parent commits. */
  line: ReadonlySet<string>;
  /** The first-parent commit that brought each commit. Absent for commits merged in name only (`-s ours`). */
  arrivals: ReadonlyMap<string, BaseCommit>;
  /** The revert in force, by the reverted id. */
  reverts: ReadonlyMap<string, BaseCommit>;
}

function arrivalsIn(
  line: readonly BaseCommit[],
  byId: ReadonlyMap<string, BaseCommit>,
): Map<string, BaseCommit> {
  const arrivals = new Map(line.map((commit) => [commit.id, commit]));
  const seen = new Set(arrivals.keys());
  for (const merge of line.toReversed()) {
    const [first = "", ...others] = merge.parents;
    const isInNameOnly = byId.get(first)?.tree === merge.tree;
    const stack = [...others];
    for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
      const commit = seen.has(id) ? undefined : byId.get(id);
      if (commit === undefined) continue;
      seen.add(id);
      if (!isInNameOnly) arrivals.set(id, merge);
      stack.push(...commit.parents);
    }
  }
  return arrivals;
}

const revertedSubject = /^Revert "(.+)"(?: \(#\d+\))?$/;

/** The older commits that a message says it reverts. */
export function findReverted(commit: BaseCommit, older: readonly BaseCommit[]): BaseCommit[] {
  const { message } = commit;
  const ids = [...message.matchAll(/\bThis reverts commit ([0-9a-f]{7,64})\b/g)];
  if (ids.length > 0)
    return ids.flatMap(([, id = ""]) => older.find((one) => one.id.startsWith(id)) ?? []);
  const subject = revertedSubject.exec(commitSubject(commit))?.[1];
  if (subject === undefined) return [];
  const pull = /^Reverts (?:[\w.-]+\/[\w.-]+)?#(\d+)/m.exec(message)?.[1];
  const found =
    older.find((one) => pull !== undefined && findPullNumber(one) === pull) ??
    older.find((one) => commitSubject(one) === subject);
  return found === undefined ? [] : [found];
}

function revertsIn(
  commits: readonly BaseCommit[],
  arrivals: ReadonlyMap<string, BaseCommit>,
): Map<string, BaseCommit> {
  const reverts = new Map<string, BaseCommit>();
  for (const [at, commit] of commits.entries()) {
    const arrival = arrivals.get(commit.id);
    // A revert that was reverted itself is no longer in force.
    if (arrival === undefined || reverts.has(commit.id) || reverts.has(arrival.id)) continue;
    if (!/\brevert/i.test(commit.message)) continue;
    for (const { id } of findReverted(commit, commits.slice(at + 1)))
      if (!reverts.has(id)) reverts.set(id, commit);
  }
  return reverts;
}

/** Sorts commits after their children: equal seconds and wrong clocks may have mixed them up. */
function sorted(
  listed: readonly BaseCommit[],
  byId: ReadonlyMap<string, BaseCommit>,
): BaseCommit[] {
  const children = new Map<string, number>();
  const parentsOf = ({ parents }: BaseCommit): BaseCommit[] =>
    parents.map((id) => byId.get(id)).filter((one) => one !== undefined);
  for (const { id } of listed.flatMap(parentsOf)) children.set(id, (children.get(id) ?? 0) + 1);
  const found: BaseCommit[] = [];
  const ready = listed.filter(({ id }) => !children.has(id));
  for (let next = ready.shift(); next !== undefined; next = ready.shift()) {
    found.push(next);
    for (const parent of parentsOf(next)) {
      const left = (children.get(parent.id) ?? 0) - 1;
      children.set(parent.id, left);
      if (left === 0) ready.push(parent);
    }
  }
  return found;
}

/** `listed`: the tip first, then its ancestors. */
export function createHistory(listed: readonly BaseCommit[]): BaseHistory {
  const byId = new Map(listed.map((commit) => [commit.id, commit]));
  const commits = sorted(listed, byId);
  const line: BaseCommit[] = [];
  for (let own = commits[0]; own !== undefined; own = byId.get(own.parents[0] ?? ""))
    line.push(own);
  const arrivals = arrivalsIn(line, byId);
  return {
    commits,
    order: new Map(commits.map(({ id }, at) => [id, at])),
    line: new Set(line.map(({ id }) => id)),
    arrivals,
    reverts: revertsIn(commits, arrivals),
  };
}

/** The revert of a commit, or of the merge that brought it. */
export const findRevert = (
  { reverts, arrivals }: BaseHistory,
  { id }: Pick<BaseCommit, "id">,
): BaseCommit | undefined => reverts.get(id) ?? reverts.get(arrivals.get(id)?.id ?? "");
