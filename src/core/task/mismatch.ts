// Where git and the source of a task disagree: merged and still open, completed with commits that are nowhere else. Each claim
// has a commit to show for it, and in doubt there is none.

import { listOf, oneOf, orElse, readNumber, readString, shape, type Read } from "../read.ts";
import type { GitState } from "../git/git-state.ts";
import type { Task } from "./task.ts";

/** The weightiest first. */
export const mismatchKinds = ["merged", "reverted", "unpushed", "deleted", "idle"] as const;
export type MismatchKind = (typeof mismatchKinds)[number];

const readMismatch = shape(
  {
    source: readString,
    taskId: readString,
    /**
     * `merged`: the branch, or a commit that closes the task, is in the default branch. `reverted`: it was, and was taken back.
     * `unpushed`: the task is completed, and its branch has commits that are nowhere else. `deleted`: the branch was deleted on
     * its remote. `idle`: in progress for weeks without a commit, branch or session.
     */
    kind: oneOf(mismatchKinds),
    /** When that happened, epoch milliseconds. */
    at: readNumber,
    /** When it was first seen here. */
    seenAt: readNumber,
  },
  {
    commit: readString,
    branch: readString,
    /** How many commits are nowhere else. */
    count: readNumber,
    /** `words`: known by closing words alone. */
    by: oneOf(["branch", "words"]),
  },
);
export type Mismatch = Read<typeof readMismatch>;
export type FoundMismatch = Omit<Mismatch, "seenAt">;

const readOngoing = shape({
  source: readString,
  taskId: readString,
  branch: readString,
  /** The branch's last, by anybody. */
  commit: readString,
});
/** An open task with a branch here that has commits which the default branch lacks. */
export type OngoingTask = Read<typeof readOngoing>;

const readWhole = shape({
  /** The commit of the default branch that they were read from. */
  base: orElse(readString, ""),
  /** What else they depend on. */
  key: orElse(readString, ""),
  found: orElse(listOf(readMismatch), []),
  ongoing: orElse(listOf(readOngoing), []),
});
export type Mismatches = Read<typeof readWhole>;

export const noMismatches: Mismatches = { base: "", key: "", found: [], ongoing: [] };
export const readMismatches: (value: unknown) => Mismatches = orElse(readWhole, noMismatches);

/** The branch into which work is merged: that of the project which this is a fork of, else the default branch. */
export const mergeBase = ({
  fork,
  defaultBranch,
}: Pick<GitState, "fork" | "defaultBranch">): string | null =>
  fork?.commit ?? defaultBranch?.commit ?? null;

export const mismatchKey = ({ source, taskId, kind, commit = "" }: FoundMismatch): string =>
  [source, taskId, kind, commit].join(" ");

/** One that still holds. */
export interface CurrentMismatch extends Mismatch {
  /** As it is now; null for a completed one. */
  task: Task | null;
}

export interface CurrentMismatches {
  /** The commit of the default branch that they are true of. */
  base: string;
  current: readonly CurrentMismatch[];
}

export const noCurrentMismatches: CurrentMismatches = { base: "", current: [] };

/** Nothing if the default branch has other commits since. */
export const mismatchesAt = (
  { base, current }: CurrentMismatches,
  state: Pick<GitState, "fork" | "defaultBranch">,
): readonly CurrentMismatch[] => (base === mergeBase(state) ? current : []);

/** A host notes the merge on the task itself, in that time. */
const noteMs = 10 * 60_000;
export const idleMs: number = 14 * 86_400_000;

const instant = (text: string | undefined): number => Date.parse(text ?? "");

/** False where somebody has touched the task since: it may have been opened again. */
export function isUntouchedSince({ createdAt, updatedAt }: Task, at: number): boolean {
  const [created, updated] = [instant(createdAt), instant(updatedAt)];
  return !(created > at) && !(updated > at + noteMs);
}

export function stillHolds({ kind, at }: FoundMismatch, task: Task): boolean {
  if (kind === "idle") return task.status === "in_progress" && !(instant(task.updatedAt) > at);
  return kind !== "unpushed" && isUntouchedSince(task, at);
}
