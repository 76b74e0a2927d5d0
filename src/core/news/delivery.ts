// What was delivered to a session, word for word, for the person who wants to read it afterwards; and what the session
// knows once pending news has reached it.

import { readItems, readNumber, readObject, readString, type JsonObject } from "../read.ts";
import type { GitState } from "../git/git-state.ts";
import type { DeliveredState, SessionRecord } from "../session.ts";
import type { PendingKind, PendingNews } from "./pending-news.ts";

/** How old what a text was made from was. Instants are epoch milliseconds. */
export interface DeliveryData {
  /** For each source, when its tasks were fetched (null: never) and the failure since. */
  sources: readonly { source: string; fetchedAt: number | null; code: string | null }[];
  /** When the state of the repository was read; null where none was known. */
  gitReadAt: number | null;
  /** When the monitor found the news; null for a brief. */
  foundAt: number | null;
}

export interface Delivery {
  sessionId: string;
  /** Null where the hook did not look. */
  project: string | null;
  at: number;
  /** The hook's event. */
  event: string;
  /** Why: how the session began, or what was news. */
  cause: string;
  text: string;
  data: DeliveryData;
}

export const noData: DeliveryData = { sources: [], gitReadAt: null, foundAt: null };

export function readDeliveryData(value: unknown): DeliveryData {
  const from = readObject(value);
  return {
    sources: readItems(from?.["sources"], (one) => {
      const view = readObject(one);
      const source = readString(view?.["source"]);
      if (view === null || source === undefined) return null;
      const fetchedAt = readNumber(view["fetchedAt"]) ?? null;
      return { source, fetchedAt, code: readString(view["code"]) ?? null };
    }),
    gitReadAt: readNumber(from?.["gitReadAt"]) ?? null,
    foundAt: readNumber(from?.["foundAt"]) ?? null,
  };
}

/** The delivery in an object that another process wrote, or null. */
export function readDelivery(from: JsonObject | null): Delivery | null {
  const [sessionId, event] = [readString(from?.["sessionId"]), readString(from?.["event"])];
  const [at, text] = [readNumber(from?.["at"]), readString(from?.["text"])];
  if (from === null || sessionId === undefined || event === undefined) return null;
  if (at === undefined || text === undefined) return null;
  return {
    sessionId,
    project: readString(from["project"]) ?? null,
    at,
    event,
    cause: readString(from["cause"]) ?? "",
    text,
    data: readDeliveryData(from["data"]),
  };
}

/** News of a branch, of conflicts or of the upstream tells that of git, and nothing more. */
function gitAfterNews(before: GitState | null, { delivered, items }: PendingNews): GitState | null {
  const now = delivered.git;
  if (before === null || now === null || before.root !== now.root) return now ?? before;
  const counts = { ...before.counts, conflicted: now.counts.conflicted };
  const isUpstreamDelivered = items.some((item) => item.kind === "upstream");
  const upstream = isUpstreamDelivered ? now.upstream : before.upstream;
  // Through a rebase git names no branch: the operation says which it is, so that the two move together.
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

/** The session's record after news that was delivered to it. A brief given since covers all of it. */
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
    return { ...after, briefedAt: at, briefedSeq: seq, briefedGit: delivered.git, namedTasks: {} };
  }
  const named = Object.fromEntries(tasks.map((id) => [id, seq]));
  return { ...after, namedTasks: { ...record.namedTasks, ...named } };
}
