// The monitor's tick: takes requests, records what was delivered, keeps the git states up to date, publishes news and
// renews its lease. It never opens a port, and no source, disk or repository that fails can stop it.

import { statSync } from "node:fs";
import { projectsToRetry } from "../state/cache/task-snapshots.ts";
import { setEntry } from "../state/cache/entries.ts";
import { currentSchema, schemaVersion } from "../state/cache/schema.ts";
import { noteNextRefresh } from "../state/cache/last-failures.ts";
import { takeRequests } from "../state/cache/requests.ts";
import { readProjects } from "../state/cache/sessions.ts";
import { cleanUp } from "../state/cache/statistics.ts";
import type { Config } from "../config/schema.ts";
import { codeOf } from "../core/errors.ts";
import { hookSettingsKey, type HookSettings } from "../core/hook-settings.ts";
import type { ProjectScope } from "../core/ports.ts";
import { locate } from "../git/repository.ts";
import { removeOldStamps } from "../state/live/stamps.ts";
import { isBroken, type Sqlite } from "../state/sqlite/sqlite.ts";
import { emptyMemory, findLiveSessions, isAnyKilled, type SessionMemory } from "./live-sessions.ts";
import type { MonitorLog } from "./log.ts";
import type { NewsKeeper } from "./news-keeper.ts";
import type { TaskRefresher } from "./task-refresher.ts";
import type { WorktreeWatcher } from "./worktree-watcher.ts";

export interface MonitorDeps {
  db: Sqlite;
  live: string;
  config: () => Config;
  hookSettings: () => HookSettings;
  refresher: TaskRefresher;
  watcher: WorktreeWatcher;
  news: NewsKeeper;
  /** Keeps what sessions leave, from the marks of their gates. */
  keepHandoffs: (now: number) => void;
  /** Removes files that nobody asks for any more. */
  removeOutdated: () => void;
  log: MonitorLog;
  renewLease: () => void;
  /** Something was read in the background: a tick is wanted soon. */
  onChange: () => void;
}

export type TickOutcome = "go-on" | "stop-requested" | "idle" | "cache-broken";

export interface Monitor {
  /** One tick. A step that fails is logged and leaves the others alone. `isChanged`: false where nobody has done anything since the last. */
  tick(isChanged: boolean): TickOutcome;
  /** Refreshes the tasks of every project in use. */
  refreshAll(): void;
  /** Writes when all are refreshed next, epoch milliseconds. */
  publishNext(at: number): void;
  /** Writes what hooks need of the configuration into the cache. */
  publishSettings(): void;
}

const minute = 60_000;
const day = 86_400_000;
/** A project without a session for so long is not refreshed any more. */
const projectInUseMs = day;
const requestKeptMs = 10 * minute;
const largestWal = 16 * 1024 * 1024;
/** Sessions grow old, and a clock is put right, without a sign. In ticks. */
const attendAnyway = 6;
/** A start that is not answered is told from one that is on its way after so long. */
const startSettlesMs = 4500;

/** What a monitor remembers between ticks. Instants are of the monotonic clock unless they say otherwise. */
interface Memory {
  lastActivity: number;
  /** The latest sign of a session, epoch milliseconds. */
  lastSeen: number;
  lastCleanUp: number;
  failing: Set<string>;
  /** The sessions without a brief whose tasks were asked for. */
  untold: Set<string>;
  sessions: SessionMemory;
  isCacheBroken: boolean;
  /** When the sessions were looked at last, and when something last happened before that. */
  attendedAt: number;
  changedAt: number;
}

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

/** Takes what hooks and commands asked for. True when the monitor is to stop. */
function takeAll(deps: MonitorDeps, memory: Memory): boolean {
  let mustStop = false;
  for (const request of takeRequests(deps.db, Date.now() - requestKeptMs)) {
    memory.lastActivity = performance.now();
    if (request.kind === "stop") {
      mustStop = true;
      continue;
    }
    const name = locate(request.project)?.projectName ?? request.project;
    deps.refresher.start({ path: request.project, name }, { force: true }, deps.onChange);
  }
  return mustStop;
}

