// SessionStart, wired to the real cache, git and monitor.

import { existsSync, mkdirSync } from "node:fs";
import { allowWriting, openCacheForShortWrite } from "../../cache/cache-file.ts";
import { addRequest } from "../../cache/requests.ts";
import { saveTold } from "../../cache/sessions.ts";
import type { StateFiles } from "../../config/folders.ts";
import { readProjectsOff } from "../../config/projects-off.ts";
import { codeOf } from "../../core/errors.ts";
import { sheetKinds } from "../../core/told.ts";
import type { ToldNote } from "../../hook/ports.ts";
import { createSessionStart } from "../../hook/session-start.ts";
import type { SessionStartDeps } from "../../hook/session-start.ts";
import { createSubagentStart } from "../../hook/subagent-start.ts";
import { forgetEnded } from "../../live/ended.ts";
import { wakeMonitor } from "../../live/lease.ts";
import { readToldSheets, withdrawSheet } from "../../live/news-sheets.ts";
import { leaveSaid } from "../../live/said.ts";
import { takeTurn } from "../../live/turns.ts";
import { openNotableCache } from "./cache-reader.ts";
import type { Sqlite } from "../../sqlite/sqlite.ts";
import { localTime, newFenceKey, sinceStart, sleep } from "../clocks.ts";
import { createGitReader, createMoveCounter } from "./git-reader.ts";
import { runHookProcess } from "./hook-process.ts";
import type { HookWorld } from "./hook-process.ts";
import { createMonitorStarter } from "./monitor-port.ts";
import { placeOf } from "./place.ts";

const deadlineMs = 950;
/** For each of the two git calls. */
const gitTimeBoxMs = 250;
const writeTimeoutMs = 100;
const longestWaitMs = 400;

function guarded(report: (code: string) => void, work: () => void): void {
  try {
    work();
  } catch (error) {
    report(codeOf(error));
  }
}

function requestRefresh(files: StateFiles, project: string): void {
  const db = openCacheForShortWrite(files.cache, writeTimeoutMs);
  try {
    addRequest(db, { kind: "refresh", project }, Date.now());
  } finally {
    db.close();
  }
  wakeMonitor(files.live);
}

function note(files: StateFiles, db: Sqlite, told: ToldNote): void {
  allowWriting(db);
  saveTold(db, {
    id: told.sessionId,
    project: told.place.project,
    projectName: told.place.projectName,
    worktree: told.place.worktree,
    at: told.at,
    seq: told.seq,
    told: told.told,
    ...(told.telling === null ? {} : { telling: told.telling }),
  });
  forgetEnded(files.live, told.sessionId);
  // The brief has said all that waited to be told.
  for (const kind of sheetKinds) withdrawSheet(files.live, told.sessionId, kind);
}

/** Where no mark can be left (a full or read-only disk) a brief told twice is better than none. */
function takeTurnIn(
  files: StateFiles,
  report: (code: string) => void,
  sessionId: string,
  event: string,
): boolean {
  const startedAt = Date.now() - sinceStart();
  try {
    if (!existsSync(files.live)) mkdirSync(files.live, { recursive: true, mode: 0o700 });
    return takeTurn(files.live, sessionId, event, startedAt);
  } catch (error) {
    report(codeOf(error));
    return true;
  }
}

/** The real dependencies of the SessionStart handler; `sitrep brief` replaces the clock, the key and the notes. */
export function sessionStartDeps({
  files,
  installation,
  git,
  earlyGit,
  report,
}: HookWorld): SessionStartDeps {
  let db: Sqlite | null = null;
  return {
    now: Date.now,
    calendar: localTime,
    newKey: newFenceKey,
    locate: placeOf,
    isOff: (project) => readProjectsOff(files.projectsOff).includes(project),
    countMoves: createMoveCounter(git, gitTimeBoxMs),
    takeTurn: (sessionId, event) => takeTurnIn(files, report, sessionId, event),
    toldSheets: (sessionId) => readToldSheets(files.live, sessionId),
    openCache: () => {
      const opened = openNotableCache(files.cache);
      db = opened.db;
      return opened.reader;
    },
    readGit: createGitReader({
      program: git,
      earlyFile: earlyGit,
      timeBoxMs: gitTimeBoxMs,
      report,
    }),
    monitor: {
      ...createMonitorStarter(files, installation, report),
      requestRefresh: (project) => guarded(report, () => requestRefresh(files, project)),
    },
    note: (told) =>
      guarded(report, () => {
        if (db !== null) note(files, db, told);
      }),
    report,
    sleep,
    clock: sinceStart,
    longestWaitMs,
  };
}

/** The last argument is `subagent` where a subagent starts. */
export function runSessionStart(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  if (argv[3] === "subagent") {
    return runHookProcess({
      event: "SubagentStart",
      argv,
      env,
      deadlineMs,
      build: (world) =>
        createSubagentStart({
          ...sessionStartDeps(world),
          leaveSaid: (telling) => guarded(world.report, () => leaveSaid(world.files.live, telling)),
        }),
    });
  }
  return runHookProcess({
    event: "SessionStart",
    argv,
    env,
    deadlineMs,
    build: (world) => createSessionStart(sessionStartDeps(world)),
  });
}
