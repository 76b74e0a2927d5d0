// Writes docs/performance.md and its chart from one run.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { baseName } from "./cases.ts";
import { chart } from "./chart.ts";
import type { Bar } from "./chart.ts";
import type { ClientFigures } from "./client.ts";
import type { TogetherResult } from "./concurrency.ts";
import type { Compared } from "./peer-case.ts";
import type { Peers } from "./peers.ts";
import { names } from "./rows.ts";
import { markdownOf } from "./table.ts";
import type { Row } from "./table.ts";

export interface BenchResult {
  machine: string;
  date: string;
  rounds: number;
  ours: Row[];
  big: Row[];
  commands: Row[];
  peers: (Row & { beside: Compared })[];
  failed: Peers["failed"];
  together: TogetherResult[];
  client: ClientFigures | { reason: string };
  /** Millions, by name; empty if the machine has no counters. */
  instructions: Record<string, number>;
}

/** The run of ours that a peer is compared with: the common case of the same event. */
const oursBeside: Record<Compared, string> = { SessionStart: names.live, PreToolUse: names.quiet };

function peerTable({ ours, peers }: BenchResult): string {
  const lines = peers.map(({ name, beside, medianMs, ratio }) => {
    const own = ours.find((row) => row.name === oursBeside[beside]);
    const factor = own === undefined ? Number.NaN : ratio.median / own.ratio.median;
    return `| ${name} | ${medianMs.toFixed(1)} | ${ratio.median.toFixed(2)} | ${ratio.low.toFixed(2)}-${ratio.high.toFixed(2)} | ${factor.toFixed(1)} times ${oursBeside[beside]} |`;
  });
  return [
    "| peer | median ms | x `node -e 0` | middle half | slower than ours |",
    "| --- | ---: | ---: | ---: | --- |",
    ...lines,
  ].join("\n");
}

function togetherTable(together: readonly TogetherResult[]): string {
  const lines = together.map(
    ({ atOnce, hooks, errors, cpuMedianMs, cpuP95Ms }) =>
      `| ${atOnce} | ${hooks} | ${errors.length} | ${cpuMedianMs.toFixed(0)} | ${cpuP95Ms.toFixed(0)} |`,
  );
  return [
    "| SessionStart hooks at once | in all | errors | processor time, median ms | p95 ms (at most 40) |",
    "| ---: | ---: | ---: | ---: | ---: |",
    ...lines,
  ].join("\n");
}

function clientLine(client: BenchResult["client"]): string {
  if ("reason" in client) return `The client could not be run: ${client.reason}.`;
  const { calls, trueMs, quietMs, callMs, moduleCallMs } = client;
  const ratio = (moduleCallMs / callMs).toFixed(2);
  return `By the client's debug log, a PreToolUse without news takes ${quietMs} ms (median of ${calls} calls); \`/bin/true\` in its place, ${trueMs} ms.
From one request of the client to the next, a whole call with this hook takes ${callMs.toFixed(1)} ms, and ${moduleCallMs.toFixed(1)} ms with the plugin's module
loaded: ${ratio} times that (medians of ${3 * calls} calls each, in turn).`;
}

function instructionLine(instructions: BenchResult["instructions"]): string {
  const counts = Object.entries(instructions);
  if (counts.length === 0) return "This machine does not count instructions.";
  const words = counts.map(([name, millions]) => `${name} ${millions.toFixed(1)}`);
  return `Instructions in user space, millions: ${words.join("; ")}.`;
}

const bar = (row: Row, kind: Bar["kind"]): Bar => ({
  label: row.name,
  value: row.ratio.median,
  kind,
});

function barsOf({ ours, peers }: BenchResult): Bar[] {
  const bars = [
    ...ours.map((row) =>
      bar(row, row.name === baseName || row.name.startsWith("sh ") ? "base" : "ours"),
    ),
    ...peers.map((row) => bar(row, "peer")),
  ];
  return bars.toSorted((a, b) => a.value - b.value);
}

const page = (result: BenchResult): string => `# Performance

Written by \`npm run bench\`; do not edit. ${result.date}; ${result.machine}.

Each run is a whole process as the client starts it, from \`sh\` to its exit. The runs take turns, so that a machine whose speed drifts
slows all of them alike: ${result.rounds} rounds, after 5 that do not count. Each run is compared with a bare start of the same Node in its
round; ratios are medians of these. Milliseconds hold for this machine only; ratios carry over.

![ratios to a bare start of Node](performance.svg)

## Sitrep

A repository of 5,000 files, 1,000 cached tasks:

${markdownOf(result.ours)}

A repository of 100,000 files, one of them 1 GiB, 10,000 cached tasks, 200 projects in the cache:

${markdownOf(result.big)}

Commands as a person types them, in a pipe, 5,000 files and 10,000 tasks:

${markdownOf(result.commands)}

${togetherTable(result.together)}

Meanwhile a process saves 100 changed tasks every few milliseconds. The time is that of the hook's own processes, without git, which the
gate starts beside Node.

${clientLine(result.client)}

${instructionLine(result.instructions)}

## Peers

Other tools from npm, pinned and in good health (addon built, worker warm), on the same Node and in the same run:

${peerTable(result)}
${result.failed.map(({ name, reason }) => `\n${name} could not be run: ${reason}.\n`).join("")}`;

/** Writes both files into \`folder\`. */
export function writeDocument(folder: string, result: BenchResult): void {
  writeFileSync(join(folder, "performance.md"), page(result));
  const title = "Time of a whole run, as a ratio to a bare start of Node (log scale)";
  writeFileSync(join(folder, "performance.svg"), chart(title, barsOf(result)));
}
