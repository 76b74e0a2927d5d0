import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { openIdentifiedCache, quarantine } from "../state/cache/cache-file.ts";
import { setEntry } from "../state/cache/cache-entries.ts";
import { readGitRecords } from "../state/cache/git-states.ts";
import { createHookSettings } from "../config/config-file.ts";
import { gitIdentity } from "../config/git-identity.ts";
import { configFile, findFolders, stateFiles, type StateFiles } from "../config/folders.ts";
import { createGitProgram, readInstallation, readProjectsOff } from "../config/installation.ts";
import { createSimpleGit } from "../git/simple-git-runner.ts";
import type { GitCaller } from "../git/hardened.ts";
import { createAutomation } from "./automation/automation.ts";
import { createFolderWatch } from "./folder-watch.ts";
import { createHandoffKeeper } from "./handoff-keeper.ts";
import { removeStaleFiles } from "./cleanup.ts";
import { openMonitorLog, logUncaughtErrors, type MonitorLog } from "./monitor-log.ts";
import { createMonitor, type MonitorDeps } from "./monitor.ts";
import { takeMonitorLock } from "./monitor-lock.ts";
import { noteOwnChange } from "./own-change.ts";
import { createNewsKeeper } from "./news-keeper.ts";
import { processStart } from "../config/process-identity.ts";
import { gitFolders, refreshGit } from "./git-refresh.ts";
import { codeOf } from "../core/errors.ts";
import { refreshMismatches } from "./mismatches/refresh-mismatches.ts";
import { createWorktreeWatcher, type WorktreeWatcher } from "./worktree-watcher.ts";
import { renewLease, runMonitorLoop, type ExitReason, type MonitorLoopDeps } from "./loop.ts";
import { handOver, isStillInstalled, ownFolder } from "./own-installation.ts";
import { createPanePublisher } from "./briefs/panes.ts";
import { createPullWatcher } from "./pull-requests.ts";
import { createTaskFileWatcher } from "./task-file-watcher.ts";
import { createRest, createTaskRefresher } from "./task-refresher.ts";
import { dropStart } from "../state/live/lease.ts";
import { isCallingGit } from "../state/live/stamps.ts";
import type { ExclusiveLock } from "../state/sqlite/exclusive-lock.ts";
import { keepStatements } from "../state/sqlite/kept-statements.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";
import { followConfig, type FollowedConfig } from "./followed-config.ts";
import { refreshDiscoveryNotice } from "../sources/discovery/discovery-notice.ts";
import { createSourcePool, sourceMetricsKey, type SourcePool } from "../sources/source-pool.ts";
import { requireOwnFolder } from "../state/files/own-folder.ts";
import { version } from "../config/version.ts";

const sourceTimeoutMs = 25_000;
const gitTimeoutMs = 2000;
const maxCloseMs = 700;

interface MonitorContext {
  files: StateFiles;
  db: Sqlite;
  pool: SourcePool;
  log: MonitorLog;
  config: FollowedConfig;
}

function keepMetrics(db: Sqlite, pool: SourcePool): void {
  const value = pool.metrics();
  if (value.length === 0) return;
  try {
    setEntry(db, { key: sourceMetricsKey, kind: "setting", value, ttlMs: 0 }, Date.now());
  } catch {
    // The next refresh saves them.
  }
}

function leaseRenewer(live: string): () => void {
  const { pid } = process;
  const own = { pid, processStart: processStart(pid) ?? "", version, startedAt: Date.now() };
  return () => {
    // Order matters: if this monitor is killed between the two calls, it must not look as if it were starting.
    dropStart(live);
    renewLease(live, own);
  };
}

function gitCallerIn({ gitSettings: copies, installation }: StateFiles): GitCaller {
  const found = createGitProgram(readInstallation(installation), copies);
  const program = found ?? { file: "/usr/bin/git", home: homedir(), copies };
  return { program, run: createSimpleGit(program), timeoutMs: gitTimeoutMs };
}

function createWatcher({ files, db, log }: MonitorContext, caller: GitCaller): WorktreeWatcher {
  return createWorktreeWatcher({
    read: async (worktree, author) => {
      const deps = { ...caller, db, live: files.live, now: Date.now };
      const code = await refreshGit(deps, worktree);
      if (code === null)
        await refreshMismatches(deps, worktree).catch((error: unknown) =>
          log.warn("failed to compare tasks with git", { project: worktree, code: codeOf(error) }),
        );
      if (code === null && author !== null) noteOwnChange(db, author);
      return code;
    },
    isCallingGit: (sessionId) => isCallingGit(files.live, sessionId, Date.now()),
    foldersOf: (worktree) => gitFolders(db, worktree),
    watchFolders: createFolderWatch,
    clock: () => performance.now(),
    log,
  });
}

