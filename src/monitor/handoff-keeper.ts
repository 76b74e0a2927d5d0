// Builds handoffs from the end of the transcript, because the live folder contains nothing of a conversation.

import { basename, isAbsolute } from "node:path";
import { pickUnfinished } from "../core/handoff/claude-code-tasks.ts";
import { createHandoff } from "../core/handoff/keep-handoff.ts";
import { defined } from "../core/read.ts";
import { readTranscriptEnd } from "../core/handoff/transcript.ts";
import { locate } from "../git/repository.ts";
import { clearHandoffs, readTranscript, saveHandoff } from "../state/cache/handoffs.ts";
import { readClaudeCodeTasks } from "../state/files/claude-code-tasks.ts";
import { readOwnEnd } from "../state/files/read-small-file.ts";
import { listLive, readMarks, removeSessionMark } from "../state/live/stamps.ts";
import { pathWithin } from "../state/live/watched-files.ts";
import { settingsReader } from "./project-state-key.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";

/** Claude Code writes a turn's last message after the hook. At a session's end, everything is already written. */
const settlesMs = 1000;
const maxTailLength = 512 * 1024;

export interface HandoffKeeperDeps {
  db: Sqlite;
  live: string;
  isOff: () => boolean;
  isOffIn: (project: string) => boolean;
  wakeIn: (ms: number) => void;
}

function keepOne({ db, isOffIn }: HandoffKeeperDeps, session: string, at: number): void {
  const found = readTranscript(db, session);
  if (found === null || settingsReader(db, isOffIn)(found.project) === null) return;
  const { project, worktree, transcript } = found;
  // A file with another name is not the transcript of this session.
  if (!isAbsolute(transcript) || basename(transcript) !== `${session}.jsonl`) return;
  const tail = readOwnEnd(transcript, maxTailLength);
  const end = readTranscriptEnd(tail ?? "");
  const list = pickUnfinished(readClaudeCodeTasks(transcript, session));
  const handoff = { ...createHandoff(end, (file) => pathWithin(worktree, file)), ...list };
  const { said, failed, files, unfinishedCount = 0 } = handoff;
  if (said + failed === "" && files.length + unfinishedCount === 0) return;
  const { branch = null, leftBranch } = locate(worktree) ?? {};
  const place = { project, worktree, branch, ...defined({ leftBranch }) };
  // A person may stop work in the evening and close the session the next morning.
  saveHandoff(db, session, place, handoff, Math.min(at, end.at ?? at));
}

export const createHandoffKeeper =
  (deps: HandoffKeeperDeps) =>
  (now: number): void => {
    const { db, live } = deps;
    const isOff = deps.isOff();
    if (isOff) clearHandoffs(db);
    const listing = listLive(live);
    const ended = isOff ? [] : readMarks(listing, ".ended");
    for (const { sessionId, at } of ended) keepOne(deps, sessionId, at);
    for (const { sessionId, at } of readMarks(listing, ".turn")) {
      const mustKeep = !isOff && !ended.some((one) => one.sessionId === sessionId);
      const waitMs = settlesMs - (now - at);
      if (mustKeep && waitMs > 0) {
        deps.wakeIn(waitMs);
        continue;
      }
      removeSessionMark(live, sessionId, ".turn");
      if (mustKeep) keepOne(deps, sessionId, at);
    }
  };
