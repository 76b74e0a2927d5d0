// What a process uses, as Linux says it below /proc.

import { readdirSync, readFileSync } from "node:fs";

export interface ProcessUse {
  /** MiB resident now, and the most that ever was. */
  residentMiB: number;
  maxMiB: number;
  /** Of the processor, in all its threads: milliseconds since its start. */
  cpuMs: number;
  descriptors: number;
  threads: number;
}

/** Linux counts in hundredths of a second on every machine that it runs on. */
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
