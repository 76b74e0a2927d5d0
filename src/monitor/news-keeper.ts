// Publishes the pending news of each live session, withdraws what no longer holds, and records what was delivered.

import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { getStaleEntry } from "../state/cache/entries.ts";
import { readGitRecord } from "../state/cache/git-states.ts";
import { readPeers } from "../state/cache/peers.ts";
import { readSession, updateDelivered } from "../state/cache/sessions.ts";
import { changesSince } from "../state/cache/task-changes.ts";
import { taskIdsIn } from "../core/news/news-text.ts";
import { withoutPaths, type GitState } from "../core/git/git-state.ts";
import { hookSettingsKey, projectSettings, readHookSettings } from "../core/hook-settings.ts";
import type { NewsSwitches, ProjectSettings } from "../core/hook-settings.ts";
import { gitMoved } from "../core/git/git-moved.ts";
import { findNews } from "../core/news/news.ts";
import { pendingKinds, type PendingKind, type PendingNews } from "../core/news/pending-news.ts";
import { peerKey } from "../core/news/peers.ts";
import type { SessionRecord } from "../core/session.ts";
import { recordAfter } from "../core/news/delivery.ts";
import { publishNews, readDeliveredNews, withdrawNews } from "../state/live/pending-news.ts";
import type { DeliveredNews } from "../state/live/pending-news.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";
import { lateBrief } from "./late-brief.ts";
import type { LiveSession } from "./live-sessions.ts";
import { createFilePublisher, recordOutbox, type FileUse } from "./session-files.ts";
import { cachedState, recordKey, surroundingsOf, type CachedState } from "./surroundings.ts";

export interface NewsKeeper {
  /** Records what was delivered to sessions since the last call. True where there was any. */
  recordDeliveries(): boolean;
  /** Publishes the news of each session, and withdraws what is no longer so. */
  publish(sessions: readonly LiveSession[], now: number): void;
}

function recordOne(db: Sqlite, delivered: DeliveredNews): void {
  const record = readSession(db, delivered.sessionId);
  if (record !== null) updateDelivered(db, recordAfter(record, delivered.kind, delivered.news));
  rmSync(delivered.file, { force: true });
}

/** Conflicts that were resolved are no news, but those that come after them are. */
function forgetResolved(db: Sqlite, cached: CachedState, record: LiveSession): LiveSession {
  const now = cached.treeOf(record.worktree)?.snapshot?.value.counts.conflicted;
  const { git } = record.delivered;
  if (git === null || now === undefined || now >= git.counts.conflicted) return record;
  const counts = { ...git.counts, conflicted: now };
  const after = { ...record, delivered: { ...record.delivered, git: { ...git, counts } } };
  updateDelivered(db, after);
  return after;
}

/** What a session knows of its repository after a change of its own; null where it was told of another one. */
function afterOwnChange(before: GitState | null, now: GitState): GitState | null {
  // It would be compared with the first reading, which may be from before this.
  if (before === null) return withoutPaths(now);
  if (before.root !== now.root) return null;
  const [was, is] = [before.upstream, now.upstream];
  // What its own fetch brought was made by others.
  const upstream = was?.name === is?.name && was && is ? { ...was, ahead: is.ahead } : is;
  return { ...withoutPaths(now), upstream, counts: before.counts, stashes: before.stashes };
}

/** A session that committed or switched the branch itself knows it. */
export function noteOwnChange(db: Sqlite, sessionId: string): void {
  const record = readSession(db, sessionId);
  const now = record && readGitRecord(db, record.worktree)?.snapshot?.value;
  const git = record && now && afterOwnChange(record.delivered.git, now);
  if (record == null || git == null) return;
  updateDelivered(db, { ...record, delivered: { ...record.delivered, git } });
}

/** By session that was told no state of its repository, since git was too slow for its brief: the first one read after it. */
type FirstReadings = Map<string, { briefedAt: number; git: GitState }>;

/** What the repository's state is compared with. */
function knownGit(
  first: FirstReadings,
  record: LiveSession,
  now: GitState | null,
): GitState | null {
  const { id, briefedAt, delivered } = record;
  if (delivered.git !== null || now === null) return delivered.git;
  const found = first.get(id);
  if (found?.briefedAt === briefedAt && found.git.root === now.root) return found.git;
  first.set(id, { briefedAt, git: now });
  return now;
}

