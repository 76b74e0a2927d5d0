// The repository in one line: what the client's own git status lacks, with its age where it is not of this moment.

import type { Fence } from "../fence.ts";
import type { GitCounts, GitOperation, GitState } from "../git-state.ts";
import { ageMs, type Failure } from "../snapshot.ts";
import { ageWords, pastMoment } from "../time.ts";
import { failureWords } from "./source-lines.ts";
import { plainStyle, type Style } from "./options.ts";
import type { WordContext } from "./task-lines.ts";

/** What is known of the working tree: a state with the instant it was read, or why there is none. */
export type GitView =
  | { kind: "state"; state: GitState; readAt: number; failure: Pick<Failure, "code"> | null }
  | { kind: "no-repository" }
  | { kind: "unknown"; code: string };

const longestBranch = 80;

function placeWords(state: GitState, fence: Fence): string {
  if (state.bare) return "bare repository";
  const branch = state.branch === null ? null : fence.wrap(state.branch, longestBranch);
  if (state.head === null) return `${branch ?? "no branch"}, no commits yet`;
  return branch ?? `detached at ${fence.name(state.head.slice(0, 9))}`;
}

/** The remote of an upstream: what stands before the branch, where it is of the same name. */
function remoteOf(upstream: string, branch: string | null): string {
  if (branch !== null && upstream.endsWith(`/${branch}`))
    return upstream.slice(0, -branch.length - 1);
  return upstream.split("/", 1)[0] ?? upstream;
}

function upstreamWords({ upstream, branch }: GitState, fence: Fence, style: Style): string {
  if (upstream === null) return "";
  const remote = fence.name(remoteOf(upstream.name, branch));
  if (upstream.gone) return ` (gone from ${remote})`;
  if (upstream.ahead === 0 && upstream.behind === 0) return ` (as ${remote})`;
  const ahead = upstream.ahead === 0 ? "" : `${style.ahead}${upstream.ahead} `;
  const behind = upstream.behind === 0 ? "" : `${style.behind}${upstream.behind} `;
  return ` ${ahead}${behind}of ${remote}`;
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

function operationWords(operation: GitOperation | null, fence: Fence): string {
  if (operation === null) return "";
  const step =
    operation.step === undefined || operation.total === undefined
      ? ""
      : ` ${operation.step}/${operation.total}`;
  const branch =
    operation.branch === undefined ? "" : ` of ${fence.wrap(operation.branch, longestBranch)}`;
  return `${operation.kind}${step}${branch} in progress`;
}

/** `⟦… feature/TASK-51 …⟧ ↑2 ↓1 of origin · 3 staged, 2 modified · rebase 2/5 in progress`. */
export function gitWords(state: GitState, fence: Fence, style: Style = plainStyle): string {
  const parts = [
    `${placeWords(state, fence)}${upstreamWords(state, fence, style)}`,
    state.bare ? "" : countWords(state.counts),
    operationWords(state.operation, fence),
    state.stashes === 0 ? "" : `${state.stashes} stashed`,
    state.linkedWorktree ? "linked worktree" : "",
  ];
  return parts.filter((part) => part !== "").join(style.separator);
}

/** A state older than this says when it was read. */
const currentMs = 15_000;

/** The whole line, with the age and the reason where the state is not of this moment. */
export function gitLine(view: GitView, context: WordContext, now: number): string {
  const { style, fence } = context;
  if (view.kind === "no-repository")
    return style.labelled("Git", "this folder is in no repository.");
  if (view.kind === "unknown")
    return style.labelled("Git", `not known, git ${failureWords(view.code)}.`);
  const words = gitWords(view.state, fence, style);
  const age = ageMs(view.readAt, now);
  if (view.failure === null && age !== null && age <= currentMs)
    return style.labelled("Git", words);
  const when =
    age === null
      ? "at a time that is not known (the clock was moved)"
      : `as of ${pastMoment(context.calendar(view.readAt), context.now)}, ${ageWords(age)} ago`;
  const why = view.failure === null ? "" : ` (git ${failureWords(view.failure.code)})`;
  return style.labelled(`Git ${when}${why}`, words);
}
