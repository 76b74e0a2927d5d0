// Marks the monitor's git state as fresh until the date of an empty file: until then the gate need not run git.

import { rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** How long the monitor's state of a working tree counts as current: later edits go unnoticed. */
export const gitFreshMs = 2000;

/** Two paths may share a mark; at worst Node then runs git itself. */
export const freshGitMark = (live: string, worktree: string): string =>
  join(live, worktree.replaceAll("/", "@"));

/** Marks a state read at `at` (epoch milliseconds). Never throws: without a mark the gate runs git. */
export function markGitFresh(live: string, worktree: string, at: number): void {
  const file = freshGitMark(live, worktree);
  try {
    writeFileSync(file, "", { mode: 0o600 });
    utimesSync(file, (at + gitFreshMs) / 1000, (at + gitFreshMs) / 1000);
  } catch {
    // The path is longer than a file name may be.
  }
}

export function unmarkGitFresh(live: string, worktree: string): void {
  try {
    rmSync(freshGitMark(live, worktree), { force: true });
  } catch {
    // As above.
  }
}
