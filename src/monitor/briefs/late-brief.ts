// Builds the brief of a session whose start hook gave none, from the cache alone. Its next call or prompt delivers it.

import { renderBrief } from "../../core/brief/brief.ts";
import { createBriefInput, type BriefInput } from "../../core/brief/brief-input.ts";
import type { GitView } from "../../core/brief/git-lines.ts";
import { withoutPaths } from "../../core/git/git-state.ts";
import { peerKey } from "../../core/news/peers.ts";
import type { PendingNews } from "../../core/news/pending-news.ts";
import { pullKeys, displayedPull } from "../../core/pull-request/pull-request.ts";
import type { GitRecord, SessionRecord } from "../../core/session.ts";
import { mismatchesAt, mismatchKey, noCurrentMismatches } from "../../core/task/mismatch.ts";
import { localTime as calendar } from "../../core/time.ts";
import { locateSession, type SessionLocation } from "../../git/repository.ts";
import { cachedSettings, readBriefFacts } from "../../state/cache/brief-facts.ts";
import { readGitRecord } from "../../state/cache/git-states.ts";
import { readLastHandoff } from "../../state/cache/handoffs.ts";
import { readPeers } from "../../state/cache/peers.ts";
import { readSourceFailures } from "../../state/cache/source-views.ts";
import type { Sqlite } from "../../state/sqlite/sqlite.ts";

function gitView(
  { isRepository, branch }: SessionLocation,
  known: GitRecord | null,
): GitView | null {
  if (!isRepository) return { kind: "no-repository" };
  const { snapshot = null, failure = null } = known ?? {};
  if (snapshot !== null)
    return { kind: "state", state: snapshot.value, readAt: snapshot.fetchedAt, failure };
  return failure === null ? null : { kind: "unknown", code: failure.code, branch };
}

interface CachedBrief {
  place: SessionLocation;
  seq: number;
  brief: BriefInput;
}

/** A session's brief from the cache. Null if the repository has not been read yet. `now`: epoch milliseconds. */
export function cachedBrief(
  db: Sqlite,
  { id, worktree }: Pick<SessionRecord, "id" | "worktree">,
  now: number,
): CachedBrief | null {
  const place = locateSession(worktree);
  const git = gitView(place, readGitRecord(db, worktree));
  if (git === null) return null;
  const settings = cachedSettings(db);
  const { seq, ...facts } = readBriefFacts(db, place, { now, calendar, settings });
  const peers = readPeers(db, { ...place, id, now });
  const leftOff = readLastHandoff(db, { ...place, id, now, own: false });
  const found = { ...facts, now, calendar, git, peers, leftOff };
  return { place, seq, brief: createBriefInput(place, settings, found) };
}

/** The brief as pending news. Null and `now` are as in {@link cachedBrief}. */
export function lateBrief(db: Sqlite, session: SessionRecord, now: number): PendingNews | null {
  const cached = cachedBrief(db, session, now);
  if (cached === null) return null;
  const { place, seq, brief } = cached;
  const { git, peers, mismatches = noCurrentMismatches, pull } = brief;
  const delivered = {
    git: git.kind === "state" ? withoutPaths(git.state) : null,
    sources: readSourceFailures(db, place),
    peers: peers.map(peerKey),
    mismatches: git.kind === "state" ? mismatchesAt(mismatches, git.state).map(mismatchKey) : [],
    pulls: git.kind === "state" ? pullKeys(displayedPull(pull, git.state, now)?.pull) : [],
  };
  return { at: now, items: [], seq, delivered, brief: renderBrief(brief) };
}
