// The origin of task lists in files: each working tree has its own, and a session reads only those of its tree.

const start = "tree:";

export const treeOrigin = (worktree: string): string => `${start}${worktree}`;

/** The working tree whose files were read; null for any other origin. */
export const parseTreeOrigin = (origin: string): string | null =>
  origin.startsWith(start) ? origin.slice(start.length) : null;
