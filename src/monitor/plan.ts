// What is due at a turn of the monitor. Pure: it decides, the monitor does.

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

/** True when a schedule's tick has not come although its time is well past: the wall clock was moved. */
export function isTickOverdue(dueAt: number, now: number, slackMs = 30_000): boolean {
  return now > dueAt + slackMs;
}
