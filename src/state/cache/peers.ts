import { findPeers, maxPeersRead, peerSeenMs, type Peer } from "../../core/news/peers.ts";
import { workBranch, type WorkLocation } from "../../core/session.ts";
import { parseObject, readObject, readString } from "../../core/read.ts";
import { queryRows } from "../sqlite/query.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";
import { readBranchTaskIds } from "./branch-task-ids.ts";

export interface PeerQuery extends WorkLocation {
  id: string | null;
  now: number;
}

interface Row {
  id: string;
  worktree: string;
  lastSeen: number;
  state: string | null;
}

/** The branch in the JSON of a git state or of a session's delivered state: the checked-out one, or the one being rebased. */
export function parseBranch(text: string | null): string | null {
  const from = parseObject(text);
  const git = readObject(from?.["git"]) ?? from;
  const operation = readObject(git?.["operation"]);
  return readString(git?.["branch"]) ?? readString(operation?.["branch"]) ?? null;
}

export function readPeers(db: Sqlite, query: PeerQuery): Peer[] {
  const rows = queryRows<Row>(
    db,
    // The branch of a session in the same tree does not matter.
    `SELECT s.id, s.worktree, s.last_seen AS lastSeen,
       CASE WHEN s.worktree = ? THEN NULL ELSE coalesce(
         (SELECT value FROM git_states AS g WHERE g.worktree = s.worktree), s.delivered) END AS state
     FROM sessions AS s
     WHERE s.project = ? AND s.last_seen >= ? AND s.ended_at IS NULL AND s.id IS NOT ?
     ORDER BY s.last_seen DESC LIMIT ${maxPeersRead}`,
    query.worktree,
    query.project,
    query.now - peerSeenMs,
    query.id,
  );
  if (rows.length === 0) return [];
  const taskIdsOf = (branch: string | null) => readBranchTaskIds(db, query.project, branch);
  return findPeers(
    { id: query.id, worktree: query.worktree, taskIds: taskIdsOf(workBranch(query)) },
    rows.map(({ state, ...peer }) => ({
      ...peer,
      taskIds: peer.worktree === query.worktree ? [] : taskIdsOf(parseBranch(state)),
    })),
  );
}
