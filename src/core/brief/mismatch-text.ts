// A mismatch between git and a task in one sentence.

import { quotedBranch, quotedName } from "../quote.ts";
import type { CurrentMismatch } from "../task/mismatch.ts";
import { commitsText } from "./change-lines.ts";

export type MismatchFacts = Pick<
  CurrentMismatch,
  "kind" | "taskId" | "commit" | "branch" | "count" | "at"
>;

export const commitName = ({ commit = "" }: MismatchFacts): string =>
  /^[0-9a-f]+$/.test(commit) ? commit.slice(0, 7) : "";

export const branchName = ({ branch = "" }: MismatchFacts): string => quotedBranch(branch);

/** `T-7 is merged (a1b2c3d, yesterday 18:20) and still open`. `when`: the words for its instant. */
export function mismatchSentence(
  one: MismatchFacts,
  when: string,
  cleaned = quotedName(one.taskId),
): string {
  const where = [commitName(one), when].filter((text) => text !== "").join(", ");
  switch (one.kind) {
    case "merged":
      return `${cleaned} is merged (${where}) and still open`;
    case "reverted":
      return `${cleaned} was merged and then reverted (${where})`;
    case "unpushed":
      return `${cleaned} is completed, and ${branchName(one)} has ${commitsText(one.count ?? 1)} that no other branch or remote has (last ${commitName(one)})`;
    case "deleted":
      return `${cleaned}: ${branchName(one)} was deleted on the remote (last commit ${where})`;
    case "idle":
      return `${cleaned} is in progress without a sign of work for two weeks (last: ${where})`;
  }
}
