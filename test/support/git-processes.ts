// Looks for processes by their working folder, and waits for a condition without sleeping for a fixed time.

import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

function workingFolder(pid: string): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}

export interface RunningProcess {
  pid: number;
  command: string;
}

/** The processes whose working folder is `folder`; zombies, which have no command, are left out. */
export function processesIn(folder: string): RunningProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && workingFolder(name) === folder)
    .map((name) => ({ pid: Number(name), command: commandLine(name) }))
    .filter(({ command }) => command !== "");
}

/** Waits until the condition holds; gives false when it does not within the time. */
export async function becomesTrue(condition: () => boolean, withinMs = 5000): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > deadline) return false;
    await delay(10);
  }
  return true;
}

/** Ends what still runs in a folder, by pid; for after a test that shows that something stays. */
export function endProcessesIn(folder: string): void {
  for (const { pid } of processesIn(folder)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}