function monitorDeps(context: MonitorContext, onChange: () => void): MonitorDeps {
  const { files, db, pool, log, config } = context;
  const { live } = files;
  const { sourcesOf } = pool;
  const refresh = { db, sourcesOf, now: Date.now, timeoutMs: sourceTimeoutMs, bySession: null };
  const rest = createRest();
  const onResponses = (): void => {
    keepMetrics(db, pool);
    rest();
  };
  const isOffIn = (project: string): boolean =>
    readProjectsOff(files.projectsOff).includes(project);
  const caller = gitCallerIn(files);
  const automation = {
    ...caller,
    db,
    files,
    config: config.current,
    sourcesOf,
    now: Date.now,
    log,
  };
  const refresher = createTaskRefresher(refresh, log, {
    onResponses,
    before: (scope) =>
      refreshDiscoveryNotice({ db, files, config: config.current(), now: Date.now() }, scope),
    after: createAutomation(automation),
  });
  return {
    db,
    live,
    config: config.current,
    hookSettings: () => createHookSettings(config.current(), gitIdentity(homedir(), process.env)),
    refresher,
    watcher: createWatcher(context, caller),
    taskFiles: createTaskFileWatcher({ config: config.current, files, pool, refresher, onChange }),
    pulls: createPullWatcher({ db, sourcesOf, now: Date.now, timeoutMs: sourceTimeoutMs, log }),
    news: createNewsKeeper(db, live, isOffIn),
    publishPanes: createPanePublisher(db, live),
    keepHandoffs: createHandoffKeeper({
      db,
      live,
      isOff: () => existsSync(files.handoffOff),
      isOffIn,
      wakeIn: (ms) => void setTimeout(onChange, ms).unref(),
    }),
    removeStaleFiles: () => {
      const worktrees = readGitRecords(db).map(({ worktree }) => worktree);
      removeStaleFiles(files, worktrees, Date.now());
    },
    log,
    renewLease: leaseRenewer(live),
    onChange,
  };
}

async function liveWith(
  files: StateFiles,
  lock: ExclusiveLock,
  stop: AbortSignal,
): Promise<ExitReason> {
  const log = openMonitorLog(files.logs, "info");
  logUncaughtErrors(log);
  const { config: folder } = findFolders(process.env, process.platform, homedir());
  const config = followConfig(configFile(folder), log);
  const onRebuild = (): void => log.warn("the cache was unusable and has been rebuilt");
  const opened = openIdentifiedCache(files.cache, onRebuild);
  const db = keepStatements(opened.db);
  const pool = createSourcePool({ files, config: config.current, env: null });
  try {
    mkdirSync(files.live, { recursive: true, mode: 0o700 });
    const context = { files, db, pool, log, config };
    const installed = ownFolder();
    const deps: MonitorLoopDeps = {
      live: files.live,
      config,
      cacheFile: files.cache,
      cacheIdentity: opened.identity,
      lock,
      monitor: (onChange) => {
        const own = monitorDeps(context, onChange);
        own.renewLease();
        return createMonitor(own);
      },
      isStillInstalled: () => isStillInstalled(files, installed),
    };
    log.info("started", { version });
    const leaving = await runMonitorLoop(deps, stop);
    log.info("left", { reason: leaving });
    return leaving;
  } finally {
    db.close();
    // Do not wait for a server that hangs: its program ends with this process.
    await Promise.race([pool[Symbol.asyncDispose](), sleep(maxCloseMs)]);
  }
}

/** Runs the monitor of a state folder until it exits. Returns at once if one is already running. */
export async function runMonitor(state: string): Promise<void> {
  requireOwnFolder(state, true);
  const files = stateFiles(state);
  const lock = takeMonitorLock(files.monitorLock, files.live);
  if (lock === null) return;
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop.abort());
  process.on("SIGHUP", () => undefined);
  const leaving = await liveWith(files, lock, stop.signal);
  if (leaving === "cache-broken") quarantine(files.cache);
  lock[Symbol.dispose]();
  await handOver(files, leaving);
  process.exit(0);
}

const state = process.argv[process.argv.indexOf("--state") + 1];
if (state !== undefined && process.argv.includes("--state")) void runMonitor(state);
