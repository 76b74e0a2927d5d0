// Tells whether a pid is still the process that it was. A pid alone is not proof: they are reused.

import { execFileSync } from "node:child_process";
import { readSmallFile } from "../state/files/read-small-file.ts";

function linuxStart(pid: number): string | null {
  const stat = readSmallFile(`/proc/${pid}/stat`, 4096, { hasSize: false });
  const boot = readSmallFile("/proc/sys/kernel/random/boot_id", 4096, { hasSize: false });
  // The second field is the program's name in brackets and may hold anything; the state is the first after it, the
  // start time the 20th.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ") ?? [];
  const [state, start] = [fields[0], fields[19]];
  // A zombie has ended; only its exit code waits to be collected.
  if (state === "Z" || state === "X" || start === undefined || boot === null) return null;
  return `${boot.trim()} ${start}`;
}

function psStart(pid: number): string | null {
  try {
    const text = execFileSync("/bin/ps", ["-o", "lstart=", "-p", String(pid)], {
      encoding: "utf8",
      // In words that are the same whoever asks.
      env: { LC_ALL: "C", TZ: "UTC" },
      timeout: 2000,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return text.trim() === "" ? null : text.trim();
  } catch {
    return null;
  }
}

/** A text that is the same for one process during its life and differs from any other's; null when there is none. */
export function processStart(pid: number): string | null {
  if (process.platform === "linux") return linuxStart(pid);
  return process.platform === "win32" ? null : psStart(pid);
}

/** As `processStart`, in no time: elsewhere than on Linux it does not tell a process from one that has its pid later. */
export function processMark(pid: number): string | null {
  if (process.platform === "linux") return linuxStart(pid);
  try {
    process.kill(pid, 0);
    return "";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? "" : null;
  }
}

/** Sends a signal to a process if it is the one that started then. False when it is not, or has ended. */
export function signalProcess(pid: number, start: string, signal: "SIGTERM" | "SIGKILL"): boolean {
  if (pid <= 1 || processStart(pid) !== start) return false;
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
