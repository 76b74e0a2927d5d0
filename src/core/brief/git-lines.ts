// The repository in one line: what the client's own git status lacks, with its age where it is not of this moment.

import { quotedName } from "../quote.ts";
import { mostLoose, type GitCounts, type GitRef, type GitState } from "../git-state.ts";
import { ageMs, type Failure } from "../snapshot.ts";
import { ageWords, pastMoment } from "../time.ts";
import { branchName, fileNames, longestPath, operationSentence } from "./operation-lines.ts";
import { failureWords } from "./source-lines.ts";
import type { WordContext } from "./task-lines.ts";

/** What is known of the working tree: a state with the instant it was read, or why there is none. */
export type GitView =
  | { kind: "state"; state: GitState; readAt: number; failure: Pick<Failure, "code"> | null }
  | { kind: "no-repository" }
  /** `branch`: what HEAD names, which is read without git. */
  | { kind: "unknown"; code: string; branch?: string | null };

const commitName = (id: string): string =>
  /^[0-9a-f]+$/.test(id) ? id.slice(0, 9) : quotedName(id.slice(0, 9));

const commitsOf = (count: number): string => `${count} ${count === 1 ? "commit" : "commits"}`;

/** Git forgets them once HEAD is elsewhere. */
function looseWords(loose = 0): string {
  if (loose === 0) return "";
  return `, ${loose < mostLoose ? commitsOf(loose) : `${loose} or more commits`} on no branch or tag`;
}

function placeWords(state: GitState): string {
  if (state.bare) return "bare repository";
  const branch = state.branch === null ? null : branchName(state.branch);
  if (state.head === null) return `${branch ?? "no branch"}, no commits yet`;
  const { head, tag, operation } = state;
  if (branch !== null) return branch;
  // These move HEAD along, and say how far they are.
  if (operation?.kind === "rebase" || operation?.kind === "bisect") return "detached";
  const at = tag === undefined ? commitName(head) : branchName(tag);
  return `detached at ${at}${looseWords(state.loose)}`;
}

/** `same commits as origin`, `origin/main: 3 ahead (2 of them there in another form), 2 behind`. */
function distanceWords(
  name: string,
  { ahead = 0, behind = 0, same = 0 }: Partial<Pick<GitRef, "ahead" | "behind" | "same">>,
): string {
  if (ahead + behind === 0) return `same commits as ${name}`;
  const form =
    same === 0 ? "" : ` (${same < ahead ? `${same} of them ` : ""}there in another form)`;
  const parts = [
    ahead === 0 ? "" : `${ahead} ahead${form}`,
    behind === 0 ? "" : `${behind} behind`,
  ];
  return `${name}: ${parts.filter((part) => part !== "").join(", ")}`;
}

/** The remote alone where the branch has the same name there. */
const upstreamName = (name: string, branch: string): string =>
  branchName(name.endsWith(`/${branch}`) ? name.slice(0, -branch.length - 1) : name);

/** `login, deleted on origin`. */
const goneWords = (name: string, branch: string): string =>
  name.endsWith(`/${branch}`)
    ? `deleted on ${upstreamName(name, branch)}`
    : `its upstream ${branchName(name)} was deleted`;

/** Nobody can tell whether one that no remote has was pushed once and then deleted there. */
const pushWords = { "no-remote": "no remote", never: "not pushed", yes: "no upstream" };

const dayMs = 86_400_000;

/**
 * How the branch stands to the one that it is pushed to, to the default branch and to the project that this is a fork of, as
 * of the last fetch, whose age is said where that is over a day; `now` is epoch milliseconds, null where nothing is said of it.
 */
function remoteWords(state: GitState, now: number | null): string[] {
  const { upstream, branch, head, bare, pushed, defaultBranch: base, fork, fetchedAt } = state;
  if (branch === null || head === null || bare) return [];
  const parts: string[] = [];
  const isOnlyHere = pushed === "never" && (upstream === null || upstream.name === base?.name);
  if (upstream === null) parts.push(pushed === undefined ? "no upstream" : pushWords[pushed]);
  else {
    const { name, gone } = upstream;
    parts.push(
      gone ? goneWords(name, branch) : distanceWords(upstreamName(name, branch), upstream),
    );
    // One that follows another than the default branch is pushed there under that name.
    if (isOnlyHere && !gone) parts.push(pushWords.never);
  }
  const { ahead = 0, behind = 0 } = base ?? {};
  // Of a branch that was pushed it goes without saying that it has commits of its own.
  const isSaid = behind > 0 || (ahead > 0 && (upstream === null || isOnlyHere || upstream.gone));
  if (base !== null && base.name !== upstream?.name && isSaid)
    parts.push(distanceWords(branchName(base.name), base));
  const isForkSaid = fork !== undefined && ![upstream?.name, base?.name].includes(fork.name);
  if (isForkSaid && (fork.behind ?? 0) > 0)
    parts.push(`${branchName(fork.name)}: ${fork.behind} behind`);
  const age = now === null || fetchedAt === undefined ? null : ageMs(fetchedAt, now);
  if (age !== null && age > dayMs && pushed !== "no-remote")
    parts.push(`last fetch ${ageWords(age)} ago`);
  return parts;
}

