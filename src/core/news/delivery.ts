import { listOf, orElse, orNull, readNumber, readString, shape, type Read } from "../read.ts";
import type { GitState } from "../git/git-state.ts";
import type { DeliveredState, SessionRecord } from "../session.ts";
import type { PendingKind, PendingNews } from "./pending-news.ts";

export const noData = { sources: [], gitReadAt: null, foundAt: null };

const readData = shape(
  {
    /** For each source, when its tasks were fetched (null: never) and the failure since. */
    sources: orElse(
      listOf(
        shape({ source: readString, fetchedAt: orNull(readNumber), code: orNull(readString) }),
      ),
      [],
    ),
    gitReadAt: orNull(readNumber),
    /** When the monitor found the news; null for a brief. */
    foundAt: orNull(readNumber),
  },
  {
    /** Milliseconds from the start of the hook's process until it had written the text. */
    tookMs: readNumber,
  },
);
/** How old the data in a text was. Instants are epoch milliseconds. */
export type DeliveryData = Read<typeof readData>;

export const readDeliveryData: (value: unknown) => DeliveryData = orElse(readData, noData);

const readWhole = shape({
  sessionId: readString,
  /** Null if the hook did not look. */
  project: orNull(readString),
  at: readNumber,
  event: readString,
  cause: orElse(readString, ""),
  text: readString,
  data: readDeliveryData,
});
export type Delivery = Read<typeof readWhole>;

export const readDelivery: (value: unknown) => Delivery | null = orNull(readWhole);

function gitAfterNews(before: GitState | null, { delivered, items }: PendingNews): GitState | null {
  const now = delivered.git;
  if (before === null || now === null || before.root !== now.root) return now ?? before;
  const counts = { ...before.counts, conflicted: now.counts.conflicted };
  const isUpstreamDelivered = items.some((item) => item.kind === "upstream");
  const upstream = isUpstreamDelivered ? now.upstream : before.upstream;
  // During a rebase only the operation names the branch, so the two move together.
  const isBranchDelivered = items.some((item) => item.kind === "branch");
  const { branch, operation } = isBranchDelivered ? now : before;
  return { ...before, branch, operation, counts, upstream };
}

function deliveredStateAfter(
  delivered: DeliveredState,
  kind: PendingKind,
  pending: PendingNews,
): DeliveredState {
  if (kind === "git") return { ...delivered, git: pending.delivered.git };
  if (pending.brief !== undefined) return pending.delivered;
  return { ...pending.delivered, git: gitAfterNews(delivered.git, pending) };
}

/** The session's record after news was delivered to it. A brief delivered since covers all of it. */
export function recordAfter(
  record: SessionRecord,
  kind: PendingKind,
  pending: PendingNews,
): SessionRecord {
  if (record.briefedAt > pending.at) return record;
  const { at, seq, brief, tasks = [] } = pending;
  const after = {
    ...record,
    deliveredAt: Math.max(record.deliveredAt, at),
    deliveredSeq: kind === "news" ? Math.max(record.deliveredSeq, seq) : record.deliveredSeq,
    delivered: deliveredStateAfter(record.delivered, kind, pending),
  };
  if (brief !== undefined) {
    const { delivered } = after;
    return {
      ...after,
      briefedAt: at,
      briefedSeq: seq,
      briefedGit: delivered.git,
      reportedTasks: {},
    };
  }
  const named = Object.fromEntries(tasks.map((id) => [id, seq]));
  return { ...after, reportedTasks: { ...record.reportedTasks, ...named } };
}
