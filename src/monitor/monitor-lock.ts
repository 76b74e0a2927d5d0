// Ensures that only one monitor runs, with an OS lock and a lease that shows whether the lock's holder is alive.

import { leaseMark, readIdentity } from "../state/live/lease.ts";
import { signalProcess } from "../config/process-identity.ts";
import { tryLock, type ExclusiveLock } from "../state/sqlite/exclusive-lock.ts";

/** A healthy monitor renews its lease four times in this time. A monitor that never does is stuck. */
const stuckAfterMs = 2000;
const endWaitMs = 1000;
const pollMs = 50;

const pause = (ms: number): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** Returns the lock once it is free, "renewed" if its holder renews the lease, or null if the holder does not. */
function watchHolder(lockFile: string, live: string): ExclusiveLock | "renewed" | null {
  const end = performance.now() + stuckAfterMs;
  const seen = leaseMark(live);
  for (;;) {
    const lock = tryLock(lockFile);
    if (lock !== null) return lock;
    const mark = leaseMark(live);
    if (mark !== seen && mark !== "") return "renewed";
    if (performance.now() > end) return null;
    pause(pollMs);
  }
}

/** Returns null if a healthy monitor holds the lock. Asks a holder that renews no lease to end, then kills it. */
export function takeMonitorLock(lockFile: string, live: string): ExclusiveLock | null {
  const watched = watchHolder(lockFile, live);
  if (watched === "renewed") return null;
  const holder = readIdentity(live);
  if (watched !== null) {
    // A process that has the lease but not the lock has lost the lock file.
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
