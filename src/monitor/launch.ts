// Starts the monitor as a process of its own that outlives its starter and holds none of its pipes.

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Installation } from "../config/installation.ts";
import type { StateFiles } from "../config/folders.ts";
import { codeOf } from "../core/errors.ts";
import { isLeaseRunning, isStarting, noteStart } from "../state/live/lease.ts";

/** The monitor's bundle in an installed version's folder. */
export const monitorBundle = "monitor.cjs";

/**
 * For a process that waits all day: little lives long in it (with V8's own 16 MiB for that a flood of small messages is
 * collected 60 MB too late), and nothing is done often enough for V8's compilers, which are thirteen of the megabytes that it
 * would have resident; two more are V8's own copy of its builtins.
 */
export const monitorFlags: readonly string[] = [
  "--max-semi-space-size=2",
  "--optimize-for-size",
  "--no-opt",
  "--no-maglev",
  "--no-sparkplug",
  "--no-short-builtin-calls",
  "--expose-gc",
];

/** glibc keeps what was freed in a heap of each thread's own, twenty megabytes after a refresh; others pass over it. */
export const monitorVariables: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: "1",
  MALLOC_TRIM_THRESHOLD_: "65536",
};

/** What is started of a record: where its own bundle has gone, as with the client's plugin, the other installation's. */
export const startable = (installation: Installation): Installation =>
  installation.other === undefined || existsSync(join(installation.folder, monitorBundle))
    ? installation
    : installation.other;

/** Starts it detached. Never waits; what goes wrong after the start shows in the lease and in the log. */
export function launchMonitor(recorded: Installation, state: string): void {
  const installation = startable(recorded);
  // Loaded here: hooks that start no monitor do not pay for it.
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