function pendingFor(
  { db, cached, first }: { db: Sqlite; cached: CachedState; first: FirstReadings },
  record: LiveSession,
  switches: NewsSwitches | null,
  now: number,
): Record<PendingKind, PendingNews | null> {
  if (switches === null) return { news: null, git: null };
  if (record.lacksBrief === true) return { news: lateBrief(db, record, now), git: null };
  const { seq } = cached;
  const snapshot = cached.treeOf(record.worktree)?.snapshot ?? null;
  // A brief reads the repository itself: a reading of the monitor's from before it is no news to the session.
  const isLater = snapshot !== null && snapshot.fetchedAt >= record.briefedAt;
  const state = isLater ? snapshot.value : null;
  const git = state === null ? null : withoutPaths(state);
  const { project, id, worktree, deliveredSeq } = record;
  const sources = cached.failuresOf(project);
  const since = { project, seq: deliveredSeq, exceptSessions: [id] };
  const changes = deliveredSeq < seq ? changesSince(db, since) : [];
  const branch = git?.branch ?? git?.operation?.branch ?? null;
  const peers = readPeers(db, { project, id, worktree, branch, now });
  const before = { ...record.delivered, git: knownGit(first, record, git) };
  const items = findNews(before, { git, sources, changes, peers }, switches);
  const known = new Set([...(record.delivered.peers ?? []), ...peers.map(peerKey)]);
  const delivered = { git: git ?? record.delivered.git, sources, peers: [...known] };
  return {
    news: items.length === 0 ? null : { at: now, items, tasks: taskIdsIn(items), seq, delivered },
    git:
      switches.branch && gitMoved(record.delivered.git, git)
        ? {
            at: now,
            gitReadAt: snapshot?.fetchedAt ?? now,
            items: [],
            seq: record.deliveredSeq,
            delivered: { ...record.delivered, git },
          }
        : null,
  };
}

const hash = (text: string): string => createHash("sha1").update(text).digest("base64");

/** Equal for two pending news that say the same. */
const contentOf = (pending: PendingNews | null): string =>
  pending === null ? "" : JSON.stringify([pending.items, pending.delivered, pending.brief]);

/** The settings in force, out of the cache; null where no hook reports anything, as in a project that is off. */
export function settingsFor(
  db: Sqlite,
  isOff: (project: string) => boolean,
): (record: Pick<SessionRecord, "project">) => ProjectSettings | null {
  const settings = readHookSettings(getStaleEntry(db, hookSettingsKey, 0)?.value);
  const known = new Map<string, ProjectSettings | null>();
  return ({ project }) => {
    const own = projectSettings(settings, project);
    const found = known.get(project) ?? (own.off || isOff(project) ? null : own);
    known.set(project, found);
    return found;
  };
}

function fileUse(settings: ProjectSettings | null): FileUse {
  if (settings === null) return "none";
  return settings.news.file ? "news" : settings.guards.edit ? "guard" : "none";
}

export function createNewsKeeper(
  db: Sqlite,
  live: string,
  isOff: (project: string) => boolean,
): NewsKeeper {
  const publishFiles = createFilePublisher(live);
  const published = new Map<string, string>();
  /** What the news of each session were found from. */
  const foundFrom = new Map<string, string>();
  const first: FirstReadings = new Map();
  const publishOne = (id: string, kind: PendingKind, pending: PendingNews | null): void => {
    const key = `${id}.${kind}`;
    const content = contentOf(pending);
    if ((published.get(key) ?? null) === content) return;
    // Not known at a start: an earlier monitor may have left some.
    const isWithdrawn = withdrawNews(live, id, kind);
    const wasPublished = published.get(key) !== undefined && published.get(key) !== "";
    // Claimed meanwhile: that delivery is recorded first, at the next tick.
    if (wasPublished && !isWithdrawn) {
      published.set(key, "");
      foundFrom.delete(id);
      return;
    }
    if (pending !== null) publishNews(live, id, kind, pending);
    published.set(key, content);
  };
  return {
    recordDeliveries: () => {
      recordOutbox(db, live);
      const news = readDeliveredNews(live);
      for (const delivered of news) {
        published.set(`${delivered.sessionId}.${delivered.kind}`, "");
        foundFrom.delete(delivered.sessionId);
        recordOne(db, delivered);
      }
      return news.length > 0;
    },
    publish: (sessions, now) => {
      const ids = new Set(sessions.map((record) => record.id));
      const settingsOf = settingsFor(db, isOff);
      const cached = cachedState(db);
      const surroundings = surroundingsOf(cached, sessions, now);
      const changed = sessions.filter((record) => {
        const from = [surroundings(record), recordKey(record), JSON.stringify(settingsOf(record))];
        const key = hash(from.join("\n"));
        const isSame = record.lacksBrief !== true && foundFrom.get(record.id) === key;
        foundFrom.set(record.id, key);
        return !isSame;
      });
      for (const record of changed) {
        const switches = settingsOf(record)?.news ?? null;
        const known = forgetResolved(db, cached, record);
        const pending = pendingFor({ db, cached, first }, known, switches, now);
        for (const kind of pendingKinds) publishOne(record.id, kind, pending[kind]);
      }
      const useOf = (record: SessionRecord) => fileUse(settingsOf(record));
      publishFiles(changed, sessions, { useOf, treeOf: cached.treeOf, now });
      for (const one of [foundFrom, first])
        for (const id of one.keys()) if (!ids.has(id)) one.delete(id);
      for (const key of published.keys()) {
        if (!ids.has(key.slice(0, key.lastIndexOf(".")))) published.delete(key);
      }
    },
  };
}
