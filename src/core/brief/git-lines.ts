// The repository in one line: what the client's own git status lacks, with its age where it is not of this moment.

import { quotedName } from "../quote.ts";
import type { GitCounts, GitOperation, GitState } from "../git-state.ts";
import { ageMs, type Failure } from "../snapshot.ts";
import { ageWords, pastMoment } from "../time.ts";
import { failureWords } from "./source-lines.ts";
import type { WordContext } from "./task-lines.ts";

/** What is known of the working tree: a state with the instant it was read, or why there is none. */
export type GitView =
  | { kind: "state"; state: GitState; readAt: number; failure: Pick<Failure, "code"> | null }
  | { kind: "no-repository" }
  | { kind: "unknown"; code: string };

const longestBranch = 80;

function placeWords(state: GitState): string {
  if (state.bare) return "bare repository";
  const branch = state.branch === null ? null : quotedName(state.branch, longestBranch);
  if (state.head === null) return `${branch ?? "no branch"}, no commits yet`;
  return branch ?? `detached at ${quotedName(state.head.slice(0, 9))}`;
}

const commitsOf = (count: number): string => `${count} ${count === 1 ? "commit" : "commits"}`;

/** How the branch stands to the one that it is pushed to; what is known of a branch without one is that it has none. */
function upstreamWords({ upstream, branch, head, bare }: GitState): string {
  if (upstream === null) return branch === null || head === null || bare ? "" : "no upstream";
  // A branch of the same name is known by its remote: `origin` for `origin/login`.
  const remote = upstream.name.endsWith(`/${branch ?? ""}`)
    ? upstream.name.slice(0, -(branch ?? "").length - 1)
    : upstream.name;
  const name = quotedName(remote, longestBranch);
  if (upstream.gone) return `its upstream in ${name} is gone`;
  const parts = [
    upstream.ahead === 0 ? "" : `${commitsOf(upstream.ahead)} ahead of ${name}`,
    upstream.behind === 0
      ? ""
      : upstream.ahead === 0
        ? `${commitsOf(upstream.behind)} behind ${name}`
        : `${upstream.behind} behind`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? `level with ${name}` : parts.join(", ");
}

function countWords(counts: GitCounts): string {
  const parts = [
    counts.conflicted === 0 ? "" : `${counts.conflicted} in conflict`,
    counts.staged === 0 ? "" : `${counts.staged} staged`,
    counts.modified === 0 ? "" : `${counts.modified} modified`,
    counts.untracked === 0 ? "" : `${counts.untracked} untracked`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? "clean" : parts.join(", ");
}

function operationWords(operation: GitOperation | null): string {
  if (operation === null) return "";
  const step =
    operation.step === undefined || operation.total === undefined
      ? ""
      : ` ${operation.step}/${operation.total}`;
  const branch =
    operation.branch === undefined ? "" : ` of ${quotedName(operation.branch, longestBranch)}`;
  return `${operation.kind}${step}${branch} in progress`;
}

/** `login, 2 commits ahead of origin, 1 behind; 3 staged, 2 modified; rebase 2/5 in progress`. */
export function gitWords(state: GitState): string {
  const upstream = upstreamWords(state);
  const parts = [
    `${placeWords(state)}${upstream === "" ? "" : `, ${upstream}`}`,
    state.bare ? "" : countWords(state.counts),
    operationWords(state.operation),
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
  if (view.kind === "unknown")
    return style.labelled("Git", `not known, git ${failureWords(view.code)}.`);
  const words = gitWords(view.state);
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
