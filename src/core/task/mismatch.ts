// Mismatches between git and a task's source: merged and still open, completed with commits that are nowhere else. Each claim
// cites a commit if there is one. Nothing is claimed in doubt.

import { listOf, oneOf, orElse, readNumber, readString, shape, type Read } from "../read.ts";
import type { GitState } from "../git/git-state.ts";
import type { Task } from "./task.ts";

/** Most important first. */
export const mismatchKinds = ["merged", "reverted", "unpushed", "deleted", "idle"] as const;
export type MismatchKind = (typeof mismatchKinds)[number];

const readMismatch = shape(
  {
    source: readString,
    taskId: readString,
    /**
     * `merged`: the branch, or a commit that closes the task, is in the default branch. `reverted`: merged, then reverted.
     * `unpushed`: the task is completed, and its branch has commits that are nowhere else. `deleted`: the branch was deleted on
     * its remote. `idle`: in progress for weeks without a commit, branch or session.
     */
    kind: oneOf(mismatchKinds),
    /** When that happened, epoch milliseconds. */
    at: readNumber,
    /** When the mismatch was first seen. */
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
  /** The branch's last commit, by anybody. */
  commit: readString,
});
/** An open task whose local branch has commits that the default branch lacks. */
export type OngoingTask = Read<typeof readOngoing>;

const readWhole = shape({
  /** The default branch's commit when they were read. */
  base: orElse(readString, ""),
  /** A key of their other inputs. */
  key: orElse(readString, ""),
  found: orElse(listOf(readMismatch), []),
  ongoing: orElse(listOf(readOngoing), []),
});
export type Mismatches = Read<typeof readWhole>;

export const noMismatches: Mismatches = { base: "", key: "", found: [], ongoing: [] };
export const readMismatches: (value: unknown) => Mismatches = orElse(readWhole, noMismatches);

/** The commit of the branch that work is merged into: the upstream project's in a fork, else the default branch. */
export const mergeBase = ({
  fork,
  defaultBranch,
}: Pick<GitState, "fork" | "defaultBranch">): string | null =>
  fork?.commit ?? defaultBranch?.commit ?? null;

export const mismatchKey = ({ source, taskId, kind, commit = "" }: FoundMismatch): string =>
  [source, taskId, kind, commit].join(" ");

/** A mismatch that still holds. */
export interface CurrentMismatch extends Mismatch {
  /** The task now; null if it is completed. */
  task: Task | null;
}

export interface CurrentMismatches {
  /** The default branch's commit for which they hold. */
  base: string;
  current: readonly CurrentMismatch[];
}

export const noCurrentMismatches: CurrentMismatches = { base: "", current: [] };

/** Empty if the default branch has moved since. */
export const mismatchesAt = (
  { base, current }: CurrentMismatches,
  state: Pick<GitState, "fork" | "defaultBranch">,
): readonly CurrentMismatch[] => (base === mergeBase(state) ? current : []);

/** The host itself may update the task this soon after a merge. */
const noteMs = 10 * 60_000;
export const idleMs: number = 14 * 86_400_000;

const instant = (text: string | undefined): number => Date.parse(text ?? "");

/** False if somebody has changed the task since: it may have been reopened. */
export function isUntouchedSince({ createdAt, updatedAt }: Task, at: number): boolean {
  const [created, updated] = [instant(createdAt), instant(updatedAt)];
  return !(created > at) && !(updated > at + noteMs);
}

export function isStillTrue({ kind, at }: FoundMismatch, task: Task): boolean {
  if (kind === "idle") return task.status === "in_progress" && !(instant(task.updatedAt) > at);
  return kind !== "unpushed" && isUntouchedSince(task, at);
}
