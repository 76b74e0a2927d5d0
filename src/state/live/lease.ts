// The lease's modification time is its expiry: the gate compares it by `-nt`, without a process.

import { mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  orElse,
  orNull,
  parseObject,
  readNumber,
  readString,
  shape,
  type Read,
} from "../../core/read.ts";
import { readChangedAt } from "../files/file-stats.ts";
import { readSmallFile } from "../files/read-small-file.ts";
import { publishFile } from "../files/replace-file.ts";

/** The dots distinguish these names from session ids. */
export const leaseFile = (live: string): string => join(live, "monitor.alive");
/** Until its modification time no other monitor is started. */
export const startingFile = (live: string): string => join(live, "monitor.starting");
export const wakeFile = (live: string): string => join(live, "monitor.wake");

const readHolder = shape({
  pid: readNumber,
  /** Distinguishes a reused pid from the same process. */
  processStart: readString,
  version: orElse(readString, ""),
  startedAt: readNumber,
});
export type MonitorIdentity = Read<typeof readHolder>;

/** A time further ahead than this was written while the clock was wrong. */
const furthestMs = 2 * 60_000;

function isAhead(file: string, now: number): boolean {
  try {
    const at = readChangedAt(file) ?? 0;
    return at > now && at <= now + furthestMs;
  } catch {
    return false;
  }
}

/** True while the lease runs. Never throws. */
export const isLeaseRunning = (live: string, now: number): boolean => isAhead(leaseFile(live), now);

/** True for a while after a start, so that a monitor that cannot run is not started at every call. Never throws. */
export const isStarting = (live: string, now: number): boolean => isAhead(startingFile(live), now);

export function noteStart(live: string, until: number): void {
  mkdirSync(live, { recursive: true, mode: 0o700 });
  publishFile(startingFile(live), "", until);
}

/** A text that changes with each renewal of the lease, whatever the clock says; empty without a lease. */
export function leaseMark(live: string): string {
  const stats = statSync(leaseFile(live), { throwIfNoEntry: false });
  return stats === undefined ? "" : `${stats.ino} ${stats.mtimeMs}`;
}

/** Takes or renews the lease until `until` (epoch milliseconds). Throws if somebody removed the folder. */
export function takeLease(live: string, identity: MonitorIdentity, until: number): void {
  publishFile(leaseFile(live), `${JSON.stringify(identity)}\n`, until);
}

export function dropLease(live: string): void {
  rmSync(leaseFile(live), { force: true });
}

/** Marks the start as finished: if the monitor is killed from now on, it is started again at once. */
export function dropStart(live: string): void {
  rmSync(startingFile(live), { force: true });
}

export const readIdentity = (live: string): MonitorIdentity | null =>
  orNull(readHolder)(parseObject(readSmallFile(leaseFile(live), 4096)));

/** Moves the expiry, which needs no file descriptor. Throws when there is no lease. */
export function extendLease(live: string, until: number): void {
  utimesSync(leaseFile(live), until / 1000, until / 1000);
}

/** Makes the monitor look for requests at once. Never throws. */
export function wakeMonitor(live: string): void {
  try {
    writeFileSync(wakeFile(live), "", { mode: 0o600 });
  } catch {
    // The monitor checks at its next tick anyway.
  }
}
