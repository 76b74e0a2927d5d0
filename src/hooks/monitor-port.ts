// The monitor as the hooks reach it: its lease, and a start of its own process.

import type { Installation } from "../config/installation.ts";
import type { StateFiles } from "../config/folders.ts";
import { codeOf } from "../core/errors.ts";
import type { MonitorStarter } from "./ports.ts";
import { extendLease, isLeaseRunning, takeLease } from "../state/live/lease.ts";
import { launchMonitor } from "../monitor/launch.ts";

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
