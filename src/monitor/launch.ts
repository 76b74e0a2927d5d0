// Starts the monitor as a process of its own that outlives its starter and holds none of its pipes.

import { join } from "node:path";
import type { Installation } from "../config/installation.ts";
import type { StateFiles } from "../config/folders.ts";
import { codeOf } from "../core/errors.ts";
import { isLeaseRunning, isStarting, noteStart } from "../state/live/lease.ts";

/** The monitor's bundle in an installed version's folder. */
export const monitorBundle = "monitor.cjs";

/** MiB. Little lives long in the monitor: with V8's own 16 a flood of small messages is collected 60 MB too late. */
const youngGeneration = "--max-semi-space-size=2";

/** Starts it detached. Never waits; what goes wrong after the start shows in the lease and in the log. */
export function launchMonitor(installation: Installation, state: string): void {
  // Loaded here: hooks that start no monitor do not pay for it.
  const { spawn } = process.getBuiltinModule("node:child_process");
  const child = spawn(
    installation.node,
    [youngGeneration, join(installation.folder, monitorBundle), "monitor", "--state", state],
    { cwd: "/", detached: true, stdio: "ignore", env: { ...installation.env }, windowsHide: true },
  );
  child.on("error", () => undefined);
  child.unref();
}

export interface MonitorStarter {
  /** True while its lease runs. */
  isAlive(): boolean;
  /** Starts it, detached, unless that was tried a moment ago. Never waits and never throws. */
  start(): void;
}

const startGraceMs = 30_000;

export function createMonitorStarter(
  files: StateFiles,
  installation: Installation | null,
  report: (code: string) => void,
): MonitorStarter {
  return {
    isAlive: () => isLeaseRunning(files.live, Date.now()),
    start: () => {
      try {
        if (isStarting(files.live, Date.now())) return;
        noteStart(files.live, Date.now() + startGraceMs);
        if (installation === null) report("install-incomplete");
        else launchMonitor(installation, files.state);
      } catch (error) {
        report(codeOf(error));
      }
    },
  };
}
