// The cache as the hooks read it.

import { openCacheForReading } from "../cache/cache-file.ts";
import { getStaleEntry } from "../cache/entries.ts";
import { readGitRecord } from "../cache/git-states.ts";
import { readPeers } from "../cache/peers.ts";
import { readPreviousSession, readSession } from "../cache/sessions.ts";
import { changesSince, lastChangeSeq } from "../cache/task-changes.ts";
import { readSourceViews } from "../cache/task-views.ts";
import { hookSettingsKey, readHookSettings } from "../core/hook-settings.ts";
import type { CacheReader } from "../hook/ports.ts";

/** A hook waits no longer for a lock: its whole answer has a few hundred milliseconds. */
const readTimeoutMs = 100;

/** Opens the cache for reading. Throws as `openCacheForReading`. */
export function openCacheReader(file: string): CacheReader {
  const db = openCacheForReading(file, readTimeoutMs);
  return {
    settings: () => readHookSettings(getStaleEntry(db, hookSettingsKey, 0)?.value),
    atOnce: (read) => db.transaction(read).deferred(),
    sources: (query) => readSourceViews(db, query),
    git: (worktree) => readGitRecord(db, worktree),
    session: (id) => readSession(db, id),
    previousSession: (project, exceptId) => readPreviousSession(db, project, exceptId),
    changesSince: (query) => changesSince(db, query),
    lastSeq: () => lastChangeSeq(db),
    peers: (query) => readPeers(db, query),
    close: () => db.close(),
  };
}
