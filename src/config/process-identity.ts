// Tells whether a pid is still the same process, and what that process uses. A pid alone proves nothing: pids are reused.

import { execFileSync } from "node:child_process";
import { readSmallFile } from "../state/files/read-small-file.ts";

const readProc = (path: string, maxBytes = 4096): string | null =>
  readSmallFile(`/proc/${path}`, maxBytes);

/** Linux's id of this boot; null on other systems. */
export const bootId = (): string | null => readProc("sys/kernel/random/boot_id")?.trim() ?? null;

/** The fields of /proc/PID/stat from the state on. The program's name before them may contain anything. */
function statFields(pid: number): string[] {
  const stat = readProc(`${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ") ?? [];
}

function linuxStart(pid: number): string | null {
  const fields = statFields(pid);
  const [state, start] = [fields[0], fields[19]];
  const boot = bootId();
  // A zombie has ended; only its exit code waits to be collected.
  return state === "Z" || state === "X" || start === undefined || boot === null
    ? null
    : `${boot} ${start}`;
}

function ps(pid: number, fields: string): string | null {
  try {
    const text = execFileSync("/bin/ps", ["-o", fields, "-p", String(pid)], {
      encoding: "utf8",
      // Otherwise the text depends on the caller's language and time zone.
      env: { LC_ALL: "C", TZ: "UTC" },
      timeout: 2000,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return text.trim() || null;
  } catch {
    return null;
  }
}

const maxEnvironment = 4 * 1024 * 1024;
const maxAncestors = 100;

/**
 * True if an ancestor process was started with the variable: a process can unset it for its children, but not in its ancestors.
 * False outside Linux, which cannot tell, and for orphaned processes.
 */
export function hasAncestorWith(name: string, from: number = process.ppid): boolean {
  let pid = from;
  for (let at = 0; at < maxAncestors && pid > 1; at += 1) {
    const variables = readProc(`${pid}/environ`, maxEnvironment)?.split("\0") ?? [];
    if (variables.some((one) => one.startsWith(`${name}=`) && one !== `${name}=`)) return true;
    pid = Number(statFields(pid)[1] ?? 0);
  }
  return false;
}

/** A text that identifies a process: constant during its life, different from any other's. Null when it is not running. */
export function processStart(pid: number): string | null {
  if (process.platform === "linux") return linuxStart(pid);
  return process.platform === "win32" ? null : ps(pid, "lstart=");
}

/** As `processStart`, without starting `ps`: outside Linux it cannot tell a process from a later one with the same pid. */
export function processMark(pid: number): string | null {
  if (process.platform === "linux") return linuxStart(pid);
  try {
    process.kill(pid, 0);
    return "";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? "" : null;
  }
}

export interface ProcessUse {
  residentBytes: number;
  processorMs: number;
  /** Time since it started, by a monotonic clock. */
  upMs: number;
}

/** The unit of /proc, except on kernels built with another value. */
const ticksASecond = 100;

function linuxUse(pid: number): ProcessUse | null {
  const fields = statFields(pid);
  const [user = NaN, system = NaN, start = NaN] = [fields[11], fields[12], fields[19]].map(Number);
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readProc(`${pid}/status`, 16_384) ?? "")?.[1];
  const uptime = Number.parseFloat(readProc("uptime") ?? "");
  const use = {
    residentBytes: Number(kilobytes) * 1024,
    processorMs: ((user + system) * 1000) / ticksASecond,
    upMs: Math.max(0, Math.round((uptime - start / ticksASecond) * 1000)),
  };
  return Object.values(use).some(Number.isNaN) ? null : use;
}

/** Milliseconds in a time of ps: `1-02:03:04` or `2:03.45`. */
export function psTimeMs(text: string): number {
  const [time = "", days = "0"] = text.split("-").toReversed();
  const seconds = time.split(":").reduce((sum, part) => 60 * sum + Number(part), 0);
  return Math.round((Number(days) * 86_400 + seconds) * 1000);
}

export function processUse(pid: number): ProcessUse | null {
  if (process.platform === "linux") return linuxUse(pid);
  if (process.platform === "win32") return null;
  const [kilobytes, processor, up] = ps(pid, "rss=,time=,etime=")?.split(/\s+/) ?? [];
  if (kilobytes === undefined || processor === undefined || up === undefined) return null;
  return {
    residentBytes: Number(kilobytes) * 1024,
    processorMs: psTimeMs(processor),
    upMs: psTimeMs(up),
  };
}

/** Signals the process with this `processStart`. False when it has ended. */
export function signalProcess(pid: number, start: string, signal: "SIGTERM" | "SIGKILL"): boolean {
  if (pid <= 1 || processStart(pid) !== start) return false;
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
