// The monitor's loop: one monitor at a time by the operating system's lock, tick after tick, until it is asked to stop,
// has nothing to do, or what it belongs to is gone.

import { existsSync } from "node:fs";
import { dropLease, extendLease, leaseMark, readIdentity, takeLease } from "../state/live/lease.ts";
import type { MonitorIdentity } from "../state/live/lease.ts";
import { fileIdentity, fileSize } from "../state/files/file-identity.ts";
import { tryLock, type ExclusiveLock } from "../state/sqlite/exclusive-lock.ts";
import type { Monitor, TickOutcome } from "./monitor.ts";
import { signalProcess } from "../config/process-identity.ts";
import { watchLive } from "./live-watch.ts";
import { createSchedule } from "./schedule.ts";
import type { FollowedConfig } from "./followed-config.ts";

/**
 * Why a monitor left. `uninstalled`: its code or folders are gone. `restart`: a successor is to be started. `lock-lost`:
 * the same, since the lock's file is another.
 */
export type Leaving = "stopped" | "idle" | "uninstalled" | "restart" | "cache-broken" | "lock-lost";

/** A monitor whose lease has stood still for so long is wedged: it renews it four times meanwhile. */
const wedgedAfterMs = 2000;
const endWaitMs = 1000;
const pollMs = 50;

const pause = (ms: number): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** The lock once it is free; "renewed" when its holder shows that it lives, null when it shows nothing. */
function watchHolder(lockFile: string, live: string): ExclusiveLock | "renewed" | null {
  const end = performance.now() + wedgedAfterMs;
  const seen = leaseMark(live);
  for (;;) {
    const lock = tryLock(lockFile);
    if (lock !== null) return lock;
    const mark = leaseMark(live);
    // One that ends takes its lease away first.
    if (mark !== seen && mark !== "") return "renewed";
    if (performance.now() > end) return null;
    pause(pollMs);
  }
}

/**
 * The lock, or null when a healthy monitor has it: one that renews its lease. One that holds the lock and does not, be it
 * stopped, stuck or without descriptors, is asked to end, then made to; its identity is proved first. No clock is trusted.
 */
export function takeMonitorLock(lockFile: string, liveFolder: string): ExclusiveLock | null {
  const watched = watchHolder(lockFile, liveFolder);
  if (watched === "renewed") return null;
  const holder = readIdentity(liveFolder);
  if (watched !== null) {
    // Whoever has the lease without the lock has lost the lock's file.
    if (holder !== null) signalProcess(holder.pid, holder.processStart, "SIGTERM");
    return watched;
  }
  if (holder === null) return null;
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (!signalProcess(holder.pid, holder.processStart, signal)) break;
    const lock = tryLock(lockFile, endWaitMs);
    if (lock !== null) return lock;
  }
  return tryLock(lockFile);
}

export interface LifeDeps {
  /** `onChange` is for the monitor to call when it wants a tick soon. */
  monitor: (onChange: () => void) => Monitor;
  live: string;
  cacheFile: string;
  /** Of the file that is open: another may have come into its place before the first tick. */
  cacheIdentity: string;
  config: FollowedConfig;
  /** The lock under which this monitor runs. */
  lock: Pick<ExclusiveLock, "isInPlace">;
  /** False once the code, the state folder or the installation that this monitor belongs to is gone. */
  isStillInstalled: () => boolean;
}

const heartbeatMs = (config: FollowedConfig): number =>
  config.current().refresh.heartbeatSeconds * 1000;

const leavingOf: Record<Exclude<TickOutcome, "go-on">, Leaving> = {
  "stop-requested": "stopped",
  idle: "idle",
  "cache-broken": "cache-broken",
};

/** So long after it was killed a monitor passes for alive, at most. */
const leaseMs = 1600;
const renewEveryMs = 500;

/** Writes the lease anew: somebody may have taken it away. */
export function renewLease(live: string, identity: MonitorIdentity): void {
  takeLease(live, identity, Date.now() + leaseMs);
}

/** Between the ticks; what fails here the tick mends. */
function keepLease(live: string): void {
  try {
    extendLease(live, Date.now() + leaseMs);
  } catch {
    // It is gone: the next tick writes it.
  }
}

/** Ticks until there is a reason to leave. `stop` fires when the process is asked to end. */
export function runMonitorLoop(deps: LifeDeps, stop: AbortSignal): Promise<Leaving> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    let isOver = false;
    let isSoon = false;
    /** Something has happened since the last tick. */
    let isAsked = true;
    let cacheSize = 0;
    /** SQLite never makes the file smaller: somebody has emptied it or cut it off, and what is left may look like a new one. */
    const isCacheCut = (): boolean => {
      const before = cacheSize;
      cacheSize = fileSize(deps.cacheFile);
      return cacheSize < before || cacheSize === 0;
    };
    const monitor = deps.monitor(() => soon());
    const expression = (): string => deps.config.current().refresh.schedule;
    const refresh = (): void => {
      monitor.publishNext(schedule.nextAt());
      monitor.refreshAll();
    };
    const clocks = { monotonic: () => performance.now(), wall: Date.now };
    const schedule = createSchedule(expression(), refresh, clocks);
    const watcher = watchLive(deps.live, () => soon());

    const renewals = setInterval(() => keepLease(deps.live), renewEveryMs);

    const leave = (why: Leaving): void => {
      isOver = true;
      clearTimeout(timer);
      clearInterval(renewals);
      watcher[Symbol.dispose]();
      schedule[Symbol.dispose]();
      // Another may have it by now, where the lock was lost.
      const holder = readIdentity(deps.live)?.pid ?? process.pid;
      if (holder === process.pid) dropLease(deps.live);
      resolve(why);
    };
    const tick = (): void => {
      if (isOver) return;
      if (stop.aborted) return leave("stopped");
      if (!deps.isStillInstalled() || !existsSync(deps.live)) return leave("uninstalled");
      if (!deps.lock.isInPlace()) return leave("lock-lost");
      if (fileIdentity(deps.cacheFile) !== deps.cacheIdentity) return leave("restart");
      if (isCacheCut()) return leave("cache-broken");
      if (deps.config.reload()) {
        monitor.publishSettings();
        isAsked = true;
        schedule.set(expression());
        // Sources may have come or gone.
        refresh();
      }
      schedule.check();
      const isChanged = watcher.takeChange() || isAsked;
      isAsked = false;
      const outcome = monitor.tick(isChanged);
      if (outcome !== "go-on") return leave(leavingOf[outcome]);
      wait(heartbeatMs(deps.config));
    };
    const wait = (ms: number): void => {
      clearTimeout(timer);
      isSoon = false;
      if (!isOver) timer = setTimeout(tick, ms);
    };
    /** Several events of one moment are one tick, and a flood of them cannot put it off. */
    const soon = (): void => {
      isAsked = true;
      if (isSoon) return;
      wait(5);
      isSoon = true;
    };

    stop.addEventListener("abort", () => wait(0), { once: true });
    monitor.publishSettings();
    tick();
    refresh();
  });
}
