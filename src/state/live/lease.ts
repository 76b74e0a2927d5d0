// The monitor's heartbeat: a file, the lease, whose modification time is when it expires. The gate compares it with its own
// stamp by the shell's `-nt`, so that it needs no process and no clock.

import { mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseObject, readNumber, readString } from "../../core/read.ts";
import { readSmallFile } from "../files/read-small-file.ts";
import { publishFile } from "../files/replace-file.ts";

/** Dots keep these names apart from session ids. */
export const leaseFile = (live: string): string => join(live, "monitor.alive");
/** Its modification time is until when no monitor is started again. */
export const startingFile = (live: string): string => join(live, "monitor.starting");
export const wakeFile = (live: string): string => join(live, "monitor.wake");

/** Who holds the lease. `processStart` tells a reused pid from the same process. */
export interface MonitorIdentity {
  pid: number;
  processStart: string;
  version: string;
  /** Epoch milliseconds. */
  startedAt: number;
}

/** A file that says of a time further ahead than this was written while the clock was wrong. */
const furthestMs = 2 * 60_000;

function isAhead(file: string, now: number): boolean {
  try {
    const { mtimeMs } = statSync(file);
    return mtimeMs > now && mtimeMs <= now + furthestMs;
  } catch {
    return false;
  }
}

/** True while the lease runs. Never throws. */
export const isLeaseRunning = (live: string, now: number): boolean => isAhead(leaseFile(live), now);

/** True for a while after a start, so that a monitor that cannot run is not started at every call. Never throws. */
export const isStarting = (live: string, now: number): boolean => isAhead(startingFile(live), now);

/** Notes that a monitor is being started, until `until` (epoch milliseconds). */
export function noteStart(live: string, until: number): void {
  mkdirSync(live, { recursive: true, mode: 0o700 });
  publishFile(startingFile(live), "", until);
}

/** A text that changes whenever the lease is renewed, whatever the clock says; empty where there is none. */
export function leaseMark(live: string): string {
  const stats = statSync(leaseFile(live), { throwIfNoEntry: false });
  return stats === undefined ? "" : `${stats.ino} ${stats.mtimeMs}`;
}

/**
 * Takes or renews the lease until `until` (epoch milliseconds). No reader ever finds it empty or run out meanwhile. Throws
 * where the folder is gone: it is not made again under the hands of whoever takes it away.
 */
export function takeLease(live: string, identity: MonitorIdentity, until: number): void {
  publishFile(leaseFile(live), `${JSON.stringify(identity)}\n`, until);
}

export function dropLease(live: string): void {
  rmSync(leaseFile(live), { force: true });
}

/** A monitor is up: one that is killed from here on is started again at once. */
export function dropStart(live: string): void {
  rmSync(startingFile(live), { force: true });
}

/** The holder that the lease names, running or not; null when there is none. */
export function readIdentity(live: string): MonitorIdentity | null {
  const from = parseObject(readSmallFile(leaseFile(live), 4096));
  const [pid, startedAt] = [readNumber(from?.["pid"]), readNumber(from?.["startedAt"])];
  const processStart = readString(from?.["processStart"]);
  if (pid === undefined || startedAt === undefined || processStart === undefined) return null;
  return { pid, startedAt, processStart, version: readString(from?.["version"]) ?? "" };
}

/** Moves the expiry, which needs no free descriptor. Throws when there is no lease. */
export function extendLease(live: string, until: number): void {
  utimesSync(leaseFile(live), until / 1000, until / 1000);
}

/** Makes the monitor look for requests at once. Never throws. */
export function wakeMonitor(live: string): void {
  try {
    writeFileSync(wakeFile(live), "", { mode: 0o600 });
  } catch {
    // It looks by itself at its next tick.
  }
}
