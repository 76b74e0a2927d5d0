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

function ps(pid: number, fields: string): string | null {
  try {
    const text = execFileSync("/bin/ps", ["-o", fields, "-p", String(pid)], {
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
  return process.platform === "win32" ? null : ps(pid, "lstart=");
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

/** What a process uses. */
export interface ProcessUse {
  residentBytes: number;
  /** Processor time since it began, milliseconds. */
  processorMs: number;
  /** How long ago it began, milliseconds; no clock that is set counts. */
  upMs: number;
}

/** Of /proc: 100 everywhere but on a kernel that somebody has built otherwise. */
const ticksASecond = 100;

function linuxUse(pid: number): ProcessUse | null {
  const stat = readSmallFile(`/proc/${pid}/stat`, 4096, { hasSize: false });
  const status = readSmallFile(`/proc/${pid}/status`, 16_384, { hasSize: false });
  const uptime = Number.parseFloat(readSmallFile("/proc/uptime", 4096, { hasSize: false }) ?? "");
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ") ?? [];
  const [user, system, start] = [fields[11], fields[12], fields[19]].map(Number);
  const kilobytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(status ?? "")?.[1]);
  if (user === undefined || system === undefined || start === undefined) return null;
  const use = {
    residentBytes: kilobytes * 1024,
    processorMs: ((user + system) * 1000) / ticksASecond,
    upMs: Math.max(0, Math.round((uptime - start / ticksASecond) * 1000)),
  };
  return Object.values(use).some(Number.isNaN) ? null : use;
}

/** `1-02:03:04` and `2:03.45` of ps, in milliseconds. */
export function psTimeMs(text: string): number {
  const [time = "", days = "0"] = text.split("-").toReversed();
  const seconds = time.split(":").reduce((sum, part) => 60 * sum + Number(part), 0);
  return Math.round((Number(days) * 86_400 + seconds) * 1000);
}

/** Null where there is no such process, or nobody says. */
export function processUse(pid: number): ProcessUse | null {
  if (process.platform === "linux") return linuxUse(pid);
  if (process.platform === "win32") return null;
  const [kilobytes = "", processor = "", up = ""] =
    ps(pid, "rss=,time=,etime=")?.split(/\s+/) ?? [];
  if (up === "") return null;
  return {
    residentBytes: Number(kilobytes) * 1024,
    processorMs: psTimeMs(processor),
    upMs: psTimeMs(up),
  };
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
