// Finds tasks without evidence in git: in progress for weeks without activity, or completed with work that nobody else has.

import type { BaseHistory } from "../git/base-history.ts";
import { mentions } from "../git/base-commit.ts";
import { idleMs, type FoundMismatch } from "./mismatch.ts";
import { mayBeTaskBranch, type TaskBranch } from "./task-evidence.ts";
import type { Task } from "./task.ts";

export interface TaskActivity {
  history: BaseHistory;
  /** Every branch that may be about the task. */
  branches: readonly TaskBranch[];
  /** The branches on which sessions have worked since `since`. */
  worked: ReadonlySet<string>;
  now: number;
}

/** A task in progress, unchanged and not worked on for two weeks; null if the history is shorter. */
export function findIdle(
  task: Task,
  { history: { commits }, branches, worked, now }: TaskActivity,
): FoundMismatch | null {
  const since = now - idleMs;
  const updated = Date.parse(task.updatedAt ?? "");
  const isLong = commits.some(({ at }) => at <= since);
  if (task.status !== "in_progress" || !(updated < since) || !isLong) return null;
  if ([...worked].some((name) => mayBeTaskBranch(task, name))) return null;
  const named = commits.filter(({ message }) => mentions(message, task.id));
  const own = branches.map(({ commit, at }) => ({ id: commit, at }));
  const [last] = [...own, ...named].toSorted((one, other) => other.at - one.at);
  if (last !== undefined && last.at > since) return null;
  const at = Math.max(updated, last?.at ?? 0);
  const found = { source: task.source, taskId: task.id, kind: "idle" as const, at };
  return last === undefined ? found : { ...found, commit: last.id };
}

/** A completed task's branch whose work may exist only here; null if the default branch mentions the task. */
export function findUnpushedBranch<B extends TaskBranch & { remote: string | null }>(
  { id }: Task,
  branches: readonly B[],
  { commits }: BaseHistory,
): B | null {
  const isKnown = commits.some(({ message }) => message.toLowerCase().includes(id.toLowerCase()));
  const isElsewhere = branches.some(({ mergedAs, isGone }) => mergedAs !== null || isGone);
  if (isKnown || isElsewhere) return null;
  return branches.find(({ remote }) => remote === null) ?? null;
}
