import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Describes the machine, for the table's heading. */
export function machine(): string {
  const cpu =
    /model name\s*:\s*(.+)/.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "unknown CPU";
  const git = execFileSync("git", ["--version"], { encoding: "utf8" }).trim();
  return `${cpu}, Node ${process.versions.node}, ${git}, ${process.platform} ${process.arch}`;
}
