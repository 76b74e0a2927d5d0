import { existsSync } from "node:fs";
import { openCache, openCacheForShortWrite } from "../state/cache/cache-file.ts";
import { addRequest, dropStops, type MonitorRequest } from "../state/cache/requests.ts";
import { keptEnvironment, type Installation } from "../config/installation.ts";
import { SitrepError } from "../core/errors.ts";
import { findGit } from "../git/find-git.ts";
import { isLeaseRunning, readIdentity, wakeMonitor } from "../state/live/lease.ts";
import type { MonitorIdentity } from "../state/live/lease.ts";
import { launchMonitor } from "./launch.ts";
import { processStart, signalProcess } from "../config/process-identity.ts";
import { tryLock } from "../state/sqlite/exclusive-lock.ts";
import { closing, type Sqlite } from "../state/sqlite/sqlite.ts";
import { loadInstallation, type CommandContext } from "../config/context.ts";
import { setTimeout as sleep } from "node:timers/promises";
import { version } from "../config/version.ts";

/** Long enough to watch a stuck monitor for two seconds and give it another second to exit. */
const startWaitMs = 8000;
const stopWaitMs = 3000;
const pollMs = 20;

async function until(isDone: () => boolean, waitMs: number): Promise<boolean> {
  const end = performance.now() + waitMs;
  while (!isDone()) {
    if (performance.now() > end) return false;
    await sleep(pollMs);
  }
  return true;
}

/** The running monitor, or null. Only a live process with the recorded identity counts. */
export function runningMonitor(context: CommandContext): MonitorIdentity | null {
  const identity = readIdentity(context.files.live);
  if (identity === null || identity.processStart === "") return null;
  return processStart(identity.pid) === identity.processStart ? identity : null;
}

function whatToStart(context: CommandContext): Installation {
  const env = keptEnvironment(context.env);
  const installed = loadInstallation(context);
  if (installed !== null) return { ...installed, env: { ...installed.env, ...env } };
  return {
    version,
    folder: import.meta.dirname,
    node: process.execPath,
    git: findGit(context.env["PATH"] ?? "", context.cwd),
    env,
  };
}

/** Starts the monitor and waits for its lease. Returns false if one was running. Throws `monitor-not-started`. */
export async function startMonitor(context: CommandContext): Promise<boolean> {
  const isUp = (): boolean =>
    isLeaseRunning(context.files.live, Date.now()) && runningMonitor(context) !== null;
  if (isUp()) return false;
  launchMonitor(whatToStart(context), context.folders.state);
  if (await until(isUp, startWaitMs)) return true;
  throw new SitrepError("monitor-not-started", "The monitor did not start within 8 s.", {
    hint: `To find out why: sitrep doctor. Its log is in ${context.files.logs}.`,
  });
}

function isLockFree(context: CommandContext): boolean {
  // A monitor may still be running after its lock file was removed.
  if (!existsSync(context.files.monitorLock)) return runningMonitor(context) === null;
  const lock = tryLock(context.files.monitorLock);
  lock?.[Symbol.dispose]();
  return lock !== null;
}

/** Leaves a request in the cache and wakes the monitor. The request is dropped if the cache cannot be written. */
export function sendMonitorRequest(
  context: CommandContext,
  request: MonitorRequest,
  open: (file: string, timeoutMs: number) => Sqlite = openCacheForShortWrite,
): void {
  try {
    closing(open(context.files.cache, 1000), (db) => addRequest(db, request, Date.now()));
  } catch {
    // A monitor could not read the request either. Stopping falls back to a signal.
  }
  wakeMonitor(context.files.live);
}

/** Removes stop requests, so that the next monitor does not obey them. */
function forgetStop({ files }: CommandContext): void {
  try {
    closing(openCacheForShortWrite(files.cache, 1000), dropStops);
  } catch {
    // Without a cache, there are no requests to remove.
  }
}

/** Stops the monitor. Returns false if none was running. Throws `monitor-not-stopped`. */
export async function stopMonitor(context: CommandContext): Promise<boolean> {
  if (isLockFree(context)) return false;
  // A signal follows only if the request had no effect, and goes only to a process whose identity is proved.
  sendMonitorRequest(context, { kind: "stop" }, openCache);
  if (await until(() => isLockFree(context), stopWaitMs)) return true;
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    // Another monitor may have replaced the one that received the request.
    const identity = runningMonitor(context);
    if (identity === null || !signalProcess(identity.pid, identity.processStart, signal)) break;
    if (!(await until(() => isLockFree(context), stopWaitMs))) continue;
    forgetStop(context);
    return true;
  }
  throw new SitrepError("monitor-not-stopped", "The monitor did not stop.", {
    hint: `Its lock is ${context.files.monitorLock}; Sitrep could not confirm that any process holds it.`,
  });
}
