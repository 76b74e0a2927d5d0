// Reads the state of one working tree and writes it down, or the failure beside the last good state.

import { nextFailure } from "../core/snapshot.ts";
import { codeOf } from "../core/errors.ts";
import { readGitRecord, saveGitFailure, saveGitState } from "../state/cache/git-states.ts";
import type { GitProgram, RunGit } from "../git/hardened.ts";
import { readGitState } from "../git/read-state.ts";
import { findRepository } from "../git/repository.ts";
import { markGitFresh, unmarkGitFresh } from "../state/live/fresh-git.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";

export interface RefreshGitDeps {
  db: Sqlite;
  live: string;
  program: GitProgram;
  run: RunGit;
  timeoutMs: number;
  now: () => number;
}

/** Refreshes the working tree that holds `folder`. Gives the failure's code, or null when all is well or not in git. */
export async function refreshGit(deps: RefreshGitDeps, folder: string): Promise<string | null> {
  const repository = findRepository(folder);
  if (repository === null) return null;
  const place = { worktree: repository.worktree, project: repository.project };
  try {
    const { program, run, timeoutMs } = deps;
    const state = await readGitState(repository, { program, run, timeoutMs, extent: "whole" });
    const at = deps.now();
    saveGitState(deps.db, place, state, at);
    markGitFresh(deps.live, place.worktree, at);
    return null;
  } catch (error) {
    const code = codeOf(error);
    const known = readGitRecord(deps.db, place.worktree)?.failure ?? null;
    unmarkGitFresh(deps.live, place.worktree);
    saveGitFailure(deps.db, place, nextFailure(known, code, deps.now()));
    return code;
  }
}
