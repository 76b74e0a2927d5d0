// What a brief is compared with, and what is recorded once it is delivered.

import type { LastDelivered } from "../core/brief/resume-brief.ts";
import type { Since } from "../core/brief/since-lines.ts";
import type { GitState } from "../core/git/git-state.ts";
import { mismatchesAt, mismatchKey } from "../core/task/mismatch.ts";
import { peerKey } from "../core/news/peers.ts";
import { pullKeys, displayedPull } from "../core/pull-request/pull-request.ts";
import type { SessionRecord } from "../core/session.ts";
import { recordAfter, type Delivery } from "../core/news/delivery.ts";
import type { Background, Reading } from "./gather-brief.ts";
import type { HookInput } from "./input.ts";
import type { CacheReader } from "./cache-reader.ts";
import type { DeliveredRecord } from "../state/cache/sessions.ts";
import type { DeliveredNews } from "../state/live/pending-news.ts";
import type { RefUpdateCounter } from "./git-reader.ts";
import type { SessionLocation } from "../git/repository.ts";

export interface BackgroundDeps {
  now: () => number;
  countRefUpdates: RefUpdateCounter;
  /** Delivered news that the monitor has not recorded yet. May throw. */
  deliveredNews: (sessionId: string) => readonly Pick<DeliveredNews, "kind" | "news">[];
  /** True for a session whose Claude Code exited without reporting it. */
  isClaudeCodeGone: (sessionId: string) => boolean;
}

/** Sources whose old copy of the brief is still in the conversation. */
const continuingCauses: ReadonlySet<string | null> = new Set(["resume", "fork"]);

/** What the conversation already contains; null if it starts empty. A fork starts with what the session before it knows. */
function knownSession(
  deps: BackgroundDeps,
  cache: CacheReader,
  { sessionId, source }: HookInput,
  { project }: SessionLocation,
): SessionRecord | null {
  if (!continuingCauses.has(source)) return null;
  const own = sessionId === null ? null : cache.session(sessionId);
  const record = own ?? (source === "fork" ? cache.previousSession(project, sessionId) : null);
  if (record === null) return null;
  return deps
    .deliveredNews(record.id)
    .reduce((known, { kind, news }) => recordAfter(known, kind, news), record);
}

/**
 * The git state that changed branches are compared with. A resumed session already has the news of its own branch. A branch that
 * it switched to later has no earlier state to compare with.
 */
function movesFrom(record: SessionRecord, isContinuedWithBrief: boolean): GitState | null {
  const { briefedGit: briefed } = record;
  const { git } = record.delivered;
  if (git === null || briefed === null || git.root !== briefed.root) return git;
  if (!isContinuedWithBrief && git.branch === briefed.branch) return briefed;
  const { defaultBranch } = briefed;
  const isOwn = [git.branch, git.upstream?.name].includes(defaultBranch?.name);
  return isContinuedWithBrief && isOwn ? git : { ...git, defaultBranch };
}

export async function prepareBackground(
  deps: BackgroundDeps,
  cache: CacheReader,
  input: HookInput,
  place: SessionLocation,
): Promise<Background> {
  const known = knownSession(deps, cache, input, place);
  const previous = known ?? cache.previousSession(place.project, input.sessionId, place.worktree);
  const from = previous === null ? null : movesFrom(previous, known !== null);
  const query = { ...place, id: input.sessionId, now: deps.now() };
  // The monitor marks such sessions as ended, but may only be starting.
  const peers = cache.peers(query).filter(({ sessionId }) => !deps.isClaudeCodeGone(sessionId));
  const own = input.source === "compact";
  const leftOff = continuingCauses.has(input.source) ? null : cache.leftOff({ ...query, own });
  const refUpdates = from === null ? [] : await deps.countRefUpdates(place, from);
  return { known, previous, refUpdates, peers, leftOff };
}

const changesQuery = (
  input: HookInput,
  { project, briefedSeq, id }: SessionRecord,
  worktree: string,
) => ({ project, worktree, seq: briefedSeq, exceptSessions: [input.sessionId, id] });

/** What has happened since the last brief of the session of `record`, except what that session or this one did itself. */
export function readSince(
  { git, background: { refUpdates } }: Reading,
  cache: CacheReader,
  input: HookInput,
  record: SessionRecord,
  worktree: string,
): Since {
  const changes = cache.changesSince(changesQuery(input, record, worktree));
  const before = record.delivered.git;
  const now = git.kind === "state" ? git.state : null;
  const isOther = now !== null && before?.root === now.root && before.branch !== now.branch;
  const since = { at: record.briefedAt, changes, refUpdates };
  return isOther ? { ...since, branchBefore: before.branch } : since;
}

/** What a resumed session knows of the events since its last brief. */
export function lastDelivered(
  since: Since,
  cache: CacheReader,
  input: HookInput,
  known: SessionRecord,
  worktree: string,
): LastDelivered {
  const { delivered, deliveredAt, briefedAt, reportedTasks: named } = known;
  const isAllUnreported = since.changes.length === 0 || Object.keys(named).length === 0;
  const unreported = isAllUnreported
    ? since.changes
    : cache.changesSince({ ...changesQuery(input, known, worktree), named });
  return { ...since, delivered, unreported, hadNews: deliveredAt > briefedAt };
}

export function createDelivery(
  about: Pick<Delivery, "sessionId" | "event" | "cause" | "text">,
  { project }: SessionLocation,
  at: number,
  { sources, git }: Pick<Reading, "sources" | "git">,
  tookMs: number,
): Delivery {
  const read = sources.map(({ source, fetchedAt, failure }) => {
    return { source, fetchedAt, code: failure?.code ?? null };
  });
  const gitReadAt = git.kind === "state" ? git.readAt : null;
  return { ...about, project, at, data: { sources: read, gitReadAt, foundAt: null, tookMs } };
}

export function deliveryNote(
  { sessionId: id, transcript = null }: { sessionId: string; transcript?: string | null },
  { project, projectName, worktree }: SessionLocation,
  at: number,
  { sources: views, git: view, seq, background, mismatches, pull }: Reading,
  delivery: Delivery | null,
): DeliveredRecord {
  const sources = Object.fromEntries(
    views.map(({ source, failure }) => [source, failure?.code ?? null]),
  );
  const git = view.kind === "state" ? view.state : null;
  const delivered = {
    git,
    sources,
    peers: background.peers.map(peerKey),
    mismatches: git === null ? [] : mismatchesAt(mismatches, git).map(mismatchKey),
    pulls: git === null ? [] : pullKeys(displayedPull(pull, git, at)?.pull),
  };
  return { id, project, projectName, worktree, at, seq, delivered, delivery, transcript };
}
