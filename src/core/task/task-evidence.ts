// What the default branch and other branches show about one task.

import type { BaseHistory } from "../git/base-history.ts";
import { findReverted, findRevert } from "../git/base-history.ts";
import { findClosings, isHedged, mentions, mergedBranches } from "../git/base-commit.ts";
import { findPullNumber, commitSubject, type BaseCommit } from "../git/base-commit.ts";
import { idsInBranch, sharesWord } from "./branch-tasks.ts";
import { isUntouchedSince, type FoundMismatch } from "./mismatch.ts";
import type { Task } from "./task.ts";

/** `owner/repo` of the default branch's remote. */
export type TrackerPath = string | null;

/** A branch that may be about the task. `mergedAs`: the commits of the default branch that have its work. */
export interface TaskBranch {
  name: string;
  commit: string;
  at: number;
  isGone: boolean;
  mergedAs: readonly string[] | null;
  requiredCommits: number;
}

const bareId = (id: string): string => id.replace(/^#/, "").toLowerCase();
const isNumber = (id: string): boolean => /^\d+$/.test(bareId(id));

/** Whether the task's number is one of this repository's own issues. */
function isTracked({ id, url = "" }: Task, tracker: TrackerPath): boolean {
  const path = url.replace("/-/", "/");
  const own = /^https?:\/\/[^/]+\/(?:.+\/)?([^/]+\/[^/]+)\/issues\/(\d+)/.exec(path);
  return own?.[1]?.toLowerCase() === tracker?.toLowerCase() && own?.[2] === bareId(id);
}

function isClosing(reference: string, task: Task, tracker: TrackerPath): boolean {
  const given = reference.toLowerCase();
  if (!isNumber(task.id)) return given === task.id.toLowerCase();
  if (!isTracked(task, tracker)) return false;
  const [, where = "", number] =
    /^(?:https?:\/\/[^/]+\/)?(.*?)(?:(?:\/-)?\/issues\/|#)(\d+)$/.exec(given) ?? [];
  const isHere = where === "" || `/${where}`.endsWith(`/${tracker?.toLowerCase()}`);
  return number === bareId(task.id) && isHere;
}

/** Weak evidence: the branch's name has the id, or the task names the branch. */
export const mayBeTaskBranch = (task: Task, branch: string): boolean =>
  task.branch === branch || idsInBranch(branch).some((id) => id.toLowerCase() === bareId(task.id));

/** Strong evidence: a bare number in a branch's name is not enough by itself. */
export const isTaskBranch = (task: Task, branch: string, tracker: TrackerPath): boolean =>
  task.branch === branch ||
  (task.branch === undefined &&
    mayBeTaskBranch(task, branch) &&
    (!isNumber(task.id) || (isTracked(task, tracker) && sharesWord(branch, task.title))));

export interface CommitFacts {
  commit: BaseCommit;
  closings: readonly string[];
  merged: readonly string[];
}

/** What each commit says, read once for all tasks. */
export const listCommitFacts = (history: BaseHistory): CommitFacts[] =>
  history.commits.map((commit) => {
    const { message } = commit;
    return { commit, closings: findClosings(message), merged: mergedBranches(commit) };
  });

interface Event {
  kind: "landing" | "revert";
  by: "branch" | "words";
  /** 0: the newest commit. */
  order: number;
  commit: string;
  at: number;
  pull: string | undefined;
}

function eventOf(history: BaseHistory, commit: BaseCommit | undefined, by: Event["by"]): Event[] {
  const arrival = commit && history.arrivals.get(commit.id);
  if (commit === undefined || arrival === undefined) return [];
  const placeOf = ({ id, at }: BaseCommit) => ({ order: history.order.get(id) ?? 0, at });
  const pull = findPullNumber(arrival) ?? findPullNumber(commit);
  const landing = { kind: "landing" as const, by, commit: commit.id, pull, ...placeOf(arrival) };
  const revert = findRevert(history, commit);
  if (revert === undefined) return [landing];
  const taken = history.arrivals.get(revert.id) ?? revert;
  return [{ ...landing, kind: "revert", commit: revert.id, ...placeOf(taken) }];
}

/** Events of a merged branch: its landings, or its reverts if too few landings are left. */
function branchEvents(history: BaseHistory, { mergedAs, requiredCommits }: TaskBranch): Event[] {
  const events = (mergedAs ?? []).flatMap((id) =>
    eventOf(history, history.commits[history.order.get(id) ?? -1], "branch"),
  );
  const left = events.filter(({ kind }) => kind === "landing");
  return left.length < requiredCommits ? events.filter(({ kind }) => kind === "revert") : left;
}

/** A squash that patches cannot match: its subject has a pull request's number and the task's id. */
const isSquashOf = ({ id }: Task, commit: BaseCommit, since: number): boolean =>
  commit.parents.length === 1 &&
  commit.at >= since &&
  !isNumber(id) &&
  findPullNumber(commit) !== undefined &&
  mentions(commitSubject(commit), id) &&
  !isHedged(commitSubject(commit)) &&
  !/\brevert/i.test(commit.message);

const doubt = /\b(?:revert|back(?:s|ed|ing)? out|roll(?:s|ed|ing)? ?back|undo|undid|re-?open)/i;

/** True if a later commit's message suggests a revert. */
function isDoubted({ id }: Task, landing: Event, history: BaseHistory): boolean {
  const names = [
    id,
    landing.commit.slice(0, 7),
    ...(landing.pull === undefined ? [] : [`#${landing.pull}`]),
  ];
  return history.commits.slice(0, landing.order).some((commit, at) => {
    const { message } = commit;
    if (!doubt.test(message) || history.reverts.has(commit.id)) return false;
    const isKnown = findReverted(commit, history.commits.slice(at + 1)).length > 0;
    return !isKnown && names.some((name) => message.toLowerCase().includes(name.toLowerCase()));
  });
}

/** True for a first-parent commit, except an `-s ours` merge. */
const isWithWork = ({ line, arrivals }: BaseHistory, { id, parents }: BaseCommit): boolean =>
  line.has(id) && (parents[1] === undefined || arrivals.has(parents[1]));

export interface TaskEvidence {
  task: Task;
  branches: readonly TaskBranch[];
  /** Branches about it that were checked out here and no longer exist. */
  gone: readonly string[];
  /** True if the id may be another source's task. */
  isAmbiguous: boolean;
  /** When the task was last listed as open again; 0: never. */
  reopenedAt: number;
}

export interface RepositoryFacts {
  history: BaseHistory;
  facts: readonly CommitFacts[];
  tracker: TrackerPath;
}

function eventsOf(evidence: TaskEvidence, { history, facts, tracker }: RepositoryFacts): Event[] {
  const { task, branches, gone, isAmbiguous } = evidence;
  const own = branches.filter(({ name }) => isTaskBranch(task, name, tracker));
  const isOver = own.length > 0 ? own.every(({ isGone }) => isGone) : gone.length > 0;
  const since = Math.max(0, ...own.map(({ at }) => at));
  const isSure = (name: string): boolean =>
    isTaskBranch(task, name, tracker) && (!isAmbiguous || task.branch === name);
  const isWords = (closings: readonly string[]): boolean =>
    (!isAmbiguous || isNumber(task.id)) && closings.some((one) => isClosing(one, task, tracker));
  return [
    ...facts.flatMap(({ commit, closings, merged }) => {
      const isOwn = isWithWork(history, commit);
      if (isOwn && merged.some(isSure)) return eventOf(history, commit, "branch");
      if (isOwn && isOver && !isAmbiguous && isSquashOf(task, commit, since))
        return eventOf(history, commit, "branch");
      return isWords(closings) ? eventOf(history, commit, "words") : [];
    }),
    ...own.filter(({ name }) => isSure(name)).flatMap((branch) => branchEvents(history, branch)),
  ];
}

/** Null if git and the task agree, or may agree. */
export function findMismatch(
  evidence: TaskEvidence,
  repository: RepositoryFacts,
): FoundMismatch | null {
  const { task, branches, reopenedAt, isAmbiguous } = evidence;
  const { history, tracker } = repository;
  const about = { source: task.source, taskId: task.id };
  const holds = (at: number): boolean => isUntouchedSince(task, at) && reopenedAt <= at;
  const events = eventsOf(evidence, repository).toSorted((one, other) => one.order - other.order);
  const [last] = events;
  // A task is not done while a branch has work that the default branch lacks.
  const open = branches.filter(({ mergedAs }) => mergedAs === null);
  const isLeft = (branch: TaskBranch): boolean =>
    branch.isGone && isTaskBranch(task, branch.name, tracker);
  if (last !== undefined) {
    const isOpen = open.some((branch) => !isLeft(branch));
    const { commit, at, by, kind } = last;
    const isPart = kind === "revert" && events.some((one) => one.kind === "landing");
    if (isOpen || isPart || !holds(at) || isDoubted(task, last, history)) return null;
    return { ...about, kind: kind === "landing" ? "merged" : "reverted", at, commit, by };
  }
  const [left] = open;
  if (left === undefined || isAmbiguous || !open.every(isLeft) || !holds(left.at)) return null;
  return { ...about, kind: "deleted", at: left.at, commit: left.commit, branch: left.name };
}