/** What a rebase onto the default branch would take twice, and one that would not. */
function belowWords({ below, defaultBranch: base }: GitState): string {
  if (below === undefined || base === null) return "";
  const { name, goneOn, of, all } = below;
  const over =
    goneOn === undefined
      ? `is merged into ${branchName(base.name)} in another form`
      : `was deleted on ${branchName(goneOn)}`;
  const own = `${all - of} ${all - of === 1 ? "is" : "are"} its own`;
  return `stands on ${branchName(name)}, which ${over} (${of} of the ${all} commits; ${own}: git rebase --onto ${branchName(base.name)} ${branchName(name)})`;
}

/** The first three, of a list that has one more where there are more. */
const firstOf = (names: readonly string[]): string =>
  `${names
    .slice(0, 3)
    .map((name) => quotedName(name, longestPath))
    .join(", ")}${names.length > 3 ? " and more" : ""}`;

function conflictWords(count: number, files: readonly string[] = []): string {
  return `${count} in conflict${files.length === 0 ? "" : ` (${fileNames(count, files)})`}`;
}

function countWords(counts: GitCounts, conflicts?: readonly string[]): string {
  const parts = [
    counts.conflicted === 0 ? "" : conflictWords(counts.conflicted, conflicts),
    counts.staged === 0 ? "" : `${counts.staged} staged`,
    counts.modified === 0 ? "" : `${counts.modified} modified`,
    counts.untracked === 0 ? "" : `${counts.untracked} untracked`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? "clean" : parts.join(", ");
}

/** `submodule vendor/proto changed`; a list of more than three goes on. */
function submoduleWords(names: readonly string[] = []): string {
  if (names.length === 0) return "";
  return `${names.length === 1 ? "submodule" : "submodules"} ${firstOf(names)} changed`;
}

const overlapWords = (paths: readonly string[] = []): string =>
  paths.length === 0 ? "" : `incoming changes to ${firstOf(paths)}, modified here`;

/** Old ones, and those of another branch, are easily forgotten: `1 stash (9 d old, made on main)`, `3 stashes (the last 2 h old, made on login)`. */
function stashWords({ stashes, stash, branch }: GitState, now: number | null): string {
  if (stashes === 0) return "";
  const count = stashes === 1 ? "1 stash" : `${stashes} stashes`;
  const age = stash === undefined || now === null ? null : ageMs(stash.at, now);
  const about = [
    age === null || age <= dayMs ? "" : `${ageWords(age)} old`,
    stash?.branch === undefined || stash.branch === branch
      ? ""
      : `made on ${branchName(stash.branch)}`,
  ].filter((part) => part !== "");
  if (about.length === 0) return count;
  return `${count} (${stashes === 1 ? "" : "the last "}${about.join(", ")})`;
}

const shallowWords = { tip: "shallow clone, depth 1", some: "shallow clone" };

/**
 * `login, origin: 2 ahead, 1 behind; 3 staged, 2 modified; 1 stash (9 d old, made on main)`. `now`: epoch
 * milliseconds, for ages; null leaves them out. The operation that is under way has a sentence of its own.
 */
export function gitWords(state: GitState, now: number | null): string {
  const [first, ...more] = remoteWords(state, now);
  const place = placeWords(state);
  const parts = [
    first === undefined ? place : `${place}, ${first}`,
    ...more,
    belowWords(state),
    state.bare
      ? ""
      : countWords(state.counts, state.operation === null ? state.conflicts : undefined),
    submoduleWords(state.submodules),
    overlapWords(state.overlap),
    stashWords(state, now),
    state.linkedWorktree ? "linked worktree" : "",
    state.shallow === undefined ? "" : shallowWords[state.shallow],
  ];
  return parts.filter((part) => part !== "").join("; ");
}

/** `gitWords` with the operation that is under way. */
export function allGitWords(state: GitState, now: number | null): string {
  const sentence = operationSentence(state);
  return sentence === null ? gitWords(state, now) : `${gitWords(state, now)}. ${sentence}`;
}

/** The operation that has stopped half-way, where git answered; a line of its own, above all others. */
export const operationTexts = (view: GitView): string[] =>
  view.kind === "state" && view.failure === null
    ? [operationSentence(view.state) ?? []].flat()
    : [];

/** A state that was not read for this very text says when it was. */
const currentMs = 1000;

/** The whole line, with the age and the reason where the state is not of this moment. */
export function gitLine(view: GitView, context: WordContext, now: number): string {
  const { style } = context;
  if (view.kind === "no-repository")
    return style.labelled("Git", "this folder is in no repository.");
  if (view.kind === "unknown") {
    const { code, branch = null } = view;
    const known = branch === null ? "not known" : `${branchName(branch)}; no more is known`;
    return style.labelled("Git", `${known}, git ${failureWords(code)}.`);
  }
  const words = view.failure === null ? gitWords(view.state, now) : allGitWords(view.state, now);
  const age = ageMs(view.readAt, now);
  if (view.failure === null && age !== null && age <= currentMs)
    return style.labelled("Git", words);
  const when =
    age === null
      ? "at a time that is not known (the clock was moved)"
      : age < 60_000 && view.failure === null
        ? `as read ${ageWords(age)} ago`
        : `as of ${pastMoment(context.calendar(view.readAt), context.now)}, ${ageWords(age)} ago`;
  const why = view.failure === null ? "" : ` (git ${failureWords(view.failure.code)})`;
  return style.labelled(`Git ${when}${why}`, words);
}
