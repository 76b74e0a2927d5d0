// Who else is at work here, in a line each.

import type { Fence } from "../fence.ts";
import type { Peer } from "../peers.ts";
import { ageMs } from "../snapshot.ts";
import { ageWords } from "../words.ts";

/** `Another session works in this worktree`, or `… on TASK-51 in ⟦… /work/shop-api-2 …⟧`. */
export function peerWords(
  peer: Pick<Peer, "worktree" | "isSameWorktree" | "taskId">,
  fence: Fence,
): string {
  if (peer.isSameWorktree) return "Another session works in this worktree";
  return `Another session works on ${fence.name(peer.taskId ?? "")} in ${fence.wrap(peer.worktree, 80)}`;
}

const mostPeers = 3;

/** One text for each of the first peers, with when it was last seen. */
export function peerTexts(peers: readonly Peer[], fence: Fence, now: number): string[] {
  return peers.slice(0, mostPeers).map((peer) => {
    const age = ageMs(peer.lastSeen, now);
    return `${peerWords(peer, fence)}${age === null ? "" : ` (seen ${ageWords(age)} ago)`}.`;
  });
}
