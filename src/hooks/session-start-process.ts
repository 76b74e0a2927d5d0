import { existsSync, mkdirSync } from "node:fs";
import { allowWriting, openCacheForShortWrite } from "../state/cache/cache-file.ts";
import { addRequest } from "../state/cache/requests.ts";
import { saveDelivered, type DeliveredRecord } from "../state/cache/sessions.ts";
import type { StateFiles } from "../config/folders.ts";
import { readProjectsOff } from "../config/installation.ts";
import { codeOf } from "../core/errors.ts";
import { pendingKinds } from "../core/news/pending-news.ts";
import { createSessionStart, type SessionStartDeps } from "./session-start.ts";
import { createSubagentStart } from "./subagent-start.ts";
import { removeSessionMark } from "../state/live/stamps.ts";
import { wakeMonitor } from "../state/live/lease.ts";
import { readDeliveredNews, withdrawNews } from "../state/live/pending-news.ts";
import { postDelivery } from "../state/live/outbox.ts";
import { claimEvent } from "../state/live/event-claims.ts";
import { isClaudeCodeGone } from "../config/claude-code-process.ts";
import { openCacheForNote } from "./cache-reader.ts";
import { closing, type Sqlite } from "../state/sqlite/sqlite.ts";
import { localTime } from "../core/time.ts";
import { sinceStart, sleep } from "./clocks.ts";
import { createGitReader, createRefUpdateCounter } from "./git-reader.ts";
import { attempt, runHookProcess, type HookContext } from "./hook-process.ts";
import { createMonitorStarter } from "../monitor/launch.ts";
import { locateSession } from "../git/repository.ts";

const deadlineMs = 950;
/** The time limit of each of the two git calls. */
const gitTimeBoxMs = 250;
const writeTimeoutMs = 100;
const maxWaitMs = 400;

function requestRefresh(files: StateFiles, worktree: string): void {
  closing(openCacheForShortWrite(files.cache, writeTimeoutMs), (db) =>
    addRequest(db, { kind: "refresh", project: worktree }, Date.now()),
  );
  wakeMonitor(files.live);
}

function record(files: StateFiles, db: Sqlite, delivered: DeliveredRecord): void {
  allowWriting(db);
  saveDelivered(db, delivered);
  removeSessionMark(files.live, delivered.id, ".ended");
  // The brief covers all pending news.
  for (const kind of pendingKinds) withdrawNews(files.live, delivered.id, kind);
  // Other sessions must note their edits from now on.
  wakeMonitor(files.live);
}

/** If no claim can be written (full or read-only disk), a second brief is better than none. */
function claimEventIn(
  files: StateFiles,
  report: (code: string) => void,
  sessionId: string,
  event: string,
): boolean {
  const startedAt = Date.now() - sinceStart();
  try {
    if (!existsSync(files.live)) mkdirSync(files.live, { recursive: true, mode: 0o700 });
    return claimEvent(files.live, sessionId, event, startedAt);
  } catch (error) {
    report(codeOf(error));
    return true;
  }
}

/** The real dependencies; `sitrep brief` replaces the clock and the notes. `gitMs`: for each call of git. */
export function sessionStartDeps(context: HookContext, gitMs = gitTimeBoxMs): SessionStartDeps {
  const { files, installation, report } = context;
  let db: Sqlite | null = null;
  return {
    now: Date.now,
    calendar: localTime,
    locate: locateSession,
    isOff: (project) => readProjectsOff(files.projectsOff).includes(project),
    countRefUpdates: createRefUpdateCounter(context.git, gitMs),
    claimEvent: (sessionId, event) => claimEventIn(files, report, sessionId, event),
    deliveredNews: (sessionId) => readDeliveredNews(files.live, sessionId),
    isClaudeCodeGone: (sessionId) => isClaudeCodeGone(files.live, sessionId),
    openCache: () => {
      const opened = openCacheForNote(files.cache);
      db = opened.db;
      const isKept = !existsSync(files.handoffOff);
      return isKept ? opened.reader : { ...opened.reader, leftOff: () => null };
    },
    readGit: createGitReader(context, gitMs),
    monitor: {
      ...createMonitorStarter(files, installation, report),
      requestRefresh: (worktree) => attempt(report, () => requestRefresh(files, worktree)),
    },
    record: (delivered) => attempt(report, () => db && record(files, db, delivered)),
    report,
    sleep,
    clock: sinceStart,
    maxWaitMs,
  };
}

export function runSessionStart(): Promise<void> {
  if (process.argv[3] !== "subagent") {
    const build = (context: HookContext) => createSessionStart(sessionStartDeps(context));
    return runHookProcess("SessionStart", deadlineMs, build);
  }
  return runHookProcess("SubagentStart", deadlineMs, (context) =>
    createSubagentStart({
      ...sessionStartDeps(context),
      postDelivery: (delivery) =>
        attempt(context.report, () => postDelivery(context.files.live, delivery)),
    }),
  );
}
