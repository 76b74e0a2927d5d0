// A git operation that stopped halfway, as a sentence: the reader must know it before anything else.

import type { GitOperation, GitState } from "../git/git-state.ts";
import { quoted, quotedBranch } from "../quote.ts";

export const maxPathLength = 60;
const maxSubjectLength = 60;

export function fileNames(count: number, files: readonly string[]): string {
  const more = count > files.length && files.length > 0 ? ` and ${count - files.length} more` : "";
  return `${files.map((file) => quoted(file, maxPathLength)).join(", ")}${more}`;
}

function subjectOf({ pushed }: GitState, { kind, branch, other }: GitOperation): string {
  if (kind === "am") return "git am";
  const push = kind === "rebase" && pushed === "never" ? " (not pushed)" : "";
  const of = branch === undefined ? "" : ` of ${quotedBranch(branch)}${push}`;
  const what =
    other === undefined ? "" : ` ${kind === "rebase" ? "onto" : "of"} ${quotedBranch(other)}`;
  return `A ${kind}${of}${what}`;
}

function bisectSentence({ branch, other, good, bad }: GitOperation): string {
  const from = branch ?? other;
  const judged =
    good === undefined || bad === undefined ? "" : ` (${good} good, ${bad} bad so far)`;
  return `Bisecting${from === undefined ? "" : ` from ${quotedBranch(from)}`}${judged}.`;
}

export function operationSentence(state: GitState): string | null {
  const { operation, counts, conflicts = [] } = state;
  if (operation === null) return null;
  const { kind, step, total, subject, forces } = operation;
  if (kind === "bisect") return bisectSentence(operation);
  const at =
    step === undefined || total === undefined
      ? "is not finished"
      : `is stopped at ${kind === "am" ? "patch" : "step"} ${step} of ${total}`;
  const commit = subject === undefined ? "" : ` (${quoted(subject, maxSubjectLength)})`;
  // A patch that does not apply leaves no conflict.
  const none = kind === "am" ? "" : "; nothing is in conflict";
  const named =
    conflicts.length === 0 ? "" : `; conflicts: ${fileNames(counts.conflicted, conflicts)}`;
  const files = counts.conflicted === 0 ? none : named;
  const push = forces === true ? " The pushed branch needs a force push afterwards." : "";
  return `${subjectOf(state, operation)} ${at}${commit}${files}.${push}`;
}
