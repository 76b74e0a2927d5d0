// Runs the steps of each tick. The monitor never opens a port, and no failing source, disk or repository can stop it.

import { statSync } from "node:fs";
import { projectsToRetry } from "../state/cache/task-snapshots.ts";
import { setEntry } from "../state/cache/cache-entries.ts";
import { currentSchema, schemaVersion } from "../state/cache/cache-schema.ts";
import { noteNextRefresh } from "../state/cache/last-failures.ts";
import { takeRequests } from "../state/cache/requests.ts";
import { readProjects } from "../state/cache/sessions.ts";
import { cleanUp } from "../state/cache/statistics.ts";
import type { Config } from "../config/schema.ts";
import { codeOf } from "../core/errors.ts";
import { hookSettingsKey, type HookSettings } from "../core/hook-settings.ts";
import { locate } from "../git/repository.ts";
import { removeOldLiveFiles } from "../state/live/stamps.ts";
import { isBroken, type Sqlite } from "../state/sqlite/sqlite.ts";
import { emptyMemory, findLiveSessions, isAnyKilled } from "./live-sessions.ts";
import type { MonitorLog } from "./monitor-log.ts";
import type { NewsKeeper } from "./news-keeper.ts";
import type { PanePublisher } from "./briefs/panes.ts";
import type { PullWatcher } from "./pull-requests.ts";
import type { TaskFileWatcher } from "./task-file-watcher.ts";
import type { TaskRefresher } from "./task-refresher.ts";
import { idSet } from "./project-state-key.ts";
import type { WorktreeWatcher } from "./worktree-watcher.ts";

export interface MonitorDeps {
  db: Sqlite;
  live: string;
  config: () => Config;
  hookSettings: () => HookSettings;
  refresher: TaskRefresher;
  watcher: WorktreeWatcher;
  taskFiles: TaskFileWatcher;
  pulls: PullWatcher;
  news: NewsKeeper;
  publishPanes: PanePublisher;
  keepHandoffs: (now: number) => void;
  removeStaleFiles: () => void;
  log: MonitorLog;
  renewLease: () => void;
  onChange: () => void;
}

export type TickOutcome = "go-on" | "stop-requested" | "idle" | "cache-broken";

export interface Monitor {
  /** Runs one tick. Logs a failed step and runs the others. `isChanged`: something happened since the last tick. */
  tick(isChanged: boolean): TickOutcome;
  refreshAll(): void;
  publishNext(at: number): void;
  publishSettings(): void;
}

const minute = 60_000;
const day = 24 * 60 * minute;
/** A project is refreshed until it has had no session for this long. */
const projectInUseMs = day;
const requestKeptMs = 10 * minute;
const largestWal = 16 * 1024 * 1024;
/** In heartbeats. No event reports that a session became idle or that a clock was corrected. */
const attendAnyway = 6;
/** After this time, a start without a brief is lost, not slow. */
const startSettlesMs = 4500;

/** The monitor's memory between ticks. Instants are monotonic, except `lastSeen`. */
const newMemory = () => ({
  lastActivity: performance.now(),
  lastSeen: 0,
  lastCleanUp: Number.NEGATIVE_INFINITY,
  failing: new Set<string>(),
  unbriefed: new Set<string>(),
  sessions: emptyMemory(),
  isCacheBroken: false,
  attendedAt: Number.NEGATIVE_INFINITY,
  changedAt: Number.NEGATIVE_INFINITY,
});
type Memory = ReturnType<typeof newMemory>;

function step(deps: MonitorDeps, memory: Memory, name: string, work: () => void): void {
  try {
    work();
    memory.failing.delete(name);
  } catch (error) {
    if (isBroken(error)) memory.isCacheBroken = true;
    if (!memory.failing.has(name)) deps.log.warn(`${name} failed`, { code: codeOf(error) });
    memory.failing.add(name);
  }
}

/** Refreshes the project of a folder, including the task files of its working tree. */
function refresh(deps: MonitorDeps, folder: string, force: boolean): void {
  const { project = folder, projectName = folder, worktree = folder } = locate(folder) ?? {};
  const scope = { path: project, name: projectName, trees: [worktree] };
  deps.refresher.start(scope, { force }, deps.onChange);
}

function takeAll(deps: MonitorDeps, memory: Memory): boolean {
  const requests = takeRequests(deps.db, Date.now() - requestKeptMs);
  if (requests.length > 0) memory.lastActivity = performance.now();
  for (const request of requests) if (request.kind !== "stop") refresh(deps, request.project, true);
  return requests.some(({ kind }) => kind === "stop");
}

