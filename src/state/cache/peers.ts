// Other live sessions of a project, and the tasks that their branches are about.

import { findPeers, mostPeersRead, peerSeenMs, type Peer } from "../../core/news/peers.ts";
import { parseObject, readObject, readString } from "../../core/read.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";
import { readBranchTaskIds } from "./source-views.ts";

/** The session that asks. `branch` is what its working tree is on. */
export interface PeerQuery {
  project: string;
  id: string | null;
  worktree: string;
  branch: string | null;
  /** Epoch milliseconds. */
  now: number;
}

interface Row {
  id: string;
  worktree: string;
  last_seen: number;
  state: string | null;
}

/** The branch in a git state's JSON: the one checked out, or the one being rebased. */
function branchIn(text: string | null): string | null {
  const from = parseObject(text);
  const operation = readObject(from?.["operation"]);
  return readString(from?.["branch"]) ?? readString(operation?.["branch"]) ?? null;
}

/** The sessions that work in the same tree or on the same task and showed themselves lately. */
export function readPeers(db: Sqlite, query: PeerQuery): Peer[] {
  const rows = db
    .prepare<[string, string, number, string | null], Row>(
      // A session in the same tree needs no look at its branch.
      `SELECT s.id, s.worktree, s.last_seen,
         CASE WHEN s.worktree = ? THEN NULL ELSE coalesce(
           (SELECT value FROM git_states AS g WHERE g.worktree = s.worktree), s.delivered_git) END AS state
       FROM sessions AS s
       WHERE s.project = ? AND s.last_seen >= ? AND s.ended_at IS NULL AND s.id IS NOT ?
       ORDER BY s.last_seen DESC LIMIT ${mostPeersRead}`,
    )
    .all(query.worktree, query.project, query.now - peerSeenMs, query.id);
  if (rows.length === 0) return [];
  const taskIdsOf = (branch: string | null): string[] =>
    branch === null ? [] : readBranchTaskIds(db, query.project, branch);
  return findPeers(
    { id: query.id, worktree: query.worktree, taskIds: taskIdsOf(query.branch) },
    rows.map((row) => ({
      id: row.id,
      worktree: row.worktree,
      lastSeen: row.last_seen,
      taskIds: row.worktree === query.worktree ? [] : taskIdsOf(branchIn(row.state)),
    })),
  );
}
