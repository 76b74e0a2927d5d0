// A session of the client as Sitrep remembers it.

import { readGitState, type GitState } from "./git/git-state.ts";
import { listOf, or, orNull, readString, recordOf, shape, type Read } from "./read.ts";
import type { Failure } from "./snapshot.ts";

const readDelivered = shape(
  {
    git: readGitState,
    /** For each source, the failure code that was reported to it; null for a source reported to answer. */
    sources: or(recordOf(orNull(readString)), {}),
  },
  /** The other sessions that were reported to it, as `peerKey` writes them. */
  { peers: listOf(readString) },
);
/** What a session knows of its surroundings: set by its brief, moved on by each piece of news. */
export type DeliveredState = Read<typeof readDelivered>;

export const readDeliveredState: (value: unknown) => DeliveredState = or(readDelivered, {
  git: null,
  sources: {},
});

/** Where a session works. `branch`: the one checked out; `leftBranch`: the one that a rebase or a bisect left. */
export interface WorkPlace {
  project: string;
  worktree: string;
  branch: string | null;
  leftBranch?: string;
}

export const workBranchOf = (place: Pick<WorkPlace, "branch" | "leftBranch">): string | null =>
  place.branch ?? place.leftBranch ?? null;

/** What a session knows, and where it runs. Instants are epoch milliseconds. */
export interface SessionRecord {
  id: string;
  project: string;
  worktree: string;
  startedAt: number;
  lastSeen: number;
  deliveredAt: number;
  /** Its last whole brief, or the last one of a session that went on. */
  briefedAt: number;
  /** The last change in the log that the session knows. */
  deliveredSeq: number;
  delivered: DeliveredState;
  /** The last change in the log that its last brief covered. */
  briefedSeq: number;
  /** The repository as its last brief told it. */
  briefedGit: GitState | null;
  /** The tasks that news since that brief named, each with the last change in the log that was covered. */
  reportedTasks: Readonly<Record<string, number>>;
  /** When the client said that it ended; null while it goes on, as far as is known. */
  endedAt: number | null;
}

/** What is known of a working tree: its last good state, and the failure since. */
export interface GitRecord {
  worktree: string;
  project: string;
  snapshot: { value: GitState; fetchedAt: number } | null;
  failure: Failure | null;
}

const wellFormedId = /^[A-Za-z0-9_-]{1,128}$/;

/** The id when it can stand in a file name, else null. */
export function sessionIdOf(text: string | undefined): string | null {
  return text !== undefined && wellFormedId.test(text) ? text : null;
}
