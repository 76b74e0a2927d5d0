// A pull request in one line of a brief, and each piece of its news in a sentence.

import type { GitState } from "../git/git-state.ts";
import { cleanText, quoted, quotedName } from "../quote.ts";
import { ageMs } from "../snapshot.ts";
import { ageText, agoText } from "../time.ts";
import { failureReason } from "../brief/source-lines.ts";
import { isCommitId, displayedPull, type Checks, type PullRecord } from "./pull-request.ts";
import type { PullRequest, ReviewComment, DisplayedPull } from "./pull-request.ts";

type Named = Pick<PullRequest, "form" | "number">;

export const pullName = ({ form, number }: Named): string =>
  form === "PR" ? `PR #${number}` : `MR !${number}`;

const countOf = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : "s"}`;

const maxNames = 3;

/** `lint`, `lint and "build (18)"`, `lint, test, types and 4 more`. */
export function checkNames(names: readonly string[]): string {
  const shown = [...new Set(names)];
  const texts = shown.slice(0, maxNames).map((name) => quotedName(name));
  const more = shown.length - texts.length;
  const last = more > 0 ? `${more} more` : texts.pop();
  return texts.length === 0 ? `${last}` : `${texts.join(", ")} and ${last}`;
}

function failedText(failed: Checks["failed"], wanted: Checks["failed"][number]["as"]): string[] {
  const names = failed.filter(({ as }) => as === wanted).map(({ name }) => name);
  const verb = wanted === "cancelled" ? "cancelled" : "failed";
  const note = wanted === "allowed" ? " (allowed)" : "";
  return names.length === 0 ? [] : [`${checkNames(names)} ${verb}${note}`];
}

function checksText(checks: Checks | undefined): string[] {
  if (checks === undefined || checks.total === 0) return [];
  const { failed, pending, total, skipped = 0 } = checks;
  const words = [
    ...[undefined, "allowed" as const, "cancelled" as const].flatMap((as) =>
      failedText(failed, as),
    ),
    ...(pending === 0 ? [] : [`${pending} of ${countOf(total, "check")} pending`]),
  ];
  if (words.length > 0) return words;
  if (skipped === 0) return [`${countOf(total, "check")} passed`];
  const passed = total - skipped;
  return passed > 0
    ? [`${countOf(passed, "check")} passed, ${skipped} skipped`]
    : [`${countOf(skipped, "check")} skipped`];
}

function reviewText({ unresolved = 0, isCut, refusedBy = [], approvals = 0 }: PullRequest) {
  const atLeast = isCut === true ? "at least " : "";
  return [
    ...(unresolved === 0 ? [] : [`${atLeast}${countOf(unresolved, "unresolved comment")}`]),
    ...(refusedBy.length === 0 ? [] : [`changes requested by ${checkNames(refusedBy)}`]),
    ...(approvals === 0 ? [] : [countOf(approvals, "approval")]),
  ];
}

const mergeText = {
  ready: "mergeable",
  clean: "no conflicts",
  conflicts: "conflicts with its target branch",
  behind: "behind its target branch",
  blocked: "merge blocked",
};

type LocalCommit = Pick<GitState, "head" | "upstream">;

/** Checks of another commit say nothing about the one checked out. */
function commitText({ head, checks }: PullRequest, git: LocalCommit): string[] {
  if (head === git.head || !isCommitId(head)) return [];
  const { commit, ahead = 0, behind = 0 } = git.upstream ?? {};
  const isCounted = commit === head && (ahead === 0) !== (behind === 0);
  const distance = isCounted
    ? `${countOf(ahead + behind, "commit")} ${ahead > 0 ? "behind" : "ahead of"} yours`
    : "not your HEAD";
  return [`${(checks?.total ?? 0) > 0 ? "checks of" : "at"} ${head.slice(0, 7)}, ${distance}`];
}

function otherText({ form, others = [] }: PullRequest): string[] {
  const names = others.slice(0, maxNames).map((number) => pullName({ form, number }));
  const more = others.length > maxNames ? " and more" : "";
  return names.length === 0 ? [] : [`also open: ${names.join(", ")}${more}`];
}

/** `PR #42`, and `lint failed, 2 unresolved comments, 1 approval; mergeable (read 20 s ago)`. */
function pullLine(
  { pull, readAt, source, failure }: DisplayedPull,
  git: LocalCommit,
  now: number,
): [label: string, words: string] {
  const name = pullName(pull);
  const why = failure === null ? "" : `; ${quotedName(source)} ${failureReason(failure)}`;
  const age = `(read ${agoText(readAt, now)}${why})`;
  if (pull.state !== "open") {
    const when = pull.endedAt === undefined ? "" : ` ${agoText(pull.endedAt, now)}`;
    return [name, `${pull.state}${when} ${age}`];
  }
  const about = [...(pull.isDraft === true ? ["draft"] : []), ...commitText(pull, git)];
  const found = [...checksText(pull.checks), ...reviewText(pull)].join(", ");
  const merge = pull.merge === undefined ? "" : mergeText[pull.merge];
  const words = [found, merge, ...otherText(pull)].filter((text) => text !== "").join("; ");
  const label = about.length === 0 ? name : `${name} (${about.join("; ")})`;
  return [label, `${words === "" ? "open" : words} ${age}`];
}

interface PullInput {
  git: { kind: "state"; state: GitState } | { kind: "no-repository" | "unknown" };
  pull?: PullRecord | null;
  now: number;
}

/** The checked-out branch's line; empty if there is nothing to say. */
export function pullText(
  { git, pull, now }: PullInput,
  labeled: (label: string, rest: string) => string,
): string[] {
  const said = git.kind === "state" ? displayedPull(pull, git.state, now) : null;
  if (said === null || git.kind !== "state") return [];
  return [labeled(...pullLine(said, git.state, now))];
}

const shortMaxAgeMs = 5 * 60_000;

/** For a status line: `PR #42 lint failed`, `PR #42 merged`; empty if there is nothing to say. */
export function shortPullText({ git, pull, now }: PullInput): string {
  const said = git.kind === "state" ? displayedPull(pull, git.state, now) : null;
  if (said === null || git.kind !== "state") return "";
  const { form, number, state, isDraft, head, checks } = said.pull;
  const found = state === "open" ? (checksText(checks)[0] ?? "") : state;
  const isOther = head !== git.state.head && isCommitId(head) && state === "open" && found !== "";
  const age = ageMs(said.readAt, now);
  return [
    `${pullName({ form, number })}${isDraft === true ? " (draft)" : ""}`,
    cleanText(found, 60),
    isOther ? `at ${head.slice(0, 7)}` : "",
    age !== null && age > shortMaxAgeMs ? `(${ageText(age)} old)` : "",
  ]
    .filter((part) => part !== "")
    .join(" ");
}

const maxComment = 160;

export function commentsText(
  pull: Named,
  { author, text, path, isReview }: Omit<ReviewComment, "id" | "at">,
): string {
  const where = path === undefined ? "" : ` on ${quoted(path, 80)}`;
  const verb = isReview === true ? "requested changes" : `commented${where}`;
  const said = text.trim() === "" ? "." : `: ${quoted(text, maxComment)}`;
  return `${pullName(pull)}: ${quotedName(author)} ${verb}${said}`;
}
