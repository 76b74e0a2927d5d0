// Publishes the pending news of each live session, withdraws outdated news, and records deliveries.

import { rmSync } from "node:fs";
import { readPeers } from "../state/cache/peers.ts";
import { readSession, updateDelivered } from "../state/cache/sessions.ts";
import { changesSince } from "../state/cache/task-changes.ts";
import { listTaskIds } from "../core/news/news-text.ts";
import { withoutPaths, type GitState } from "../core/git/git-state.ts";
import type { NewsSwitches, ProjectSettings } from "../core/hook-settings.ts";
import { isGitChanged } from "../core/git/git-fingerprint.ts";
import { findNews } from "../core/news/news.ts";
import { pendingKinds, type PendingKind, type PendingNews } from "../core/news/pending-news.ts";
import { peerKey } from "../core/news/peers.ts";
import { pullKeys } from "../core/pull-request/pull-request.ts";
import { mismatchKey } from "../core/task/mismatch.ts";
import { statusChangeKey } from "../core/task/status-change.ts";
import { recordAfter } from "../core/news/delivery.ts";
import { publishNews, readDeliveredNews, withdrawNews } from "../state/live/pending-news.ts";
import type { DeliveredNews } from "../state/live/pending-news.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";
import { newsWindowMs, mergedLately, pickOwn } from "./mismatches/merged-news.ts";
import { lateBrief } from "./briefs/late-brief.ts";
import type { LiveSession } from "./live-sessions.ts";
import { createFilePublisher, recordOutbox, type WatchedFilePurpose } from "./session-files.ts";
import { readCachedState, sha1, idSet, keepOnly, settingsReader } from "./project-state-key.ts";
import { recordKey, projectStateKey, type CachedState } from "./project-state-key.ts";

export interface NewsKeeper {
  /** Records deliveries to sessions since the last call. Returns true if there were any. */
  recordDeliveries(): boolean;
  publish(sessions: readonly LiveSession[], now: number): void;
}

function recordOne(db: Sqlite, delivered: DeliveredNews): void {
  const record = readSession(db, delivered.sessionId);
  if (record !== null) updateDelivered(db, recordAfter(record, delivered.kind, delivered.news));
  rmSync(delivered.file, { force: true });
}

function forgetResolved(db: Sqlite, cached: CachedState, record: LiveSession): LiveSession {
  const now = cached.treeOf(record.worktree)?.snapshot?.value.counts.conflicted;
  const { git } = record.delivered;
  if (git === null || now === undefined || now >= git.counts.conflicted) return record;
  const counts = { ...git.counts, conflicted: now };
  const after = { ...record, delivered: { ...record.delivered, git: { ...git, counts } } };
  updateDelivered(db, after);
  return after;
}

interface Known {
  /** The published text; "": nothing. Absent at first, because an earlier monitor may have left something. */
  published: Partial<Record<PendingKind, string>>;
  /** A digest of the input that the news was found in; null: find the news again. */
  foundFrom: string | null;
  /** The first git state read after a brief without one, for which git was too slow. */
  first: { briefedAt: number; git: GitState } | null;
}

function knownGit(known: Known, record: LiveSession, now: GitState | null): GitState | null {
  const { briefedAt, delivered } = record;
  if (delivered.git !== null || now === null) return delivered.git;
  const { first } = known;
  if (first?.briefedAt === briefedAt && first.git.root === now.root) return first.git;
  known.first = { briefedAt, git: now };
  return now;
}

