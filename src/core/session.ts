import { parseGitState, type GitState } from "./git/git-state.ts";
import { orElse, orNull, readString, readTexts, recordOf, shape, type Read } from "./read.ts";
import type { Failure } from "./snapshot.ts";

const readDelivered = shape(
  {
    git: parseGitState,
    /** For each source, the failure code that was reported to it; null for a source reported as answering. */
    sources: orElse(recordOf(orNull(readString)), {}),
  },
  {
    /** The other sessions that were reported to it, as `peerKey` writes them. */
    peers: readTexts,
    /** The mismatches of git and tasks that were reported to it, as `mismatchKey` writes them. */
    mismatches: readTexts,
    /** What was reported to it of pull requests, as `pullKeys` writes it. */
    pulls: readTexts,
  },
);
/** Set by the session's brief, updated by each piece of news. */
export type DeliveredState = Read<typeof readDelivered>;

export const readDeliveredState: (value: unknown) => DeliveredState = orElse(readDelivered, {
  git: null,
  sources: {},
});

/** Where a session works. `branch`: the one checked out; `leftBranch`: the one that a rebase or a bisect left. */
export interface WorkLocation {
  project: string;
  worktree: string;
  branch: string | null;
  leftBranch?: string;
}

export const workBranch = (place: Pick<WorkLocation, "branch" | "leftBranch">): string | null =>
  place.branch ?? place.leftBranch ?? null;

/** Instants are epoch milliseconds. */
export interface SessionRecord {
  id: string;
  project: string;
  worktree: string;
  startedAt: number;
  lastSeen: number;
  deliveredAt: number;
  briefedAt: number;
  deliveredSeq: number;
  delivered: DeliveredState;
  /** The last change in the log that its last brief covered. */
  briefedSeq: number;
  briefedGit: GitState | null;
  /** Tasks in news since that brief, each with the last change in the log that the news covered. */
  reportedTasks: Readonly<Record<string, number>>;
  /** When Claude Code reported its end; null before. */
  endedAt: number | null;
}

export interface GitRecord {
  worktree: string;
  project: string;
  snapshot: { value: GitState; fetchedAt: number } | null;
  failure: Failure | null;
}

const wellFormedId = /^[A-Za-z0-9_-]{1,128}$/;

/** Null for an id that cannot be part of a file name. */
export const parseSessionId = (text: string | undefined): string | null =>
  text !== undefined && wellFormedId.test(text) ? text : null;
