import { readGitRecord } from "../state/cache/git-states.ts";
import {
  clampFutureTimes,
  endSession,
  readLiveSessions,
  readSession,
  saveDelivered,
  touchProject,
  touchSession,
} from "../state/cache/sessions.ts";
import { lastChangeSeq } from "../state/cache/task-changes.ts";
import { readCurrentMismatches } from "../state/cache/mismatches.ts";
import { readPullRequest } from "../state/cache/pull-requests.ts";
import { pullKeys } from "../core/pull-request/pull-request.ts";
import { mismatchKey } from "../core/task/mismatch.ts";
import type { SessionRecord } from "../core/session.ts";
import {
  clampFutureStamps,
  processFile,
  listLive,
  requestHandoff,
  readClaudeCodePids,
  readMarks,
  readUnclaimedStarts,
  readStamps,
  removeOldLiveFiles,
  type KnownStamps,
  type LiveListing,
  type Stamp,
} from "../state/live/stamps.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";
import { locate, type Located } from "../git/repository.ts";
import {
  keepProcess,
  readKeptProcess,
  type ClaudeCodeProcess,
} from "../config/claude-code-process.ts";
import { processMark } from "../config/process-identity.ts";
import { removeSessionFiles } from "../state/live/watched-files.ts";
import { keepOnly } from "./project-state-key.ts";

export interface SessionMemory {
  /** Each session's Claude Code, once seen alive. Any other pid may be from another machine or container. */
  processes: Map<string, ClaudeCodeProcess>;
  stamps: KnownStamps;
  followed: Map<string, number>;
}

export const emptyMemory = (): SessionMemory => ({
  processes: new Map(),
  stamps: new Map(),
  followed: new Map(),
});

const sessionIds = (list: readonly { sessionId: string }[]): Set<string> =>
  new Set(list.map(({ sessionId }) => sessionId));

function closeEnded(db: Sqlite, live: string): void {
  const marks = readMarks(listLive(live), ".ended");
  for (const { sessionId, at } of marks) endSession(db, sessionId, at);
  removeSessionFiles(live, ...sessionIds(marks));
}

/** Ends the sessions whose Claude Code was killed: such a session has no mark that it ended. */
function endKilled(db: Sqlite, live: LiveListing, memory: SessionMemory, now: number): void {
  const { processes: known } = memory;
  const kept = new Set(live.names);
  const stamped = readClaudeCodePids(live);
  const killed: string[] = [];
  for (const { sessionId, pid } of stamped) {
    const isKept = kept.has(processFile(sessionId));
    const before =
      known.get(sessionId) ?? (isKept ? readKeptProcess(live.folder, sessionId) : null);
    const mark = processMark(pid);
    if (before?.pid === pid && before.mark !== mark) {
      endSession(db, sessionId, now);
      killed.push(sessionId);
      known.delete(sessionId);
    } else if (mark !== null) {
      known.set(sessionId, { pid, mark });
      if (!isKept || before?.pid !== pid) keepProcess(live.folder, sessionId, { pid, mark });
    }
  }
  removeSessionFiles(live.folder, ...killed);
  // The handoff includes the work of a turn that was cut off.
  for (const sessionId of killed) requestHandoff(live.folder, sessionId);
  keepOnly(known, sessionIds(stamped));
}

export const isAnyKilled = ({ processes }: SessionMemory): boolean =>
  [...processes.values()].some(({ pid, mark }) => processMark(pid) !== mark);

/** Null also while the gate is still writing the stamp, because it first creates an empty file. */
const placeOfStamp = ({ cwd }: Stamp): Located | null => (cwd === "" ? null : locate(cwd));