function pendingFor(
  { db, cached, known }: { db: Sqlite; cached: CachedState; known: Known },
  record: LiveSession,
  switches: NewsSwitches | null,
  now: number,
): Record<PendingKind, PendingNews | null> {
  if (switches === null) return { news: null, git: null };
  if (record.lacksBrief === true) return { news: lateBrief(db, record, now), git: null };
  const { project, id, worktree, deliveredSeq, delivered: before } = record;
  const snapshot = cached.treeOf(worktree)?.snapshot ?? null;
  // The brief read the repository itself, so an earlier reading is not news.
  const isLater = snapshot !== null && snapshot.fetchedAt >= record.briefedAt;
  const git = isLater ? withoutPaths(snapshot.value) : null;
  const sources = cached.failuresOf(record);
  const since = { project, worktree, seq: deliveredSeq, exceptSessions: [id] };
  const changes = deliveredSeq < cached.seq ? changesSince(db, since) : [];
  const branch = git?.branch ?? git?.operation?.branch ?? null;
  const peers = readPeers(db, { project, id, worktree, branch, now });
  const compared = { ...before, git: knownGit(known, record, git) };
  const lately = mergedLately(cached, record, now);
  const merged = lately.filter((one) => before.mismatches?.includes(mismatchKey(one)) !== true);
  const statusChanges = cached.statusChangesOf(project);
  const pull = cached.pullOf(record);
  const surroundings = {
    git,
    sources,
    changes,
    peers,
    merged: pickOwn(db, project, merged, now),
    statusChanges,
    pull,
    commentsSince: now - newsWindowMs,
  };
  const items = findNews(compared, surroundings, switches);
  const allPeers = [...new Set([...(before.peers ?? []), ...peers.map(peerKey)])];
  const found = [...lately.map(mismatchKey), ...statusChanges.map(statusChangeKey)];
  const mismatches = [...new Set([...(before.mismatches ?? []), ...found])];
  const pulls = pullKeys(pull ?? undefined, before.pulls);
  const delivered = { git: git ?? before.git, sources, peers: allPeers, mismatches, pulls };
  const { seq } = cached;
  const hasMoved = switches.branch && isGitChanged(before.git, git);
  const gitReadAt = snapshot?.fetchedAt ?? now;
  return {
    news: items.length === 0 ? null : { at: now, items, tasks: listTaskIds(items), seq, delivered },
    git: hasMoved
      ? { at: now, gitReadAt, items: [], seq: deliveredSeq, delivered: { ...before, git } }
      : null,
  };
}

const contentOf = (pending: PendingNews | null): string =>
  pending === null ? "" : JSON.stringify([pending.items, pending.delivered, pending.brief]);

function fileUse(settings: ProjectSettings | null): WatchedFilePurpose {
  if (settings === null) return "none";
  return settings.news.file ? "news" : settings.guards.edit ? "guard" : "none";
}

function publishKind(
  live: string,
  id: string,
  known: Known,
  kind: PendingKind,
  pending: PendingNews | null,
): void {
  const content = contentOf(pending);
  const before = known.published[kind];
  if (before === content) return;
  const isWithdrawn = withdrawNews(live, id, kind);
  if (before !== undefined && before !== "" && !isWithdrawn) {
    // A hook has claimed the file: the next tick records that delivery first.
    known.published[kind] = "";
    known.foundFrom = null;
    return;
  }
  if (pending !== null) publishNews(live, id, kind, pending);
  known.published[kind] = content;
}

export function createNewsKeeper(
  db: Sqlite,
  live: string,
  isOff: (project: string) => boolean,
): NewsKeeper {
  const publishFiles = createFilePublisher(live);
  const sessionsKnown = new Map<string, Known>();
  const knownOf = (id: string): Known => {
    const known = sessionsKnown.get(id) ?? { published: {}, foundFrom: null, first: null };
    sessionsKnown.set(id, known);
    return known;
  };
  return {
    recordDeliveries: () => {
      recordOutbox(db, live);
      const news = readDeliveredNews(live);
      for (const delivered of news) {
        const known = knownOf(delivered.sessionId);
        known.published[delivered.kind] = "";
        known.foundFrom = null;
        recordOne(db, delivered);
      }
      return news.length > 0;
    },
    publish: (sessions, now) => {
      const settingsOf = settingsReader(db, isOff);
      const cached = readCachedState(db, now);
      const surroundings = projectStateKey(cached, sessions, now);
      const changed = sessions.filter((record) => {
        const settings = JSON.stringify(settingsOf(record.project));
        const from = sha1([surroundings(record), recordKey(record), settings].join("\n"));
        const known = knownOf(record.id);
        const isSame = record.lacksBrief !== true && known.foundFrom === from;
        known.foundFrom = from;
        return !isSame;
      });
      for (const one of changed) {
        const known = knownOf(one.id);
        const switches = settingsOf(one.project)?.news ?? null;
        const record = forgetResolved(db, cached, one);
        const pending = pendingFor({ db, cached, known }, record, switches, now);
        for (const kind of pendingKinds) publishKind(live, one.id, known, kind, pending[kind]);
      }
      const useOf = ({ project }: LiveSession) => fileUse(settingsOf(project));
      publishFiles(changed, sessions, { useOf, treeOf: cached.treeOf, now });
      keepOnly(sessionsKnown, idSet(sessions));
    },
  };
}
