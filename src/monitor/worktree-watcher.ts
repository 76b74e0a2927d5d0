// Keeps the git state of the working trees in use at hand, reading each as often as its use and its cost allow.

import type { SessionRecord } from "../core/session.ts";
import type { MonitorLog } from "./log.ts";
import { dueWorktrees } from "./plan.ts";

export interface WorktreeWatcher {
  /** Begins to read what is due among the sessions' working trees. `onDone` is called after each that was read. */
  watch(sessions: readonly SessionRecord[], wallNow: number, onDone: () => void): void;
}

interface Known {
  readAt: number | null;
  tookMs: number;
  code: string | null;
}

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
    if (code !== before) {
      const fields = { project: worktree, ...(code === null ? {} : { code }) };
      if (code === null) log.info("git answers again", fields);
      else log.warn("git failed", fields);
    }
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
