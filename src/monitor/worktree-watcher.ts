// Keeps the git state of the working trees in use up to date in the cache, reading each as often as its use and its cost
// allow. A failure is written beside the last good state.

import type { SessionRecord } from "../core/session.ts";
import type { MonitorLog } from "./log.ts";
import { nextFailure } from "../core/snapshot.ts";
import { codeOf } from "../core/errors.ts";
import { readGitRecord, saveGitFailure, saveGitState } from "../state/cache/git-states.ts";
import type { GitCaller } from "../git/hardened.ts";
import { readGitState } from "../git/read-state.ts";
import { findRepository } from "../git/repository.ts";
import { markGitFresh, unmarkGitFresh } from "../state/live/fresh-git.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";

/** When a working tree was last read, how long that took, and when one of its sessions last showed itself. */
export interface WorktreeUse {
  worktree: string;
  /** Null: never. Milliseconds of one clock, as the two others. */
  readAt: number | null;
  tookMs: number;
  sessionSeenAt: number;
}

const busyIntervalMs = 10_000;
const quietIntervalMs = 60_000;
const quietAfterMs = 2 * 60_000;
/** Reading may take one two-hundredth of the time. */
const costFactor = 200;

/** How long a state is left as it is: 10 s in the middle of work, 60 s in a pause, more where git is slow. */
export function gitIntervalMs(use: WorktreeUse, now: number): number {
  const interval = now - use.sessionSeenAt > quietAfterMs ? quietIntervalMs : busyIntervalMs;
  return Math.max(interval, use.tookMs * costFactor);
}

/** The working trees to be read now. */
export function dueWorktrees(uses: readonly WorktreeUse[], now: number): string[] {
  return uses
    .filter((use) => use.readAt === null || now - use.readAt >= gitIntervalMs(use, now))
    .map((use) => use.worktree);
}

export interface WorktreeWatcher {
  /** Begins to read what is due among the sessions' working trees. `onDone` is called after each that was read. */
  watch(sessions: readonly SessionRecord[], wallNow: number, onDone: () => void): void;
}

type Known = Pick<WorktreeUse, "readAt" | "tookMs"> & { code: string | null };

/**
 * `read` refreshes one working tree and gives the failure's code; `clock` is monotonic, in milliseconds. A session's
 * own instants are of the wall clock.
 */
export function createWorktreeWatcher(
  read: (worktree: string) => Promise<string | null>,
  clock: () => number,
  log: MonitorLog,
): WorktreeWatcher {
  const known = new Map<string, Known>();
  const underWay = new Set<string>();

  const readOne = async (worktree: string): Promise<void> => {
    const started = clock();
    const code = await read(worktree).catch(() => "unexpected");
    const before = known.get(worktree)?.code ?? null;
    known.set(worktree, { readAt: clock(), tookMs: clock() - started, code });
    if (code === before) return;
    if (code === null) log.info("git answers again", { project: worktree });
    else log.warn("git failed", { project: worktree, code });
  };

  return {
    watch: (sessions, wallNow, onDone) => {
      const now = clock();
      const seen = new Map<string, number>();
      for (const { worktree, lastSeen } of sessions) {
        seen.set(worktree, Math.max(seen.get(worktree) ?? 0, lastSeen));
      }
      const uses = [...seen].map(([worktree, lastSeen]) => ({
        worktree,
        readAt: known.get(worktree)?.readAt ?? null,
        tookMs: known.get(worktree)?.tookMs ?? 0,
        sessionSeenAt: now - Math.max(0, wallNow - lastSeen),
      }));
      for (const worktree of dueWorktrees(uses, now)) {
        if (underWay.has(worktree)) continue;
        underWay.add(worktree);
        void readOne(worktree).finally(() => {
          underWay.delete(worktree);
          onDone();
        });
      }
    },
  };
}

export interface RefreshGitDeps extends GitCaller {
  db: Sqlite;
  live: string;
  now: () => number;
}

/** Refreshes the working tree that holds `folder`. Gives the failure's code, or null when all is well or not in git. */
export async function refreshGit(deps: RefreshGitDeps, folder: string): Promise<string | null> {
  const place = findRepository(folder);
  if (place === null) return null;
  try {
    const state = await readGitState(place, { ...deps, extent: "whole" });
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
