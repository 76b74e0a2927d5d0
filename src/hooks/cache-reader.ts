// The cache as the hooks read it.

import { openCacheForReading, openCacheToNote } from "../state/cache/cache-file.ts";
import { getStaleEntry } from "../state/cache/entries.ts";
import { readGitRecord } from "../state/cache/git-states.ts";
import { readLeftOff, type HandoffQuery } from "../state/cache/handoffs.ts";
import { readPeers, type PeerQuery } from "../state/cache/peers.ts";
import { readPreviousSession, readSession } from "../state/cache/sessions.ts";
import {
  changesSince,
  endedOfBranch,
  lastChangeSeq,
  type ChangeQuery,
} from "../state/cache/task-changes.ts";
import { readSourceViews, type ViewContext } from "../state/cache/source-views.ts";
import { hookSettingsKey, readHookSettings, type HookSettings } from "../core/hook-settings.ts";
import { reading, type Sqlite } from "../state/sqlite/sqlite.ts";
import type { SourceView } from "../core/brief/source-view.ts";
import type { GitRecord, SessionRecord } from "../core/session.ts";
import type { TaskChange } from "../core/news/changes.ts";
import type { LeftOff } from "../core/handoff/handoff.ts";
import type { Peer } from "../core/news/peers.ts";

/** Reads the cache. Any call may throw SQLite's errors. */
export interface CacheReader {
  settings(): HookSettings;
  /** Runs `read` so that all of its answers are of one moment. */
  atOnce<T>(read: () => T): T;
  sources(query: ViewContext): SourceView[];
  git(worktree: string): GitRecord | null;
  session(id: string): SessionRecord | null;
  previousSession(project: string, exceptId: string | null): SessionRecord | null;
  changesSince(query: ChangeQuery): TaskChange[];
  /** The tasks that a branch names and that are over. */
  endedOfBranch(project: string, branch: string): TaskChange[];
  lastSeq(): number;
  /** The other live sessions in the same working tree or on the same task. */
  peers(query: PeerQuery): Peer[];
  leftOff(query: HandoffQuery): LeftOff | null;
  close(): void;
}

/** A hook waits no longer for a lock: its whole answer has a few hundred milliseconds. */
const readTimeoutMs = 100;

/** Opens the cache for reading. Throws as `openCacheForReading`. */
export const openCacheReader = (file: string): CacheReader =>
  cacheReader(openCacheForReading(file, readTimeoutMs));

/** The cache of a hook that notes something at its end: see `openCacheToNote`. */
export function openNotableCache(file: string): { db: Sqlite; reader: CacheReader } {
  const db = openCacheToNote(file, readTimeoutMs);
  return { db, reader: cacheReader(db) };
}

function cacheReader(db: Sqlite): CacheReader {
  let settings: HookSettings | null = null;
  return {
    settings: () => (settings ??= readHookSettings(getStaleEntry(db, hookSettingsKey, 0)?.value)),
    atOnce: (read) => reading(db, read),
    sources: (query) => readSourceViews(db, query),
    git: (worktree) => readGitRecord(db, worktree),
    session: (id) => readSession(db, id),
    previousSession: (project, exceptId) => readPreviousSession(db, project, exceptId),
    changesSince: (query) => changesSince(db, query),
    endedOfBranch: (project, branch) => endedOfBranch(db, project, branch),
    lastSeq: () => lastChangeSeq(db),
    peers: (query) => readPeers(db, query),
    leftOff: (query) => readLeftOff(db, query),
    close: () => db.close(),
  };
}
