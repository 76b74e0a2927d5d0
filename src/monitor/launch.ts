// Starts the monitor as a separate process that outlives its parent and holds none of its pipes.

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Installation } from "../config/installation.ts";
import type { StateFiles } from "../config/folders.ts";
import { codeOf } from "../core/errors.ts";
import { isLeaseRunning, isStarting, noteStart } from "../state/live/lease.ts";

export const monitorBundle = "monitor.cjs";

/** For a process that mostly waits: V8's defaults let 60 MB of garbage pile up, and its compilers take 13 MB. */
export const monitorFlags: readonly string[] = [
  "--max-semi-space-size=2",
  "--optimize-for-size",
  "--no-opt",
  "--no-maglev",
  "--no-sparkplug",
  "--no-short-builtin-calls",
  "--expose-gc",
];

/** glibc would keep 20 MB of freed memory in its threads' heaps after a refresh; other C libraries ignore these. */
export const monitorVariables: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: "1",
  MALLOC_TRIM_THRESHOLD_: "65536",
};

/** The recorded installation, or the other one if the recorded bundle is gone, for example with a removed plugin. */
export const startableInstallation = (installation: Installation): Installation =>
  installation.other === undefined || existsSync(join(installation.folder, monitorBundle))
    ? installation
    : installation.other;

export function launchMonitor(recorded: Installation, state: string): void {
  const installation = startableInstallation(recorded);
  // Loaded here, so that hooks that start no monitor do not pay for it.
  const { spawn } = process.getBuiltinModule("node:child_process");
  const child = spawn(
    installation.node,
    [...monitorFlags, join(installation.folder, monitorBundle), "monitor", "--state", state],
    {
      cwd: "/",
      detached: true,
      stdio: "ignore",
      env: { ...installation.env, ...monitorVariables },
      windowsHide: true,
    },
  );
  child.on("error", () => undefined);
  child.unref();
}

export interface MonitorStarter {
  isAlive(): boolean;
  /** Starts the monitor, unless a start was tried a moment ago. Never waits and never throws. */
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
