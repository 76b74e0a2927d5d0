// What a session knows once pending news has been told to it.

import type { GitState } from "./git-state.ts";
import type { DeliveredState } from "./news.ts";
import type { PendingNews } from "./news-json.ts";
import type { SessionRecord } from "./session.ts";

/** `news` is told at any tool call, `git` at a git-related one. */
export const newsKinds = ["news", "git"] as const;
export type NewsKind = (typeof newsKinds)[number];

/** News of a branch, of conflicts or of the upstream tells that of git, and nothing more. */
function gitAfterNews(before: GitState | null, { delivered, items }: PendingNews): GitState | null {
  const now = delivered.git;
  if (before === null || now === null || before.root !== now.root) return now ?? before;
  const counts = { ...before.counts, conflicted: now.counts.conflicted };
  const isUpstreamDelivered = items.some((item) => item.kind === "upstream");
  const upstream = isUpstreamDelivered ? now.upstream : before.upstream;
  return { ...before, branch: now.branch, counts, upstream };
}

function deliveredStateAfter(
  delivered: DeliveredState,
  kind: NewsKind,
  pending: PendingNews,
): DeliveredState {
  if (kind === "git") return { ...delivered, git: pending.delivered.git };
  const { sources, peers } = pending.delivered;
  return {
    git: gitAfterNews(delivered.git, pending),
    sources,
    ...(peers === undefined ? {} : { peers }),
  };
}

/** The session's record after news that was delivered to it. A brief given since covers all of it. */
export function recordAfter(
  record: SessionRecord,
  kind: NewsKind,
  pending: PendingNews,
): SessionRecord {
  if (record.briefedAt > pending.at) return record;
  return {
    ...record,
    deliveredAt: Math.max(record.deliveredAt, pending.at),
    deliveredSeq:
      kind === "news" ? Math.max(record.deliveredSeq, pending.seq) : record.deliveredSeq,
    delivered: deliveredStateAfter(record.delivered, kind, pending),
  };
}
