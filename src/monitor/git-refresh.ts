import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { codeOf } from "../core/errors.ts";
import { nextFailure } from "../core/snapshot.ts";
import type { GitCaller } from "../git/hardened.ts";
import { readGitState } from "../git/read-state.ts";
import { findRepository } from "../git/repository.ts";
import { readGitRecord, saveGitFailure, saveGitState } from "../state/cache/git-states.ts";
import { markGitFresh, unmarkGitFresh } from "../state/live/fresh-git.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";

export interface RefreshGitDeps extends GitCaller {
  db: Sqlite;
  live: string;
  now: () => number;
}

/** Returns the failure's code, or null. A failure is saved beside the last good state. */
export async function refreshGit(deps: RefreshGitDeps, folder: string): Promise<string | null> {
  const place = findRepository(folder);
  if (place === null) return null;
  try {
    const last = readGitRecord(deps.db, place.worktree)?.snapshot?.value ?? null;
    const state = await readGitState(place, { ...deps, extent: "whole", last });
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

function nearestFolder(root: string, path: string): string {
  const folder = join(root, dirname(path));
  return folder === root || existsSync(folder) ? folder : nearestFolder(root, dirname(path));
}

/** The repository's git folders, and the folders of the refs that the working tree is compared with. */
export function gitFolders(db: Sqlite, worktree: string): string[] {
  const place = findRepository(worktree);
  // A repository may be created or restored here.
  if (place === null) return [worktree, join(worktree, ".git")].filter((one) => existsSync(one));
  const { branch, upstream, defaultBranch } = readGitRecord(db, worktree)?.snapshot?.value ?? {};
  const names = [branch, upstream?.name, defaultBranch?.name].filter((name) => name != null);
  const references = names.flatMap((name) => [`refs/heads/${name}`, `refs/remotes/${name}`]);
  const nearest = ["reftable/x", ...references].map((name) => nearestFolder(place.commonDir, name));
  return [...new Set([place.gitDir, place.commonDir, ...nearest])];
}
