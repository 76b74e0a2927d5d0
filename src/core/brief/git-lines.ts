// The repository in one line: what the client's own git status lacks, with its age where it is not of this moment.

import { quoted, quotedName } from "../quote.ts";
import { mostLoose, type GitCounts, type GitState } from "../git-state.ts";
import { ageMs, type Failure } from "../snapshot.ts";
import { ageWords, pastMoment } from "../time.ts";
import { failureWords } from "./source-lines.ts";
import type { WordContext } from "./task-lines.ts";

/** What is known of the working tree: a state with the instant it was read, or why there is none. */
export type GitView =
  | { kind: "state"; state: GitState; readAt: number; failure: Pick<Failure, "code"> | null }
  | { kind: "no-repository" }
  /** `branch`: what HEAD names, which is read without git. */
  | { kind: "unknown"; code: string; branch?: string | null };

const longestBranch = 80;
const longestPath = 60;

const branchName = (name: string): string => quotedName(name, longestBranch);

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
  return branch ?? `detached at ${commitName(state.head)}${looseWords(state.loose)}`;
}

/** `level with origin/main`, `2 commits not in origin, 1 behind it`, `3 commits behind main`. */
function distanceWords(name: string, { ahead, behind }: { ahead: number; behind: number }): string {
  if (ahead === 0)
    return behind === 0 ? `level with ${name}` : `${commitsOf(behind)} behind ${name}`;
  return `${commitsOf(ahead)} not in ${name}${behind === 0 ? "" : `, ${behind} behind it`}`;
}

/** A branch of the same name is known by its remote where both would take a quote: `origin` for `"origin/a-b-c-d"`. */
function upstreamName(name: string, branch: string): string {
  const whole = branchName(name);
  const isLong = whole.startsWith('"') && name.endsWith(`/${branch}`);
  return isLong ? branchName(name.slice(0, -branch.length - 1)) : whole;
}

/** Nobody can tell whether one that no remote has was pushed once and then deleted there. */
const pushWords = { "no-remote": "no remote", never: "local only", yes: "no upstream" };

const dayMs = 86_400_000;

/**
 * How the branch stands to the one that it is pushed to and to the default branch, as of the last fetch, whose age is said
 * where that is over a day; `now` is epoch milliseconds, null where nothing is said of it.
 */
function remoteWords(state: GitState, now: number | null): string {
  const { upstream, branch, head, bare, pushed, defaultBranch: base, fetchedAt } = state;
  if (branch === null || head === null || bare) return "";
  const parts: string[] = [];
  const isOnlyHere = pushed === "never" && (upstream === null || upstream.name === base?.name);
  if (upstream === null) parts.push(pushed === undefined ? "no upstream" : pushWords[pushed]);
  else {
    const whole = branchName(upstream.name);
    const name = upstreamName(upstream.name, branch);
    parts.push(upstream.gone ? `upstream ${whole} is gone` : distanceWords(name, upstream));
    // One that follows another than the default branch is pushed there under that name.
    if (isOnlyHere && !upstream.gone) parts.push(`itself ${pushWords.never}`);
  }
  const { ahead = 0, behind = 0 } = base ?? {};
  // Of a branch that was pushed it goes without saying that it has commits of its own.
  const isSaid = behind > 0 || (ahead > 0 && (upstream === null || isOnlyHere || upstream.gone));
  if (base !== null && base.name !== upstream?.name && isSaid)
    parts.push(distanceWords(branchName(base.name), { ahead, behind }));
  const age = now === null || fetchedAt === undefined ? null : ageMs(fetchedAt, now);
  if (age !== null && age > dayMs && pushed !== "no-remote")
    parts.push(`last fetch ${ageWords(age)} ago`);
  return parts.join(", ");
}

/** `"src/a.ts", "src/b.ts"`, the first of `count` files; of more: `"a", "b", "c" and 2 more`. */
export function fileNames(count: number, files: readonly string[]): string {
  const more = count > files.length && files.length > 0 ? ` and ${count - files.length} more` : "";
  return `${files.map((file) => quoted(file, longestPath)).join(", ")}${more}`;
}

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

/** `rebase of feature (pushed) onto main, step 2/5, in progress`, `bisect from main, 3 good, 1 bad, in progress`. */
function operationWords({ operation, pushed }: GitState): string {
  if (operation === null) return "";
  const { kind, step, total, other, good, bad } = operation;
  const at = step === undefined || total === undefined ? "" : `, step ${step}/${total},`;
  if (kind === "bisect") {
    const from = operation.branch ?? other;
    const judged = good === undefined || bad === undefined ? "" : `, ${good} good, ${bad} bad,`;
    return `bisect${from === undefined ? "" : ` from ${branchName(from)}`}${judged} in progress`;
  }
  const push = pushed === "yes" ? " (pushed)" : pushed === "never" ? " (local only)" : "";
  const of = operation.branch === undefined ? "" : ` of ${branchName(operation.branch)}${push}`;
  const what =
    other === undefined ? "" : ` ${kind === "rebase" ? "onto" : "of"} ${branchName(other)}`;
  return `${kind}${of}${what}${at} in progress`;
}

/**
 * `login, 2 commits not in origin/login, 1 behind it; 3 staged, 2 modified; rebase, step 2/5, in progress`. `now`: epoch
 * milliseconds, for the age of the last fetch; null leaves that out.
 */
export function gitWords(state: GitState, now: number | null): string {
  const remote = remoteWords(state, now);
  const parts = [
    `${placeWords(state)}${remote === "" ? "" : `, ${remote}`}`,
    state.bare ? "" : countWords(state.counts, state.conflicts),
    operationWords(state),
    state.stashes === 0 ? "" : `${state.stashes} stashed`,
    state.linkedWorktree ? "linked worktree" : "",
  ];
  return parts.filter((part) => part !== "").join("; ");
}

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
  const words = gitWords(view.state, now);
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
