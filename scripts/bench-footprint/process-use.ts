// Reads what a process uses from Linux's /proc.

import { readdirSync, readFileSync } from "node:fs";

export interface ProcessUse {
  /** Resident MiB now, and the peak. */
  residentMiB: number;
  maxMiB: number;
  /** Milliseconds of processor time since its start, all threads. */
  cpuMs: number;
  descriptors: number;
  threads: number;
}

/** Linux counts processor time in hundredths of a second on every machine. */
const tickMs = 10;

export function readUse(pid: number): ProcessUse {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const number = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  return {
    residentMiB: number("VmRSS") / 1024,
    maxMiB: number("VmHWM") / 1024,
    cpuMs: (Number(fields[11]) + Number(fields[12])) * tickMs,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    threads: number("Threads"),
  };
}
