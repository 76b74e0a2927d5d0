// Keeps what a session leaves: at the end of a turn, before a compaction and at its own end, out of the end of its transcript.
// The gates only leave a mark: nothing of a conversation is in the live folder.

import { basename, isAbsolute } from "node:path";
import { handoffOf } from "../core/handoff/keep-handoff.ts";
import { defined } from "../core/read.ts";
import { readTranscriptEnd } from "../core/handoff/transcript.ts";
import { locate } from "../git/repository.ts";
import { clearHandoffs, readTranscriptOf, saveHandoff } from "../state/cache/handoffs.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import { listLive, readMarks, removeMark } from "../state/live/stamps.ts";
import { pathWithin } from "../state/live/watched-files.ts";
import { settingsFor } from "./news-keeper.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";

/** The client writes a turn's last message after it has run the hook; at a session's end all is written. */
const settlesMs = 1000;
const longestTail = 512 * 1024;

export interface HandoffKeeperDeps {
  db: Sqlite;
  live: string;
  /** Nothing is kept, and what is there goes. */
  isOff: () => boolean;
  isOffIn: (project: string) => boolean;
  /** Asks for a call of `keep` after so long. */
  wakeIn: (ms: number) => void;
}

function keepOne({ db, isOffIn }: HandoffKeeperDeps, session: string, at: number): void {
  const found = readTranscriptOf(db, session);
  if (found === null || settingsFor(db, isOffIn)(found) === null) return;
  const { project, worktree, transcript } = found;
  // Any other name is not this session's.
  if (!isAbsolute(transcript) || basename(transcript) !== `${session}.jsonl`) return;
  const tail = readSmallFile(transcript, longestTail, { hasSize: true, isOwnEnd: true });
  const end = readTranscriptEnd(tail ?? "");
  const handoff = handoffOf(end, (file) => pathWithin(worktree, file));
  if (handoff.said + handoff.failed === "" && handoff.files.length === 0) return;
  const { branch = null, leftBranch } = locate(worktree) ?? {};
  const place = { project, worktree, branch, ...defined({ leftBranch }) };
  // A client that is closed in the morning was left the evening before.
  saveHandoff(db, session, place, handoff, Math.min(at, end.at ?? at));
}

/** Looks for marks and keeps what they are of. `now`: epoch milliseconds. */
export const createHandoffKeeper =
  (deps: HandoffKeeperDeps) =>
  (now: number): void => {
    const { db, live } = deps;
    const isOff = deps.isOff();
    if (isOff) clearHandoffs(db);
    const listing = listLive(live);
    const ended = readMarks(listing, ".ended");
    const turns = readMarks(listing, ".turn");
    for (const { sessionId, at } of ended) if (!isOff) keepOne(deps, sessionId, at);
    for (const { sessionId, at } of turns) {
      const isEnded = ended.some((one) => one.sessionId === sessionId);
      if (!isOff && !isEnded && now - at < settlesMs) {
        deps.wakeIn(settlesMs - (now - at));
        continue;
      }
      removeMark(live, sessionId, ".turn");
      if (!isOff && !isEnded) keepOne(deps, sessionId, at);
    }
  };
