// Other live sessions beside one: in the same working tree, or on the same task elsewhere. Each takes one line of text.

import { quoted, quotedName } from "./quote.ts";
import { ageMs } from "./snapshot.ts";
import { ageWords } from "./time.ts";

/** Another session of this machine. Instants are epoch milliseconds. */
export interface Peer {
  sessionId: string;
  /** Real path of its working tree. */
  worktree: string;
  lastSeen: number;
  isSameWorktree: boolean;
  /** The task that both are on; null where only the working tree is shared. */
  taskId: string | null;
}

/** A session that has not shown itself for so long is not counted as working. */
export const peerSeenMs: number = 15 * 60_000;

/** Of the others that were seen lately, so many are looked at: the latest. */
export const mostPeersRead: number = 20;

/** What a session keeps of a peer that was reported to it. */
export const peerKey = ({ sessionId, isSameWorktree, taskId }: Peer): string =>
  `${sessionId} ${isSameWorktree ? "worktree" : (taskId ?? "")}`;

/** The peers among other live sessions; `taskIds` are the tasks of a session's branch. */
export function findPeers(
  own: { id: string | null; worktree: string; taskIds: readonly string[] },
  others: readonly {
    id: string;
    worktree: string;
    lastSeen: number;
    taskIds: readonly string[];
  }[],
): Peer[] {
  return others.flatMap(({ id, worktree, lastSeen, taskIds }) => {
    if (id === own.id) return [];
    const isSameWorktree = worktree === own.worktree;
    const taskId = own.taskIds.find((one) => taskIds.includes(one)) ?? null;
    if (!isSameWorktree && taskId === null) return [];
    return [{ sessionId: id, worktree, lastSeen, isSameWorktree, taskId }];
  });
}

/** `Another session works in this worktree`, `3 other sessions work …`, or `… on TASK-51 in "/work/shop-api-2"`. */
export function peerWords(
  peer: Pick<Peer, "worktree" | "isSameWorktree" | "taskId">,
  count = 1,
): string {
  if (peer.isSameWorktree && count > 1) {
    const number = count < mostPeersRead ? count : `${count} or more`;
    return `${number} other sessions work in this worktree`;
  }
  if (peer.isSameWorktree) return "Another session works in this worktree";
  return `Another session works on ${quotedName(peer.taskId ?? "")} in ${quoted(peer.worktree, 80)}`;
}

const mostPeers = 3;

/** One text for all in this worktree and one for each of the first others, with when they were last seen. */
export function peerTexts(peers: readonly Peer[], now: number): string[] {
  const here = peers.filter(({ isSameWorktree }) => isSameWorktree);
  const groups = [here, ...peers.filter((peer) => !here.includes(peer)).map((peer) => [peer])];
  const texts = groups.flatMap(([first, ...more]) => {
    if (first === undefined) return [];
    const count = more.length + 1;
    const age = ageMs(Math.max(first.lastSeen, ...more.map(({ lastSeen }) => lastSeen)), now);
    const seen = count === 1 ? "seen" : "the last seen";
    return [`${peerWords(first, count)}${age === null ? "" : ` (${seen} ${ageWords(age)} ago)`}.`];
  });
  return texts.slice(0, mostPeers);
}
