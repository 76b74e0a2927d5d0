// What a session's brief is compared with (what the conversation holds already, the project's session before it, the
// sessions beside it), and what is recorded once the brief is delivered.

import type { LastDelivered } from "../core/brief/resume-brief.ts";
import type { RefMove, Since } from "../core/brief/since-lines.ts";
import type { GitState } from "../core/git/git-state.ts";
import type { LeftOff } from "../core/handoff/handoff.ts";
import { peerKey, type Peer } from "../core/news/peers.ts";
import type { SessionRecord } from "../core/session.ts";
import { recordAfter, type Delivery } from "../core/news/delivery.ts";
import type { Reading } from "./gather.ts";
import type { HookInput } from "./input.ts";
import type { CacheReader } from "./cache-reader.ts";
import type { DeliveredRecord } from "../state/cache/sessions.ts";
import type { DeliveredNews } from "../state/live/pending-news.ts";
import type { MoveCounter } from "./git-reader.ts";
import type { Place } from "../git/repository.ts";

export interface BackgroundDeps {
  now: () => number;
  countMoves: MoveCounter;
  /** What was delivered to a session and the monitor has not recorded yet. May throw. */
  deliveredNews: (sessionId: string) => readonly Pick<DeliveredNews, "kind" | "news">[];
  /** True for a session whose client has ended without a word. */
  isClaudeCodeGone: (sessionId: string) => boolean;
}

/** Sources whose old copy of the brief is still in the conversation. */
const goesOn: ReadonlySet<string | null> = new Set(["resume", "fork"]);

/** This session's record; a fork begins with what the session before it knows. */
function recordedSession(cache: CacheReader, input: HookInput, place: Place): SessionRecord | null {
  const own = input.sessionId === null ? null : cache.session(input.sessionId);
  if (own !== null || input.source !== "fork") return own;
  return cache.previousSession(place.project, input.sessionId);
}

/** What the conversation holds already; null when it begins empty. */
function knownSession(
  deps: BackgroundDeps,
  cache: CacheReader,
  input: HookInput,
  place: Place,
): SessionRecord | null {
  const record = goesOn.has(input.source) ? recordedSession(cache, input, place) : null;
  if (record === null) return null;
  return deps
    .deliveredNews(record.id)
    .reduce((known, { kind, news }) => recordAfter(known, kind, news), record);
}

/** What the present is compared with, and who else is here. */
export interface Background {
  /** Set when the conversation goes on. */
  known: SessionRecord | null;
  previous: SessionRecord | null;
  moves: RefMove[];
  peers: Peer[];
  /** What was left here; null where the conversation holds it. */
  leftOff: LeftOff | null;
}

/**
 * The repository that moves are counted from: as the last brief told it. A session that goes on has had the news, which are
 * of its branch and its upstream; and of a branch that was met after that brief, what it was before is not known.
 */
function movesFrom(record: SessionRecord, goesOnKnowing: boolean): GitState | null {
  const { briefedGit: briefed } = record;
  const { git } = record.delivered;
  if (git === null || briefed === null || git.root !== briefed.root) return git;
  if (!goesOnKnowing && git.branch === briefed.branch) return briefed;
  const { defaultBranch } = briefed;
  const isOwn = [git.branch, git.upstream?.name].includes(defaultBranch?.name);
  return goesOnKnowing && isOwn ? git : { ...git, defaultBranch };
}

export async function prepareBackground(
  deps: BackgroundDeps,
  cache: CacheReader,
  input: HookInput,
  place: Place,
): Promise<Background> {
  const { project, worktree, branch } = place;
  const known = knownSession(deps, cache, input, place);
  const previous = known ?? cache.previousSession(project, input.sessionId);
  const from = previous === null ? null : movesFrom(previous, known !== null);
  const now = deps.now();
  const workBranch = branch ?? place.leftBranch ?? null;
  const own = { project, worktree, branch: workBranch, id: input.sessionId };
  // The monitor that ends such a session may only be starting.
  const peers = cache
    .peers({ ...own, now })
    .filter(({ sessionId }) => !deps.isClaudeCodeGone(sessionId));
  const isOwn = input.source === "compact";
  const leftOff = goesOn.has(input.source) ? null : cache.leftOff({ ...own, own: isOwn, now });
  const moves = from === null ? [] : await deps.countMoves(place, from);
  return { known, previous, moves, peers, leftOff };
}

const changesQuery = (input: HookInput, { project, briefedSeq, id }: SessionRecord) => ({
  project,
  seq: briefedSeq,
  exceptSessions: [input.sessionId, id],
});

/** What has happened since the last brief of the session of `record`, but for what that session or this one did itself. */
export function sinceOf(
  reading: Reading<Background>,
  cache: CacheReader,
  input: HookInput,
  record: SessionRecord,
): Since {
  const changes = cache.changesSince(changesQuery(input, record));
  const before = record.delivered.git;
  const now = reading.git.kind === "state" ? reading.git.state : null;
  const isOther = now !== null && before?.root === now.root && before.branch !== now.branch;
  const moves = reading.prepared?.moves ?? [];
  return {
    at: record.briefedAt,
    changes,
    moves,
    ...(isOther ? { branchBefore: before.branch } : {}),
  };
}

/** Of what happened since the last brief of a session that goes on, what it knows. */
export function lastDelivered(
  since: Since,
  cache: CacheReader,
  input: HookInput,
  known: SessionRecord,
): LastDelivered {
  const { delivered, deliveredAt, briefedAt, reportedTasks: named } = known;
  const isAllUnreported = since.changes.length === 0 || Object.keys(named).length === 0;
  const unreported = isAllUnreported
    ? since.changes
    : cache.changesSince({ ...changesQuery(input, known), named });
  return { ...since, delivered, unreported, hadNews: deliveredAt > briefedAt };
}

/** What the text was made from, for whoever asks later. */
export function deliveryOf(
  about: { sessionId: string; event: string; cause: string; text: string },
  place: Place,
  now: number,
  reading: Pick<Reading<unknown>, "cached" | "git">,
): Delivery {
  return {
    ...about,
    project: place.project,
    at: now,
    data: {
      sources: reading.cached.sources.map(({ source, fetchedAt, failure }) => ({
        source,
        fetchedAt,
        code: failure?.code ?? null,
      })),
      gitReadAt: reading.git.kind === "state" ? reading.git.readAt : null,
      foundAt: null,
    },
  };
}

/** What is recorded of a brief; `delivery` is null when there was no text. */
export function deliveryNote(
  { sessionId: id, transcript }: { sessionId: string; transcript?: string },
  { project, projectName, worktree }: Place,
  now: number,
  reading: Reading<Background>,
  delivery: Delivery | null,
): DeliveredRecord {
  const sources: Record<string, string | null> = {};
  for (const view of reading.cached.sources) sources[view.source] = view.failure?.code ?? null;
  const git = reading.git.kind === "state" ? reading.git.state : null;
  const peers = (reading.prepared?.peers ?? []).map(peerKey);
  const delivered = { git, sources, peers };
  const { seq } = reading.cached;
  return {
    id,
    project,
    projectName,
    worktree,
    at: now,
    seq,
    delivered,
    delivery,
    transcript: transcript ?? null,
  };
}
