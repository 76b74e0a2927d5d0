// The mark that the monitor's state of a working tree is at hand, for the gate of SessionStart, which then has no git read
// it anew: an empty file named after the path, whose modification time is when the state ceases to count as of now.

import { rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The monitor's state of a working tree counts as of this moment for so long: of edits since then nothing tells. */
export const gitFreshMs = 2000;

/** Two paths may have one mark; the worst of that is a state that Node has to ask git for itself. */
export const freshGitMark = (live: string, worktree: string): string =>
  join(live, worktree.replaceAll("/", "@"));

/** Marks a state read at `at` (epoch milliseconds). Never throws: without a mark the gate starts git. */
export function markGitFresh(live: string, worktree: string, at: number): void {
  const file = freshGitMark(live, worktree);
  try {
    writeFileSync(file, "", { mode: 0o600 });
    utimesSync(file, (at + gitFreshMs) / 1000, (at + gitFreshMs) / 1000);
  } catch {
    // A path longer than a file's name may be.
  }
}

/** Takes the mark away. Never throws. */
export function unmarkGitFresh(live: string, worktree: string): void {
  try {
    rmSync(freshGitMark(live, worktree), { force: true });
  } catch {
    // As above.
  }
}