function attendSessions(deps: MonitorDeps, memory: Memory, idleMs: number): void {
  const now = Date.now();
  const findSessions = () =>
    findLiveSessions(deps.db, deps.live, { now, withinMs: idleMs }, memory.sessions);
  const sessions = findSessions();
  const latest = sessions[0]?.lastSeen ?? 0;
  // Not "later": the clock may have been put back.
  if (latest !== memory.lastSeen && latest !== 0) memory.lastActivity = performance.now();
  memory.lastSeen = latest;
  for (const { id, project, lacksBrief } of sessions) {
    if (lacksBrief !== true) memory.untold.delete(id);
    else if (!memory.untold.has(id)) {
      memory.untold.add(id);
      const scope = { path: project, name: locate(project)?.projectName ?? project };
      deps.refresher.start(scope, { force: false }, deps.onChange);
    }
  }
  const isRecorded = deps.news.recordDeliveries();
  deps.watcher.watch(sessions, now, deps.onChange);
  // Read again where what was delivered has just been recorded.
  deps.news.publish(isRecorded ? findSessions() : sessions, now);
}

/** Asks the sources whose next try has come: a brief has said when that is. */
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
  removeOldStamps(deps.live, Date.now() - day);
  deps.removeOutdated();
  if (count > 0) deps.log.info("cleaned up", { count });
}

/** Whether the sessions are to be looked at: what they left may be much, and mostly nobody has done anything. */
function mustAttend({ config }: MonitorDeps, memory: Memory): boolean {
  const { attendedAt, changedAt, failing, untold } = memory;
  const anywayMs = attendAnyway * config().refresh.heartbeatSeconds * 1000;
  return (
    untold.size + failing.size > 0 ||
    attendedAt - changedAt < startSettlesMs ||
    performance.now() - attendedAt > anywayMs ||
    isAnyKilled(memory.sessions)
  );
}

function runTick(deps: MonitorDeps, memory: Memory, isChanged: boolean): TickOutcome {
  const idleMs = deps.config().refresh.idleMinutes * minute;
  let mustStop = false;
  step(deps, memory, "looking at the cache", () => {
    // Somebody has emptied it, and SQLite takes it for a new one.
    if (schemaVersion(deps.db) < currentSchema) memory.isCacheBroken = true;
  });
  step(deps, memory, "taking requests", () => {
    mustStop = takeAll(deps, memory);
  });
  if (isChanged) memory.changedAt = performance.now();
  if (isChanged || mustAttend(deps, memory)) {
    memory.attendedAt = performance.now();
    // Before the marks of sessions that have ended are taken away.
    step(deps, memory, "keeping handoffs", () => deps.keepHandoffs(Date.now()));
    step(deps, memory, "attending sessions", () => attendSessions(deps, memory, idleMs));
  }
  step(deps, memory, "trying again", () => retryFailed(deps));
  step(deps, memory, "tidying", () => tidy(deps, memory));
  step(deps, memory, "renewing the lease", deps.renewLease);
  if (mustStop) return "stop-requested";
  if (memory.isCacheBroken) return "cache-broken";
  return performance.now() - memory.lastActivity > idleMs ? "idle" : "go-on";
}

export function createMonitor(deps: MonitorDeps): Monitor {
  const memory: Memory = {
    lastActivity: performance.now(),
    lastSeen: 0,
    lastCleanUp: Number.NEGATIVE_INFINITY,
    failing: new Set(),
    untold: new Set(),
    sessions: emptyMemory(),
    isCacheBroken: false,
    attendedAt: Number.NEGATIVE_INFINITY,
    changedAt: Number.NEGATIVE_INFINITY,
  };
  const refresh = (scope: ProjectScope): void =>
    deps.refresher.start(scope, { force: false }, deps.onChange);
  return {
    tick: (isChanged) => runTick(deps, memory, isChanged),
    refreshAll: () =>
      step(deps, memory, "refreshing", () =>
        readProjects(deps.db, Date.now() - projectInUseMs).forEach(refresh),
      ),
    publishNext: (at) =>
      step(deps, memory, "publishing the next refresh", () =>
        noteNextRefresh(deps.db, at, Date.now()),
      ),
    publishSettings: () =>
      step(deps, memory, "publishing settings", () => {
        const value = deps.hookSettings();
        setEntry(deps.db, { key: hookSettingsKey, kind: "setting", value, ttlMs: 0 }, Date.now());
      }),
  };
}
