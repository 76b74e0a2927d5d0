// The monitor's heartbeat: a file, the lease, whose modification time is when it expires. The gate compares it with its own
// stamp by the shell's `-nt`, so that it needs no process and no clock.

import { mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseObject, readNumber, readString } from "../../core/read.ts";
import { readSmallFile } from "../files/read-small-file.ts";
import { publishFile } from "../files/replace-file.ts";

/** Dots keep these names apart from session ids. */
export const leaseFile = (live: string): string => join(live, "monitor.alive");
export const wakeFile = (live: string): string => join(live, "monitor.wake");

/** Who holds the lease. `processStart` tells a reused pid from the same process. */
export interface MonitorIdentity {
  pid: number;
  processStart: string;
  version: string;
  /** Epoch milliseconds. */
  startedAt: number;
}

/** True while the lease runs. Never throws. */
export function isLeaseRunning(live: string, now: number): boolean {
  try {
    return statSync(leaseFile(live)).mtimeMs > now;
  } catch {
    return false;
  }
}

/** Takes or renews the lease until `until` (epoch milliseconds). No reader ever finds it empty or run out meanwhile. */
export function takeLease(live: string, identity: MonitorIdentity, until: number): void {
  mkdirSync(live, { recursive: true, mode: 0o700 });
  publishFile(leaseFile(live), `${JSON.stringify(identity)}\n`, until);
}

export function dropLease(live: string): void {
  rmSync(leaseFile(live), { force: true });
}

/** The holder that the lease names, running or not; null when there is none. */
export function readIdentity(live: string): MonitorIdentity | null {
  const from = parseObject(readSmallFile(leaseFile(live), 4096));
  const [pid, startedAt] = [readNumber(from?.["pid"]), readNumber(from?.["startedAt"])];
  const processStart = readString(from?.["processStart"]);
  if (pid === undefined || startedAt === undefined || processStart === undefined) return null;
  return { pid, startedAt, processStart, version: readString(from?.["version"]) ?? "" };
}

/** Moves the expiry. Throws when there is no lease. */
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
