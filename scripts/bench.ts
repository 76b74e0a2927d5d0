// npm run bench: our hooks against a bare Node start, in turn and in one go. Prints a table of ratios and writes it to
// bench-results/.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { baseCases, baseName, newsCase, quietCase, sessionCase } from "./bench/cases.ts";
import { measure, quantile, ratio } from "./bench/measure.ts";
import { machine, setStage } from "./bench/stage.ts";

const rounds = Number(process.env["BENCH_ROUNDS"] ?? 40);
const limits: Record<string, number> = {
  "PreToolUse, nothing to say": 0.15,
  "PreToolUse with news": 1.5,
  "SessionStart, the monitor's git state": 2.2,
  "SessionStart, live git": 2.2,
};

const isWatched = process.stderr.isTTY;
using stage = setStage({ files: 5000, tasks: 1000 });
const cases = [
  ...baseCases(stage),
  quietCase(stage),
  newsCase(stage),
  sessionCase(stage, "SessionStart, the monitor's git state", "at hand"),
  sessionCase(stage, "SessionStart, live git", "live"),
];
const samples = await measure(cases, {
  rounds,
  warmUp: 5,
  onRound: (round) => {
    if (isWatched) process.stderr.write(`\rround ${Math.max(0, round + 1)} of ${rounds} `);
  },
});
if (isWatched) process.stderr.write("\n");

const base = samples.find((sample) => sample.name === baseName);
if (base === undefined) throw new Error("the base was not measured");
const rows = samples.map((sample) => {
  const times = [...sample.times.values()];
  return {
    name: sample.name,
    medianMs: quantile(times, 0.5),
    p95Ms: quantile(times, 0.95),
    ratio: ratio(sample, base),
    limit: limits[sample.name] ?? null,
  };
});
const number = (value: number, digits: number): string => value.toFixed(digits).padStart(7);
process.stdout.write(
  `${machine()}\n${rounds} rounds; 5,000 files, 1,000 tasks; ratios to ${baseName}, run by run\n\n`,
);
for (const row of rows) {
  const limit = row.limit === null ? "" : `  at most ${row.limit}`;
  process.stdout.write(
    `${row.name.padEnd(40)} ${number(row.medianMs, 1)} ms  p95 ${number(row.p95Ms, 1)} ms  x ${number(row.ratio.median, 3)}  (${row.ratio.low.toFixed(3)}-${row.ratio.high.toFixed(3)}, p95 ${row.ratio.p95.toFixed(3)})${limit}\n`,
  );
}
const folder = join(import.meta.dirname, "../bench-results");
mkdirSync(folder, { recursive: true });
const file = join(folder, "bench.json");
writeFileSync(file, `${JSON.stringify({ machine: machine(), rounds, rows }, null, 2)}\n`);
process.stdout.write(`\nWritten to ${file}\n`);
