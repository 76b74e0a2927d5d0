// Finds the user's tasks whose work was merged or reverted recently, for the news.

import { createRankContext } from "../../core/brief/task-list.ts";
import type { SessionRecord } from "../../core/session.ts";
import { mismatchesAt, type CurrentMismatch } from "../../core/task/mismatch.ts";
import { findOwnership, type Owner } from "../../core/task/owners.ts";
import type { Task } from "../../core/task/task.ts";
import { cachedSettings } from "../../state/cache/brief-facts.ts";
import { readSourceViews } from "../../state/cache/source-views.ts";
import type { Sqlite } from "../../state/sqlite/sqlite.ts";
import type { CachedState } from "../project-state-key.ts";

/** Only a brief reports older merges and reverts. */
export const newsWindowMs = 86_400_000;

export function mergedLately(
  { mismatchesOf, treeOf }: Pick<CachedState, "mismatchesOf" | "treeOf">,
  { project, worktree }: SessionRecord,
  now: number,
): CurrentMismatch[] {
  const state = treeOf(worktree)?.snapshot?.value;
  const current = state === undefined ? [] : mismatchesAt(mismatchesOf(project), state);
  return current.filter(
    ({ kind, at }) => (kind === "merged" || kind === "reverted") && at > now - newsWindowMs,
  );
}

/** Returns a function that finds the owner of a task of this project. */
export function ownerIn(db: Sqlite, project: string, now: number): (task: Task) => Owner {
  const { me, tasks: limits } = cachedSettings(db);
  const views = readSourceViews(db, { project, branch: null, now, limits, most: 0, me });
  const { people } = createRankContext(views);
  return (task) => findOwnership({ me, people }, task.source, [task]).ownerOf(task);
}

/** Leaves out the tasks of others. */
export function pickOwn(
  db: Sqlite,
  project: string,
  merged: readonly CurrentMismatch[],
  now: number,
): CurrentMismatch[] {
  if (merged.length === 0) return [];
  const ownerOf = ownerIn(db, project, now);
  return merged.filter(({ task }) => task !== null && ownerOf(task) !== "others");
}
