import { cleanText, quoted, quotedName } from "../quote.ts";
import { ageMs } from "../snapshot.ts";
import { ageText, agoText } from "../time.ts";

/** Another session of this machine. Instants are epoch milliseconds. */
export interface Peer {
  sessionId: string;
  worktree: string;
  lastSeen: number;
  isSameWorktree: boolean;
  /** The task that its branch names; null in the same working tree. */
  taskId: string | null;
  /** Set if that is not a task of this session's branch. */
  isOtherTask?: true;
}

/** A session that was not seen for so long does not count as working. */
export const peerSeenMs: number = 15 * 60_000;

export const maxPeersRead: number = 20;

export const peerKey = ({ sessionId, isSameWorktree, taskId }: Peer): string =>
  `${sessionId} ${isSameWorktree ? "worktree" : (taskId ?? "")}`;

export const findPeers = (
  own: { id: string | null; worktree: string; taskIds: readonly string[] },
  others: readonly { id: string; worktree: string; lastSeen: number; taskIds: readonly string[] }[],
): Peer[] =>
  others.flatMap(({ id, worktree, lastSeen, taskIds }) => {
    if (id === own.id) return [];
    const isSameWorktree = worktree === own.worktree;
    const shared = own.taskIds.find((one) => taskIds.includes(one));
    const taskId = isSameWorktree ? null : (shared ?? taskIds[0] ?? null);
    if (!isSameWorktree && taskId === null) return [];
    const isOtherTask = !isSameWorktree && shared === undefined;
    const peer = { sessionId: id, worktree, lastSeen, isSameWorktree, taskId };
    return [{ ...peer, ...(isOtherTask ? { isOtherTask } : {}) }];
  });

/** By task: the working tree where another session works on it. This branch's own task is left out. */
export const tasksOfPeers = (peers: readonly Peer[]): Map<string, string> =>
  new Map(
    peers.flatMap(({ taskId, worktree, isOtherTask }) =>
      taskId === null || isOtherTask === undefined ? [] : [[taskId, worktree] as const],
    ),
  );

export function describePeer(
  peer: Pick<Peer, "worktree" | "isSameWorktree" | "taskId">,
  count = 1,
): string {
  const number = count < maxPeersRead ? count : `${count} or more`;
  const who = count > 1 ? `${number} other sessions are` : "Another session is";
  if (peer.isSameWorktree) return `${who} in this worktree`;
  return `${who} on ${quotedName(peer.taskId ?? "")} in ${quoted(peer.worktree, 80)}`;
}

/** For a person, without quotes: `in this worktree`, `on TASK-51 in /work/login`. */
export const peerPlace = ({ isSameWorktree, taskId, worktree }: Peer): string =>
  isSameWorktree
    ? "in this worktree"
    : `on ${cleanText(taskId ?? "", 40)} in ${cleanText(worktree, 80)}`;

/** For a person: `3f2a61c0 in this worktree, seen 2 min ago`. */
export const peerText = (peer: Peer, now: number): string =>
  `${cleanText(peer.sessionId, 80).slice(0, 8)} ${peerPlace(peer)}, seen ${agoText(peer.lastSeen, now)}`;

const maxPeers = 3;

export function peerTexts(peers: readonly Peer[], now: number): string[] {
  const groups = new Map<string, Peer[]>();
  for (const peer of peers) {
    const key = peer.isSameWorktree ? "" : `${peer.taskId}\n${peer.worktree}`;
    groups.set(key, [...(groups.get(key) ?? []), peer]);
  }
  const texts = [...groups.values()].flatMap(([first, ...more]) => {
    if (first === undefined) return [];
    const count = more.length + 1;
    const age = ageMs(Math.max(first.lastSeen, ...more.map(({ lastSeen }) => lastSeen)), now);
    const seen = count === 1 ? "seen" : "last seen";
    return [
      `${describePeer(first, count)}${age === null ? "" : ` (${seen} ${ageText(age)} ago)`}.`,
    ];
  });
  return texts.slice(0, maxPeers);
}
