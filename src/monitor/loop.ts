// Runs the monitor's ticks until it is asked to stop, is idle, or has lost its installation, lock or cache.

import { existsSync } from "node:fs";
import { dropLease, extendLease, readIdentity, takeLease } from "../state/live/lease.ts";
import type { MonitorIdentity } from "../state/live/lease.ts";
import { fileIdentity, fileSize } from "../state/files/file-stats.ts";
import type { ExclusiveLock } from "../state/sqlite/exclusive-lock.ts";
import type { Monitor, TickOutcome } from "./monitor.ts";
import { watchLive } from "./live-watch.ts";
import { createSchedule } from "./schedule.ts";
import type { FollowedConfig } from "./followed-config.ts";

/** `uninstalled`: the code or folders are gone. `restart`, `lock-lost`: the cache or lock file was replaced. */
export type ExitReason =
  | "stopped"
  | "idle"
  | "uninstalled"
  | "restart"
  | "cache-broken"
  | "lock-lost";

export interface MonitorLoopDeps {
  monitor: (onChange: () => void) => Monitor;
  live: string;
  cacheFile: string;
  /** Identity of the cache file that is open. Another file may replace it before the first tick. */
  cacheIdentity: string;
  config: FollowedConfig;
  lock: Pick<ExclusiveLock, "isInPlace">;
  /** False once this monitor's code, state folder or installation is gone. */
  isStillInstalled: () => boolean;
}

const exitReasonOf: Record<Exclude<TickOutcome, "go-on">, ExitReason> = {
  "stop-requested": "stopped",
  idle: "idle",
  "cache-broken": "cache-broken",
};

/** A killed monitor seems alive for at most this time. */
const leaseMs = 1600;
const renewEveryMs = 500;
/** Events within this time share one tick. */
const soonMs = 5;

/** Writes the whole lease, because somebody may have removed it. */
export function renewLease(live: string, identity: MonitorIdentity): void {
  takeLease(live, identity, Date.now() + leaseMs);
}

function keepLease(live: string): void {
  try {
    extendLease(live, Date.now() + leaseMs);
  } catch {
    // The lease is gone: the next tick writes it again.
  }
}

/** True for a cache that somebody emptied or truncated, which may look new. SQLite itself never shrinks its file. */
function watchForCut(cacheFile: string): () => boolean {
  let size = 0;
  return () => {
    const before = size;
    size = fileSize(cacheFile);
    return size < before || size === 0;
  };
}

function findExitReason(
  deps: MonitorLoopDeps,
  isCut: () => boolean,
  stop: AbortSignal,
): ExitReason | null {
  if (stop.aborted) return "stopped";
  if (!deps.isStillInstalled() || !existsSync(deps.live)) return "uninstalled";
  if (!deps.lock.isInPlace()) return "lock-lost";
  if (fileIdentity(deps.cacheFile) !== deps.cacheIdentity) return "restart";
  return isCut() ? "cache-broken" : null;
}

/** Ticks until there is a reason to exit, and returns it. `stop` aborts when the process is asked to end. */
export async function runMonitorLoop(
  deps: MonitorLoopDeps,
  stop: AbortSignal,
): Promise<ExitReason> {
  const { config, live } = deps;
  const left = Promise.withResolvers<ExitReason>();
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  let isSoon = false;
  let isAsked = true;
  const isCut = watchForCut(deps.cacheFile);
  const wait = (ms: number): void => {
    clearTimeout(timer);
    isSoon = ms <= soonMs;
    if (!isOver) timer = setTimeout(tick, ms);
  };
  /** Schedules a tick soon. Further events do not delay it. */
  const soon = (): void => {
    isAsked = true;
    if (!isSoon) wait(soonMs);
  };
  const monitor = deps.monitor(soon);
  const refresh = (): void => {
    monitor.publishNext(schedule.nextAt());
    monitor.refreshAll();
  };
  const clocks = { monotonic: () => performance.now(), wall: Date.now };
  using schedule = createSchedule(config.current().refresh.schedule, refresh, clocks);
  using watcher = watchLive(live, soon);
  const tick = (): void => {
    const reason = findExitReason(deps, isCut, stop);
    if (reason !== null) return left.resolve(reason);
    if (config.reload()) {
      monitor.publishSettings();
      isAsked = true;
      schedule.set(config.current().refresh.schedule);
      // Sources may have been added or removed.
      refresh();
    }
    schedule.check();
    const isChanged = watcher.takeChange() || isAsked;
    isAsked = false;
    const outcome = monitor.tick(isChanged);
    if (outcome !== "go-on") return left.resolve(exitReasonOf[outcome]);
    wait(config.current().refresh.heartbeatSeconds * 1000);
  };

  const renewals = setInterval(() => keepLease(live), renewEveryMs);
  stop.addEventListener("abort", () => wait(0), { once: true });
  monitor.publishSettings();
  tick();
  refresh();
  const leaving = await left.promise;
  isOver = true;
  clearTimeout(timer);
  clearInterval(renewals);
  // After a lost lock, the lease may belong to another monitor.
  const holder = readIdentity(live)?.pid ?? process.pid;
  if (holder === process.pid) dropLease(live);
  return leaving;
}
