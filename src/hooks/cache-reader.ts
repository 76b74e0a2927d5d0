import { readBriefFacts, cachedSettings } from "../state/cache/brief-facts.ts";
import { openCacheForReading, openCacheToNote } from "../state/cache/cache-file.ts";
import { readGitRecord } from "../state/cache/git-states.ts";
import { readLastHandoff, type HandoffQuery } from "../state/cache/handoffs.ts";
import { readPeers, type PeerQuery } from "../state/cache/peers.ts";
import { readPreviousSession, readSession } from "../state/cache/sessions.ts";
import { readNotice } from "../state/cache/discovery-notices.ts";
import { changesSince, type ChangeQuery } from "../state/cache/task-changes.ts";
import type { HookSettings } from "../core/hook-settings.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";
import type { WorkLocation } from "../core/session.ts";
import type { Calendar } from "../core/time.ts";

/** The limit of a wait for a lock: a hook has a few hundred milliseconds in all. */
const readTimeoutMs = 100;

/** Throws like `openCacheForReading`. */
export const openHookCache = (file: string): Sqlite => openCacheForReading(file, readTimeoutMs);

/** `most`: how many tasks of each source it reads; absent: as many as a brief needs. */
export const openCacheReader = (file: string, most?: number): CacheReader =>
  cacheReader(openHookCache(file), most);

/** The cache of a hook that makes a note at its end: see `openCacheToNote`. */
export function openCacheForNote(file: string): { db: Sqlite; reader: CacheReader } {
  const db = openCacheToNote(file, readTimeoutMs);
  return { db, reader: cacheReader(db) };
}

/** Any call may throw SQLite's errors. */
export type CacheReader = ReturnType<typeof cacheReader>;

function cacheReader(db: Sqlite, most?: number) {
  let known: HookSettings | null = null;
  const settings = (): HookSettings => (known ??= cachedSettings(db));
  return {
    settings,
    facts: (place: WorkLocation, now: number, calendar: Calendar) =>
      readBriefFacts(db, place, { now, calendar, settings: settings(), most }),
    git: (worktree: string) => readGitRecord(db, worktree),
    session: (id: string) => readSession(db, id),
    previousSession: (project: string, exceptId: string | null, worktree?: string) =>
      readPreviousSession(db, project, exceptId, worktree),
    changesSince: (query: ChangeQuery) => changesSince(db, query),
    peers: (query: PeerQuery) => readPeers(db, query),
    /** The line on tasks that no source shows; null when there is none, or a person has read it. */
    discoveryLine: (project: string): string | null => {
      const { line, isShown } = readNotice(db, project);
      return isShown ? null : line;
    },
    leftOff: (query: HandoffQuery) => readLastHandoff(db, query),
    close: (): unknown => db.close(),
  };
}
