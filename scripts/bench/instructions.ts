// Counts a run's instructions if the machine's counters can be read: they vary less than times.

import { spawnSync } from "node:child_process";
import { quantile } from "./measure.ts";
import type { Case } from "./measure.ts";

const runs = 5;

/** The median of five runs, in user space; null where `perf` is missing or counts nothing here. */
export async function countInstructions(one: Case): Promise<number | null> {
  const counts: number[] = [];
  for (let round = 0; round < runs; round += 1) {
    await one.before?.(round);
    const { stderr } = spawnSync(
      "perf",
      ["stat", "-x,", "-e", "instructions:u", "--", one.command, ...one.args],
      { cwd: one.cwd, env: one.env, input: one.input ?? "", encoding: "utf8" },
    );
    const count = /^(\d+),[^,]*,instructions:u/m.exec(stderr ?? "")?.[1];
    if (count === undefined) return null;
    counts.push(Number(count));
  }
  return quantile(counts, 0.5);
}
