// The monitor's executable, `node monitor.cjs monitor --state DIR`: it joins the cache, sources, git and the schedule.

import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { openIdentifiedCache, quarantine } from "../state/cache/cache-file.ts";
import { setEntry } from "../state/cache/entries.ts";
import { readGitRecords } from "../state/cache/git-states.ts";
import { hookSettingsOf } from "../config/config-file.ts";
import { gitIdentity } from "../config/git-identity.ts";
import { configFile, findFolders, stateFiles, type StateFiles } from "../config/folders.ts";
import { gitProgramOf, readInstallation, readProjectsOff } from "../config/installation.ts";
import type { Installation } from "../config/installation.ts";
import { createSimpleGit } from "../git/simple-git-runner.ts";
import { createFolderWatch } from "./folder-watch.ts";
import { createHandoffKeeper } from "./handoff-keeper.ts";
import { removeOutdated } from "./leftovers.ts";
import { openMonitorLog, surviveFailures, type MonitorLog } from "./log.ts";
import { createMonitor } from "./monitor.ts";
import { createNewsKeeper, noteOwnChange } from "./news-keeper.ts";
import { processStart } from "../config/process-identity.ts";
import { gitFolders, refreshGit } from "./git-refresh.ts";
import { createWorktreeWatcher } from "./worktree-watcher.ts";
import { renewLease, runMonitorLoop, takeMonitorLock, type Leaving, type LifeDeps } from "./run.ts";
import { handOver, isStillInstalled, ownFolder } from "./own-installation.ts";
import { createTaskRefresher } from "./task-refresher.ts";
import { dropStart } from "../state/live/lease.ts";
import { isCallingGit } from "../state/live/stamps.ts";
import type { ExclusiveLock } from "../state/sqlite/exclusive-lock.ts";
import { keepStatements } from "../state/sqlite/kept-statements.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";
import { followConfig, type FollowedConfig } from "./followed-config.ts";
import { createSourcePool, sourceMetricsKey, type SourcePool } from "../sources/source-pool.ts";
import { requireOwnFolder } from "../state/files/own-folder.ts";
import { version } from "../config/version.ts";

const sourceTimeoutMs = 25_000;
const gitTimeoutMs = 2000;
const longestCloseMs = 700;
const monotonic = (): number => performance.now();

interface MonitorContext {
  files: StateFiles;
  db: Sqlite;
  cacheIdentity: string;
  pool: SourcePool;
  log: MonitorLog;
  config: FollowedConfig;
  installation: Installation | null;
  lock: ExclusiveLock;
}

/** For `status`: a failure to write is no reason to stop. */
function keepMetrics(db: Sqlite, pool: SourcePool): void {
  const value = pool.metrics();
  if (value.length === 0) return;
  try {
    setEntry(db, { key: sourceMetricsKey, kind: "setting", value, ttlMs: 0 }, Date.now());
  } catch {
    // The next refresh writes them.
  }
}

const restAfterMs = 10_000;

const giveBack = (): void => void globalThis.gc?.({ type: "major", flavor: "last-resort" });

/** To be called after a refresh: once no more is read for a while, what was compiled and kept for it is given back. */
function createRest(): () => void {
  let timer: NodeJS.Timeout | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(giveBack, restAfterMs).unref();
  };
}

function lifeDeps(context: MonitorContext): LifeDeps {
  const { files, db, pool, log, config } = context;
  const copies = files.gitSettings;
  const found = gitProgramOf(context.installation, copies);
  const program = found ?? { file: "/usr/bin/git", home: homedir(), copies };
  const git = {
    db,
    live: files.live,
    program,
    run: createSimpleGit(program),
    timeoutMs: gitTimeoutMs,
    now: Date.now,
  };
  const { sourcesOf } = pool;
  const refresh = { db, sourcesOf, now: Date.now, timeoutMs: sourceTimeoutMs, bySession: null };
  const folder = ownFolder();
  const rest = createRest();
  const { pid } = process;
  const own = processStart(pid) ?? "";
  const identity = { pid, processStart: own, version, startedAt: Date.now() };
  // First: killed in between it must not pass for one that is being started.
  const renew = (): void => {
    dropStart(files.live);
    renewLease(files.live, identity);
  };
  mkdirSync(files.live, { recursive: true, mode: 0o700 });
  renew();
  const isOffIn = (project: string): boolean =>
    readProjectsOff(files.projectsOff).includes(project);
  return {
    live: files.live,
    config,
    cacheFile: files.cache,
    cacheIdentity: context.cacheIdentity,
    lock: context.lock,
    monitor: (onChange) =>
      createMonitor({
        db,
        live: files.live,
        config: config.current,
        hookSettings: () => hookSettingsOf(config.current(), gitIdentity(homedir(), process.env)),
        refresher: createTaskRefresher(refresh, log, () => {
          keepMetrics(db, pool);
          rest();
        }),
        watcher: createWorktreeWatcher({
          read: async (worktree, author) => {
            const code = await refreshGit(git, worktree);
            if (code === null && author !== null) noteOwnChange(db, author);
            return code;
          },
          isCallingGit: (sessionId) => isCallingGit(files.live, sessionId, Date.now()),
          foldersOf: (worktree) => gitFolders(db, worktree),
          watchFolders: createFolderWatch,
          clock: monotonic,
          log,
        }),
        news: createNewsKeeper(db, files.live, isOffIn),
        keepHandoffs: createHandoffKeeper({
          db,
          live: files.live,
          isOff: () => existsSync(files.handoffOff),
          isOffIn,
          wakeIn: (ms) => void setTimeout(onChange, ms).unref(),
        }),
        removeOutdated: () => {
          const worktrees = readGitRecords(db).map(({ worktree }) => worktree);
          removeOutdated(files, worktrees, Date.now());
        },
        log,
        renewLease: renew,
        onChange,
      }),
    isStillInstalled: () => isStillInstalled(files, folder),
  };
}

async function liveWith(
  files: StateFiles,
  lock: ExclusiveLock,
  stop: AbortSignal,
): Promise<Leaving> {
  const config = configFile(findFolders(process.env, process.platform, homedir()).config);
  const log = openMonitorLog(files.logs, "info");
  surviveFailures(log);
  const follow = followConfig(config, log);
  log.setLevel(follow.current().logLevel);
  const onRebuild = (): void => log.warn("the cache was beyond use; begun anew");
  const opened = openIdentifiedCache(files.cache, onRebuild);
  const db = keepStatements(opened.db);
  const cache = { db, cacheIdentity: opened.identity };
  const pool = createSourcePool({ files, config: follow.current, env: null });
  const installation = readInstallation(files.installation);
  try {
    const deps = lifeDeps({ files, ...cache, pool, log, config: follow, installation, lock });
    log.info("started", { version });
    const leaving = await runMonitorLoop(deps, stop);
    log.info("left", { reason: leaving });
    return leaving;
  } finally {
    db.close();
    // A server that hangs is not waited for: what it was started as ends with this process.
    await Promise.race([pool[Symbol.asyncDispose](), sleep(longestCloseMs)]);
  }
}

/** Runs the monitor of a state folder until it leaves. Returns at once when one runs already. */
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