function attendSessions(deps: MonitorDeps, memory: Memory, idleMs: number): void {
  const now = Date.now();
  const findSessions = () =>
    findLiveSessions(deps.db, deps.live, { now, withinMs: idleMs }, memory.sessions);
  const sessions = findSessions();
  const latest = sessions[0]?.lastSeen ?? 0;
  // Compare with `!==`, not `>`: the clock may have been set back.
  if (latest !== memory.lastSeen && latest !== 0) memory.lastActivity = performance.now();
  memory.lastSeen = latest;
  const unbriefed = sessions.filter(({ lacksBrief }) => lacksBrief === true);
  for (const { id, worktree } of unbriefed)
    if (!memory.unbriefed.has(id)) refresh(deps, worktree, false);
  memory.unbriefed = idSet(unbriefed);
  const isRecorded = deps.news.recordDeliveries();
  deps.watcher.watch(sessions, now, deps.onChange);
  deps.taskFiles.watch(sessions);
  void deps.pulls.watch(sessions, deps.onChange);
  deps.news.publish(isRecorded ? findSessions() : sessions, now);
  deps.publishPanes(sessions, now);
}

/** Queries the failed sources whose next attempt is due. A brief may have named that time. */
function retryFailed(deps: MonitorDeps): void {
  const now = Date.now();
  const due = new Set(projectsToRetry(deps.db, now));
  if (due.size === 0) return;
  for (const scope of readProjects(deps.db, now - projectInUseMs))
    if (due.has(scope.path))
      deps.refresher.start(scope, { force: false, onlyFailed: true }, deps.onChange);
}

function tidy(deps: MonitorDeps, memory: Memory): void {
  const wal = statSync(`${deps.db.name}-wal`, { throwIfNoEntry: false });
  if ((wal?.size ?? 0) > largestWal) deps.db.pragma("wal_checkpoint(TRUNCATE)");
  deps.log.rotate();
  if (performance.now() - memory.lastCleanUp < day) return;
  memory.lastCleanUp = performance.now();
  const count = cleanUp(deps.db, Date.now());
  removeOldLiveFiles(deps.live, Date.now() - day);
  deps.removeStaleFiles();
  if (count > 0) deps.log.info("cleaned up", { count });
}

/** True if the sessions must be looked at without a change. That is not free: they may have left many files. */
function mustAttend({ config }: MonitorDeps, memory: Memory): boolean {
  const { attendedAt, changedAt, failing, unbriefed } = memory;
  const anywayMs = attendAnyway * config().refresh.heartbeatSeconds * 1000;
  return (
    unbriefed.size + failing.size > 0 ||
    attendedAt - changedAt < startSettlesMs ||
    performance.now() - attendedAt > anywayMs ||
    isAnyKilled(memory.sessions)
  );
}

function runTick(deps: MonitorDeps, memory: Memory, isChanged: boolean): TickOutcome {
  const idleMs = deps.config().refresh.idleMinutes * minute;
  let mustStop = false;
  step(deps, memory, "checking the cache", () => {
    // To SQLite, an emptied file is a new database.
    if (schemaVersion(deps.db) < currentSchema) memory.isCacheBroken = true;
  });
  step(deps, memory, "accepting requests", () => {
    mustStop = takeAll(deps, memory);
  });
  if (isChanged) memory.changedAt = performance.now();
  if (isChanged || mustAttend(deps, memory)) {
    memory.attendedAt = performance.now();
    // Handoffs come first, because tracking removes the marks of ended sessions.
    step(deps, memory, "saving handoffs", () => deps.keepHandoffs(Date.now()));
    step(deps, memory, "tracking sessions", () => attendSessions(deps, memory, idleMs));
  }
  step(deps, memory, "retrying sources", () => retryFailed(deps));
  step(deps, memory, "cleaning up", () => tidy(deps, memory));
  step(deps, memory, "renewing the lease", deps.renewLease);
  if (mustStop) return "stop-requested";
  if (memory.isCacheBroken) return "cache-broken";
  return performance.now() - memory.lastActivity > idleMs ? "idle" : "go-on";
}

export function createMonitor(deps: MonitorDeps): Monitor {
  const memory = newMemory();
  return {
    tick: (isChanged) => runTick(deps, memory, isChanged),
    refreshAll: () =>
      step(deps, memory, "refreshing tasks", () => {
        for (const scope of readProjects(deps.db, Date.now() - projectInUseMs))
          deps.refresher.start(scope, { force: false }, deps.onChange);
      }),
    publishNext: (at) =>
      step(deps, memory, "saving the next refresh time", () =>
        noteNextRefresh(deps.db, at, Date.now()),
      ),
    publishSettings: () =>
      step(deps, memory, "saving settings", () => {
        const value = deps.hookSettings();
        setEntry(deps.db, { key: hookSettingsKey, kind: "setting", value, ttlMs: 0 }, Date.now());
      }),
  };
}