/** Records a session that started before Sitrep was installed, as if it had read everything that is known now. */
function adopt(db: Sqlite, stamp: Stamp): void {
  const place = placeOfStamp(stamp);
  if (place === null) return;
  const git = readGitRecord(db, place.worktree)?.snapshot?.value ?? null;
  const { current } = readCurrentMismatches(db, place.project);
  const record = git?.branch == null ? null : readPullRequest(db, place.project, git.branch);
  const pulls = pullKeys(record?.pull ?? undefined);
  const delivered = { git, sources: {}, mismatches: current.map(mismatchKey), pulls };
  const { sessionId: id, at } = stamp;
  saveDelivered(db, { id, ...place, at, seq: lastChangeSeq(db), delivered });
}

/** True for a repository nested in the session's own. It may come from an archive, and nobody has trusted it. */
const isForeignWithin = (record: SessionRecord, { project, worktree }: Located): boolean =>
  project !== record.project &&
  [record.project, record.worktree].some((root) => worktree.startsWith(`${root}/`));

function follow(db: Sqlite, record: SessionRecord, stamp: Stamp): void {
  if (stamp.at <= record.lastSeen) return;
  const found = stamp.cwd === record.worktree ? null : placeOfStamp(stamp);
  const moved = found === null || isForeignWithin(record, found) ? null : found;
  touchSession(db, record.id, moved?.worktree ?? record.worktree, stamp.at);
  if (moved !== null) touchProject(db, moved.project, moved.projectName, stamp.at);
}

/** A time further in the future than this is from a clock that has since been corrected. */
const clockSlackMs = 60_000;

/** A hook ends within this time, even on a busy machine. */
const startTakesMs = 4000;

export interface LiveSession extends SessionRecord {
  /** The session has read no brief: its start hook was killed or was too late. */
  lacksBrief?: boolean;
}

/** Sessions whose start hook can give no brief any more. After an early kill, the folder comes from a later call. */
function findUnbriefed(
  db: Sqlite,
  starts: readonly Stamp[],
  stamps: readonly Stamp[],
  now: number,
): Set<string> {
  const unbriefed = new Set<string>();
  for (const { sessionId: id, at, cwd } of starts) {
    const record = readSession(db, id);
    if (now - at < startTakesMs || (record?.briefedAt ?? 0) >= at) continue;
    const call = stamps.find(({ sessionId }) => sessionId === id);
    const place =
      record === null ? placeOfStamp({ sessionId: id, at, cwd: cwd || (call?.cwd ?? "") }) : null;
    if (place !== null) {
      const delivered = { git: null, sources: {} };
      saveDelivered(db, { id, ...place, at: at - 1, seq: lastChangeSeq(db), delivered });
    }
    unbriefed.add(id);
  }
  return unbriefed;
}

const maxFiles = 1000;

export function findLiveSessions(
  db: Sqlite,
  live: string,
  { now, withinMs }: { now: number; withinMs: number },
  memory: SessionMemory,
): LiveSession[] {
  const since = now - withinMs;
  closeEnded(db, live);
  const list = () => listLive(live, undefined, memory.stamps);
  let listing = list();
  if (listing.names.length > maxFiles) {
    // Remove the files of thousands of old sessions now, so that they are listed only once.
    removeOldLiveFiles(live, since);
    listing = list();
  }
  endKilled(db, listing, memory, now);
  // A session dated in the future would count as alive until that date, so its age starts now.
  clampFutureTimes(db, now, clockSlackMs);
  if (clampFutureStamps(listing, now, clockSlackMs)) listing = list();
  const stamps = readStamps(listing, since);
  const starts = readUnclaimedStarts(listing, since, sessionIds(stamps));
  const unbriefed = findUnbriefed(db, starts, stamps, now);
  const starting = sessionIds(starts);
  for (const stamp of stamps) {
    const { sessionId, at } = stamp;
    if (memory.followed.get(sessionId) === at) continue;
    const record = readSession(db, sessionId);
    if (record === null) {
      if (!starting.has(sessionId)) adopt(db, stamp);
      continue;
    }
    follow(db, record, stamp);
    memory.followed.set(sessionId, at);
  }
  keepOnly(memory.followed, sessionIds(stamps));
  return readLiveSessions(db, since).map((one) =>
    unbriefed.has(one.id) ? { ...one, lacksBrief: true } : one,
  );
}
