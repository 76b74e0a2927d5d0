// Starts the monitor as a process of its own that outlives its starter and holds none of its pipes.

import { join } from "node:path";
import type { Installation } from "../config/installation.ts";
import type { StateFiles } from "../config/folders.ts";
import { codeOf } from "../core/errors.ts";
import { extendLease, isLeaseRunning, takeLease } from "../state/live/lease.ts";

/** The monitor's bundle in an installed version's folder. */
export const monitorBundle = "monitor.cjs";

/** Starts it detached. Never waits; what goes wrong after the start shows in the lease and in the log. */
export function launchMonitor(installation: Installation, state: string): void {
  // Loaded here: hooks that start no monitor do not pay for it.
  const { spawn } = process.getBuiltinModule("node:child_process");
  const child = spawn(
    installation.node,
    [join(installation.folder, monitorBundle), "monitor", "--state", state],
    { cwd: "/", detached: true, stdio: "ignore", env: { ...installation.env }, windowsHide: true },
  );
  child.on("error", () => undefined);
  child.unref();
}

export interface MonitorStarter {
  /** True while its lease runs. */
  isAlive(): boolean;
  /** Starts it, detached. Never waits and never throws. */
  start(): void;
}

/** How long the lease is moved ahead at a start, so that a monitor that cannot run is not started at every call. */
const startGraceMs = 30_000;

function graceLease(live: string, until: number): void {
  try {
    extendLease(live, until);
  } catch {
    takeLease(live, { pid: 0, processStart: "", version: "", startedAt: 0 }, until);
  }
}

export function createMonitorStarter(
  files: StateFiles,
  installation: Installation | null,
  report: (code: string) => void,
): MonitorStarter {
  return {
    isAlive: () => isLeaseRunning(files.live, Date.now()),
    start: () => {
      try {
        graceLease(files.live, Date.now() + startGraceMs);
        if (installation === null) report("install-incomplete");
        else launchMonitor(installation, files.state);
      } catch (error) {
        report(codeOf(error));
      }
    },
  };
}
