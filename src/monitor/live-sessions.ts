// The sessions that live now, from the stamps of the gate and the records of SessionStart.

import { readGitRecord } from "../state/cache/git-states.ts";
import {
  endSession,
  readLiveSessions,
  readSession,
  saveDelivered,
  touchProject,
  touchSession,
} from "../state/cache/sessions.ts";
import { lastChangeSeq } from "../state/cache/task-changes.ts";
import type { SessionRecord } from "../core/session.ts";
import { readMarks, readStamps, type Stamp } from "../state/live/stamps.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";
import { locate } from "../git/repository.ts";
import { removeSessionFiles } from "../state/live/watched-files.ts";

/** Closes the records of the sessions that have ended and removes their files. */
function closeEnded(db: Sqlite, live: string): void {
  for (const { sessionId, at } of readMarks(live, ".ended")) {
    endSession(db, sessionId, at);
    removeSessionFiles(live, sessionId);
  }
}

/** A session unknown to us (begun before Sitrep was installed) is taken to know all that is known now. */
function adopt(db: Sqlite, stamp: Stamp): void {
  const place = locate(stamp.cwd);
  if (place === null) return;
  saveDelivered(db, {
    id: stamp.sessionId,
    ...place,
    at: stamp.at,
    seq: lastChangeSeq(db),
    delivered: { git: readGitRecord(db, place.worktree)?.snapshot?.value ?? null, sources: {} },
  });
}

/** Follows a session that has moved to another folder, and keeps it and its project in use. */
function follow(db: Sqlite, record: SessionRecord, stamp: Stamp): void {
  if (stamp.at <= record.lastSeen) return;
  const moved = stamp.cwd === record.worktree ? null : locate(stamp.cwd);
  touchSession(db, record.id, moved?.worktree ?? record.worktree, stamp.at);
  if (moved !== null) touchProject(db, moved.project, moved.projectName, stamp.at);
}

/** The sessions seen since `since` (epoch milliseconds), as they are recorded. */
export function findLiveSessions(db: Sqlite, live: string, since: number): SessionRecord[] {
  closeEnded(db, live);
  for (const stamp of readStamps(live, since)) {
    const record = readSession(db, stamp.sessionId);
    if (record === null) adopt(db, stamp);
    else follow(db, record, stamp);
  }
  return readLiveSessions(db, since);
}
