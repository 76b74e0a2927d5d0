// The sessions that live now, from the stamps of the gate and the records of SessionStart.

import { readGitRecord } from "../state/cache/git-states.ts";
import {
  bringBack,
  endSession,
  readLiveSessions,
  readSession,
  saveDelivered,
  touchProject,
  touchSession,
} from "../state/cache/sessions.ts";
import { lastChangeSeq } from "../state/cache/task-changes.ts";
import type { SessionRecord } from "../core/session.ts";
import {
  bringStampsBack,
  clientFileOf,
  listLive,
  readClients,
  readMarks,
  readSilentStarts,
  readStamps,
  removeOldStamps,
  type KnownStamps,
  type LiveListing,
  type Stamp,
} from "../state/live/stamps.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";
import { locate, type Located } from "../git/repository.ts";
import { keepClient, readKeptClient, type ClientProcess } from "../config/claude-code-process.ts";
import { processMark } from "../config/process-identity.ts";
import { removeSessionFiles } from "../state/live/watched-files.ts";

/** Closes the records of the sessions that have ended and removes their files. */
function closeEnded(db: Sqlite, live: string): void {
  const marks = readMarks(listLive(live), ".ended");
  for (const { sessionId, at } of marks) endSession(db, sessionId, at);
  removeSessionFiles(live, ...marks.map(({ sessionId }) => sessionId));
}

/** What a monitor remembers of the sessions between its looks. */
export interface SessionMemory {
  /** The clients that were seen alive, by session: a pid that never was may be of another machine's or container's. */
  clients: Map<string, ClientProcess>;
  stamps: KnownStamps;
  /** Each session's last stamp that was taken over, epoch milliseconds. */
  followed: Map<string, number>;
}

export const emptyMemory = (): SessionMemory => ({
  clients: new Map(),
  stamps: new Map(),
  followed: new Map(),
});

/** Ends the sessions whose client was killed: it left no sign of that itself. */
function endKilled(db: Sqlite, live: LiveListing, memory: SessionMemory, now: number): void {
  const [known, kept] = [memory.clients, new Set(live.names)];
  const clients = readClients(live, memory.stamps);
  const killed: string[] = [];
  for (const { sessionId, pid } of clients) {
    const isKept = kept.has(clientFileOf(sessionId));
    const before = known.get(sessionId) ?? (isKept ? readKeptClient(live.folder, sessionId) : null);
    const mark = processMark(pid);
    if (before?.pid === pid && before.mark !== mark) {
      endSession(db, sessionId, now);
      killed.push(sessionId);
      known.delete(sessionId);
    } else if (mark !== null) {
      known.set(sessionId, { pid, mark });
      if (!isKept || before?.pid !== pid) keepClient(live.folder, sessionId, { pid, mark });
    }
  }
  removeSessionFiles(live.folder, ...killed);
  // One that said so itself has ended already.
  const there = new Set(clients.map(({ sessionId }) => sessionId));
  for (const id of known.keys()) if (!there.has(id)) known.delete(id);
}

/** Null also for a stamp whose folder is not written yet: the gate makes the file first. */
const placeOfStamp = ({ cwd }: Stamp): Located | null => (cwd === "" ? null : locate(cwd));

/** True where one of them has ended since it was seen. */
export const isAnyKilled = ({ clients }: SessionMemory): boolean =>
  [...clients.values()].some(({ pid, mark }) => processMark(pid) !== mark);

/** A session unknown to us (begun before Sitrep was installed) is taken to know all that is known now. */
function adopt(db: Sqlite, stamp: Stamp): void {
  const place = placeOfStamp(stamp);
  if (place === null) return;
  saveDelivered(db, {
    id: stamp.sessionId,
    ...place,
    at: stamp.at,
    seq: lastChangeSeq(db),
    delivered: { git: readGitRecord(db, place.worktree)?.snapshot?.value ?? null, sources: {} },
  });
}

/**
 * True for a repository of its own inside what the session began in: nobody has said that it is to be trusted, and an
 * archive may have brought it.
 */
