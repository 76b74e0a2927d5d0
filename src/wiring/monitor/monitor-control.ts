// Starts, stops and asks after the monitor, for the commands.

import { existsSync } from "node:fs";
import { openCache } from "../../cache/cache-file.ts";
import { addRequest } from "../../cache/requests.ts";
import { keptEnvironment } from "../../config/installation.ts";
import type { Installation } from "../../config/installation.ts";
import { SitrepError } from "../../core/errors.ts";
import { findGit } from "../../git/find-git.ts";
import { isLeaseRunning, readIdentity, wakeMonitor } from "../../live/lease.ts";
import type { MonitorIdentity } from "../../live/lease.ts";
import { launchMonitor } from "../../monitor/launch.ts";
import { processStart, signalProcess } from "../../monitor/process-identity.ts";
import { tryLock } from "../../sqlite/exclusive-lock.ts";
import { installationOf } from "../cli-world.ts";
import type { CliWorld } from "../cli-world.ts";
import { sleep } from "../clocks.ts";
import { version } from "../version.ts";

const startWaitMs = 5000;
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

/** The monitor that runs now, or null. Only a live process of the recorded identity counts. */
export function runningMonitor(world: CliWorld): MonitorIdentity | null {
  const identity = readIdentity(world.files.live);
  if (identity === null || identity.processStart === "") return null;
  return processStart(identity.pid) === identity.processStart ? identity : null;
}

/** What to start: the installed version, else this one from where it lies. */
function startable(world: CliWorld): Installation {
  const env = keptEnvironment(world.env);
  const installed = installationOf(world);
  if (installed !== null) return { ...installed, env: { ...installed.env, ...env } };
  return {
    version,
    folder: import.meta.dirname,
    node: process.execPath,
    git: findGit(world.env["PATH"] ?? "", world.cwd),
    env,
  };
}

/** Starts the monitor and waits for its lease. Gives false when one ran already. Throws `monitor-not-started`. */
export async function startMonitor(world: CliWorld): Promise<boolean> {
  const isUp = (): boolean =>
    isLeaseRunning(world.files.live, Date.now()) && runningMonitor(world) !== null;
  if (isUp()) return false;
  launchMonitor(startable(world), world.folders.state);
  if (await until(isUp, startWaitMs)) return true;
  throw new SitrepError("monitor-not-started", "The monitor did not come up within 5 s.", {
    hint: `"sitrep doctor" looks for the reason; its log is in ${world.files.logs}.`,
  });
}

function isLockFree(world: CliWorld): boolean {
  if (!existsSync(world.files.monitorLock)) return true;
  const lock = tryLock(world.files.monitorLock);
  lock?.[Symbol.dispose]();
  return lock !== null;
}

/** Asks by a row in the cache first; the process is signalled only when its identity is proved. */
function askToStop(world: CliWorld): void {
  try {
    const db = openCache(world.files.cache, 1000);
    try {
      addRequest(db, { kind: "stop" }, Date.now());
    } finally {
      db.close();
    }
  } catch {
    // A cache that cannot be written leaves the signal.
  }
  wakeMonitor(world.files.live);
}

/** Stops the monitor. Gives false when none ran. Throws `monitor-not-stopped`. */
export async function stopMonitor(world: CliWorld): Promise<boolean> {
  if (isLockFree(world)) return false;
  const identity = runningMonitor(world);
  askToStop(world);
  if (await until(() => isLockFree(world), stopWaitMs)) return true;
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (identity === null || !signalProcess(identity.pid, identity.processStart, signal)) break;
    if (await until(() => isLockFree(world), stopWaitMs)) return true;
  }
  throw new SitrepError("monitor-not-stopped", "The monitor does not end.", {
    hint: `Its lock is ${world.files.monitorLock}; no process could be proved to be its holder.`,
  });
}
