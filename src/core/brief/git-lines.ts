// The repository in one line: what Claude Code's own git status lacks, with its age where it was not just read.

import { quotedBranch, quotedName, quotedNames } from "../quote.ts";
import { maxLoose, type GitCounts, type GitState } from "../git/git-state.ts";
import { ageMs, type Failure } from "../snapshot.ts";
import { ageText, agoText, pastTimeText } from "../time.ts";
import { commitsText } from "./change-lines.ts";
import { fileNames, maxPathLength, operationSentence } from "./operation-lines.ts";
import { belowText, staleFetchMs, remoteTexts } from "./remote-lines.ts";
import { failureReason } from "./source-lines.ts";
import type { TextContext } from "./task-lines.ts";

export type GitView =
  | { kind: "state"; state: GitState; readAt: number; failure: Pick<Failure, "code"> | null }
  | { kind: "no-repository" }
  | { kind: "unknown"; code: string; branch?: string | null };

const commitName = (id: string): string =>
  /^[0-9a-f]+$/.test(id) ? id.slice(0, 9) : quotedName(id.slice(0, 9));

/** Loose commits: git forgets them once HEAD moves. */
const looseText = (loose = 0): string =>
  loose === 0 ? "" : `, ${commitsText(loose, { most: maxLoose })} on no branch or tag`;

function placeText(state: GitState): string {
  if (state.bare) return "bare repository";
  const branch = state.branch === null ? null : quotedBranch(state.branch);
  if (state.head === null) return `${branch ?? "no branch"}, no commits yet`;
  const { head, tag, operation } = state;
  if (branch !== null) return branch;
  // Both detach HEAD, and their own sentence says how far they are.
  if (operation?.kind === "rebase" || operation?.kind === "bisect") return "detached";
  const at = tag === undefined ? commitName(head) : quotedBranch(tag);
  return `detached at ${at}${looseText(state.loose)}`;
}

const firstOf = (names: readonly string[]): string =>
  quotedNames(names.slice(0, 3), maxPathLength) + (names.length > 3 ? " and more" : "");

const conflictText = (count: number, files: readonly string[] = []): string =>
  `${count} in conflict${files.length === 0 ? "" : ` (${fileNames(count, files)})`}`;

function countText(counts: GitCounts, conflicts?: readonly string[]): string {
  const parts = [
    counts.conflicted === 0 ? "" : conflictText(counts.conflicted, conflicts),
    counts.staged === 0 ? "" : `${counts.staged} staged`,
    counts.modified === 0 ? "" : `${counts.modified} modified`,
    counts.untracked === 0 ? "" : `${counts.untracked} untracked`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? "clean" : parts.join(", ");
}

function submoduleText(names: readonly string[] = []): string {
  if (names.length === 0) return "";
  return `${names.length === 1 ? "submodule" : "submodules"} ${firstOf(names)} changed`;
}

const overlapText = (paths: readonly string[] = []): string =>
  paths.length === 0 ? "" : `incoming changes to ${firstOf(paths)}, modified here`;

/** `1 stash (9 d old, made on main)`, `3 stashes (the last made on login)`: people forget old ones and those of other branches. */
function stashText({ stashes, stash, branch }: GitState, now: number | null): string {
  if (stashes === 0) return "";
  const count = stashes === 1 ? "1 stash" : `${stashes} stashes`;
  const age = stash === undefined || now === null ? null : ageMs(stash.at, now);
  const about = [
    age === null || age <= staleFetchMs ? "" : `${ageText(age)} old`,
    stash?.branch === undefined || stash.branch === branch
      ? ""
      : `made on ${quotedBranch(stash.branch)}`,
  ].filter((part) => part !== "");
  if (about.length === 0) return count;
  return `${count} (${stashes === 1 ? "" : "the last "}${about.join(", ")})`;
}

const shallowKindText = { tip: "shallow clone, depth 1", some: "shallow clone" };

/** Counts in a shallow clone end where its history does. */
function shallowText({ shallow, upstream, defaultBranch, fork }: GitState): string {
  if (shallow === undefined) return "";
  const isCounted = [upstream, defaultBranch, fork].some(
    (one) => (one?.ahead ?? 0) + (one?.behind ?? 0) > 0,
  );
  return `${shallowKindText[shallow]}${isCounted ? " (its commit counts may be off)" : ""}`;
}

/** `login, origin: 2 ahead, 1 behind; 2 modified`. `now`: for ages; null leaves them out. */
export function gitStateText(state: GitState, now: number | null): string {
  const [first, ...more] = remoteTexts(state, now);
  const place = placeText(state);
  const parts = [
    first === undefined ? place : `${place}, ${first}`,
    ...more,
    belowText(state),
    state.bare
      ? ""
      : countText(state.counts, state.operation === null ? state.conflicts : undefined),
    submoduleText(state.submodules),
    overlapText(state.overlap),
    stashText(state, now),
    state.linkedWorktree ? "linked worktree" : "",
    shallowText(state),
  ];
  return parts.filter((part) => part !== "").join("; ");
}

export function fullGitStateText(state: GitState, now: number | null): string {
  const sentence = operationSentence(state);
  return sentence === null ? gitStateText(state, now) : `${gitStateText(state, now)}. ${sentence}`;
}

/** For a person at a terminal. */
export function gitText({ git, now }: { git: GitView; now: number }): string {
  if (git.kind === "no-repository") return "this folder is not in a repository";
  if (git.kind === "unknown") return `unknown, git ${failureReason(git.code)}`;
  const age = now - git.readAt > 60_000 ? ` (read ${agoText(git.readAt, now)})` : "";
  return `${fullGitStateText(git.state, now)}${age}`;
}

export function operationTexts(view: GitView): string[] {
  if (view.kind !== "state" || view.failure !== null) return [];
  const sentence = operationSentence(view.state);
  return sentence === null ? [] : [sentence];
}

const currentMs = 1000;

export function gitLine(view: GitView, context: TextContext, now: number): string {
  const { style } = context;
  if (view.kind === "no-repository") return style.labeled("Git", "not in a repository.");
  if (view.kind === "unknown") {
    const { code, branch = null } = view;
    const known = branch === null ? "unknown" : `${quotedBranch(branch)}; the rest is unknown`;
    return style.labeled("Git", `${known}, git ${failureReason(code)}.`);
  }
  const words =
    view.failure === null ? gitStateText(view.state, now) : fullGitStateText(view.state, now);
  const age = ageMs(view.readAt, now);
  if (view.failure === null && age !== null && age <= currentMs) return style.labeled("Git", words);
  const when =
    age === null
      ? "as of an unknown time (the clock was changed)"
      : age < 60_000 && view.failure === null
        ? `read ${ageText(age)} ago`
        : `as of ${pastTimeText(context.calendar(view.readAt), context.now)}, ${ageText(age)} ago`;
  const why = view.failure === null ? "" : ` (git ${failureReason(view.failure.code)})`;
  return style.labeled(`Git ${when}${why}`, words);
}