const isForeignWithin = (record: SessionRecord, { project, worktree }: Located): boolean =>
  project !== record.project &&
  [record.project, record.worktree].some((root) => worktree.startsWith(`${root}/`));

/** Follows a session that has moved to another folder, and keeps it and its project in use. */
function follow(db: Sqlite, record: SessionRecord, stamp: Stamp): void {
  if (stamp.at <= record.lastSeen) return;
  const found = stamp.cwd === record.worktree ? null : placeOfStamp(stamp);
  const moved = found === null || isForeignWithin(record, found) ? null : found;
  touchSession(db, record.id, moved?.worktree ?? record.worktree, stamp.at);
  if (moved !== null) touchProject(db, moved.project, moved.projectName, stamp.at);
}

/** What lies further ahead was dated by a clock that has been put right since. */
const clockSlackMs = 60_000;

/** A hook has ended by then, however little of a processor it got. */
const startTakesMs = 4000;

export interface LiveSession extends SessionRecord {
  /** The hook of its start was killed or too late: it has read no brief. */
  lacksBrief?: boolean;
}

/**
 * The sessions whose start has not been answered, and is not to be any more. They know nothing. A hook that was killed
 * before it wrote where it was has left that to the session's calls.
 */
function findUntold(
  db: Sqlite,
  starts: readonly Stamp[],
  stamps: readonly Stamp[],
  now: number,
): Set<string> {
  const untold = new Set<string>();
  for (const silent of starts) {
    const call = stamps.find(({ sessionId }) => sessionId === silent.sessionId);
    const start = { ...silent, cwd: silent.cwd || (call?.cwd ?? "") };
    const record = readSession(db, start.sessionId);
    if (now - start.at < startTakesMs || (record?.briefedAt ?? 0) >= start.at) continue;
    const place = record === null ? placeOfStamp(start) : null;
    if (place !== null) {
      const delivered = { git: null, sources: {} };
      const at = start.at - 1;
      saveDelivered(db, { id: start.sessionId, ...place, at, seq: lastChangeSeq(db), delivered });
    }
    untold.add(start.sessionId);
  }
  return untold;
}

/** Of a few dozen sessions there are some hundred files. */
const mostFiles = 1000;

/** The sessions seen in the last `withinMs`, as they are recorded. `now`: epoch milliseconds. */
export function findLiveSessions(
  db: Sqlite,
  live: string,
  { now, withinMs }: { now: number; withinMs: number },
  memory: SessionMemory,
): LiveSession[] {
  const since = now - withinMs;
  closeEnded(db, live);
  let listing = listLive(live);
  if (listing.names.length > mostFiles) {
    // What was left behind by thousands of sessions is looked at once.
    removeOldStamps(live, since);
    listing = listLive(live);
  }
  endKilled(db, listing, memory, now);
  // They would count as alive until then, and age from now instead.
  bringBack(db, now, clockSlackMs);
  if (bringStampsBack(listing, now, clockSlackMs)) listing = listLive(live);
  const stamps = readStamps(listing, since, memory.stamps);
  const starts = readSilentStarts(listing, since, new Set(stamps.map((stamp) => stamp.sessionId)));
  const untold = findUntold(db, starts, stamps, now);
  for (const stamp of stamps) {
    if (memory.followed.get(stamp.sessionId) === stamp.at) continue;
    const record = readSession(db, stamp.sessionId);
    if (record !== null) follow(db, record, stamp);
    else if (!starts.some(({ sessionId }) => sessionId === stamp.sessionId)) adopt(db, stamp);
    if (record !== null) memory.followed.set(stamp.sessionId, stamp.at);
  }
  const there = new Set(stamps.map(({ sessionId }) => sessionId));
  for (const id of memory.followed.keys()) if (!there.has(id)) memory.followed.delete(id);
  return readLiveSessions(db, since).map((one) =>
    untold.has(one.id) ? { ...one, lacksBrief: true } : one,
  );
}
