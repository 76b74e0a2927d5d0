// Mismatches between git and tasks: one line in a brief, one sentence each elsewhere.

import { quotedName } from "../quote.ts";
import { mismatchKinds, type CurrentMismatch, type MismatchKind } from "../task/mismatch.ts";
import { priorityRank } from "../task/task.ts";
import { pastTimeText } from "../time.ts";
import { commitsText } from "./change-lines.ts";
import { branchName, commitName } from "./mismatch-text.ts";
import { currentMismatches, type ListInput, type TaskList } from "./task-list.ts";
import type { TextContext } from "./task-lines.ts";

const labels: Record<MismatchKind, string> = {
  merged: "merged and still open",
  reverted: "merged and then reverted",
  unpushed: "completed, with commits that are nowhere else",
  deleted: "branch deleted on the remote",
  idle: "in progress without a sign of work for two weeks",
};

const rankOf = ({ task }: CurrentMismatch): number =>
  task === null ? 0 : priorityRank(task.priority);

/** The user's and the unassigned ones, most important first. */
export function ownMismatches(input: ListInput, list: TaskList | null): CurrentMismatch[] {
  return currentMismatches(input)
    .filter(({ source, task }) => {
      const owner = task === null ? "mine" : list?.whose.get(source)?.ownerOf(task);
      return owner !== undefined && owner !== "others";
    })
    .toSorted(
      (one, other) =>
        mismatchKinds.indexOf(one.kind) - mismatchKinds.indexOf(other.kind) ||
        rankOf(one) - rankOf(other) ||
        other.at - one.at,
    );
}

/** `Merged and still open: T-7 (a1b2c3d, yesterday 18:20) and 2 more; merged and then reverted: T-9 (…)`; null for none. */
export function mismatchLine(
  input: ListInput,
  list: TaskList | null,
  context: TextContext,
): string | null {
  const own = ownMismatches(input, list);
  // Node 20 has no Map.groupBy, and must get as far as its own error.
  const parts = mismatchKinds.flatMap((kind) => {
    const [first, ...more] = own.filter((one) => one.kind === kind);
    if (first === undefined) return [];
    const source = context.hasSources ? ` (${quotedName(first.source)})` : "";
    const count = commitsText(first.count ?? 1);
    const where =
      kind === "unpushed"
        ? [`${count} on ${branchName(first)}, last ${commitName(first)}`]
        : [commitName(first), pastTimeText(context.calendar(first.at), context.now)].filter(
            Boolean,
          );
    const rest = more.length === 0 ? "" : ` and ${more.length} more`;
    return `${labels[kind]}: ${quotedName(first.taskId)}${source} (${where.join(", ")})${rest}`;
  });
  const text = parts.join("; ");
  return text === "" ? null : `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
