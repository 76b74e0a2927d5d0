// npm run bench: times our hooks, a bare Node, a bare shell and the peers on npm in turn, in one run. Prints the table,
// writes it to docs/performance.md with a chart, and all figures to bench-results/bench.json. Ends with 1 when a limit is
// missed. `npm run bench:check` is the small form for CI: ours only, fewer rounds, wider limits, nothing written.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { baseName } from "./bench/cases.ts";
import { clientFigures } from "./bench/client.ts";
import { measureTogether } from "./bench/concurrency.ts";
import { writeDocument } from "./bench/document.ts";
import type { BenchResult } from "./bench/document.ts";
import { countInstructions } from "./bench/instructions.ts";
import { machine } from "./bench/machine.ts";
import { measure } from "./bench/measure.ts";
import type { Case, Sample } from "./bench/measure.ts";
import { setPeers } from "./bench/peers.ts";
import { bigCases, commandCases, smallCases } from "./bench/rows.ts";
import { setUpFixture } from "./bench/fixture.ts";
import { lineOf, rowsOf } from "./bench/table.ts";
import type { Row } from "./bench/table.ts";

const root = join(import.meta.dirname, "..");
const isCheck = process.argv.includes("--check");
const rounds = Number(process.env["BENCH_ROUNDS"] ?? (isCheck ? 15 : 40));
/** Factor for the limits: the machine of the small form may be busy. */
const slack = isCheck ? 1.25 : 1;
const isWatched = process.stderr.isTTY;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function progress(text: string): void {
  if (isWatched) process.stderr.write(`\r\u001b[K${text}`);
}

async function run(label: string, cases: readonly Case[]): Promise<Sample[]> {
  const samples = await measure(cases, {
    rounds,
    warmUp: 5,
    onRound: (round) => progress(`${label}: round ${Math.max(0, round + 1)} of ${rounds}`),
  });
  progress("");
  return samples;
}

function show(heading: string, rows: readonly Row[]): void {
  say(`\n${heading}`);
  for (const row of rows) say(lineOf(row));
}

const missed = (rows: readonly Row[]): string[] =>
  rows.flatMap((row) =>
    row.limits
      .filter(({ isKept }) => !isKept)
      .map(({ ratio, most, to }) => `${row.name}: ${ratio.toFixed(3)} x ${to}, at most ${most}`),
  );

type SmallResult = Pick<BenchResult, "ours" | "peers" | "failed" | "together" | "instructions">;

async function instructionsOf(cases: readonly Case[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const one of cases) {
    const count = await countInstructions(one);
    if (count !== null) counts[one.name] = count / 1e6;
  }
  return counts;
}

async function small(withPeers: boolean): Promise<SmallResult> {
  using fixture = setUpFixture({ files: 5000, tasks: 1000, projects: 0, largestFile: 0 });
  using peers = withPeers ? await setPeers(fixture) : null;
  const peerCases = peers?.cases ?? [];
  const ours = smallCases(fixture);
  const rows = rowsOf(await run("hooks", [...ours, ...peerCases]), baseName, slack);
  const result = {
    ours: rows.filter((row) => ours.some((one) => one.name === row.name)),
    peers: rows.flatMap((row) => {
      const peer = peerCases.find((one) => one.name === row.name);
      return peer === undefined ? [] : [{ ...row, beside: peer.beside }];
    }),
    failed: peers?.failed ?? [],
    together: [],
    instructions: withPeers ? await instructionsOf(ours) : {},
  };
  show("5,000 files, 1,000 tasks", result.ours);
  if (!withPeers) return result;
  show("peers", result.peers);
  for (const { name, reason } of result.failed) say(`${name} could not be run: ${reason}`);
  progress("hooks at once");
  const together = [await measureTogether(fixture, 8, 25), await measureTogether(fixture, 50, 4)];
  progress("");
  for (const { atOnce, hooks, errors, cpuMedianMs, cpuP95Ms } of together) {
    say(
      `${atOnce} at once, ${hooks} in all: ${errors.length} errors, processor time ${cpuMedianMs.toFixed(0)} ms, p95 ${cpuP95Ms.toFixed(0)} ms, at most 40`,
    );
    for (const error of errors.slice(0, 3)) say(`  ${error}`);
  }
  return { ...result, together };
}

async function big(): Promise<Row[]> {
  progress("making a repository of 100,000 files");
  using fixture = setUpFixture({
    files: 100_000,
    tasks: 10_000,
    projects: 199,
    largestFile: 2 ** 30,
  });
  const rows = rowsOf(await run("100,000 files", bigCases(fixture)), baseName, slack);
  show("100,000 files, one of 1 GiB; 10,000 tasks, 200 projects", rows);
  return rows;
}

async function commands(): Promise<Row[]> {
  using fixture = setUpFixture({ files: 5000, tasks: 10_000, projects: 0, largestFile: 0 });
  const rows = rowsOf(await run("commands", commandCases(fixture)), baseName, slack);
  show("commands, 5,000 files, 10,000 tasks", rows);
  return rows;
}

function client(): BenchResult["client"] {
  try {
    progress("the client");
    const figures = clientFigures();
    progress("");
    say(
      `\nthe client's own figure, ${figures.calls} calls: ${figures.quietMs} ms; /bin/true ${figures.trueMs} ms`,
    );
    return figures;
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown";
    say(`\nthe client could not be run: ${reason}`);
    return { reason };
  }
}

say(`${machine()}; ${rounds} rounds, ratios to ${baseName} run by run`);
if (isCheck) {
  const measured = async (): Promise<Row[]> => [
    ...(await small(false)).ours,
    ...(await commands()),
  ];
  let ours = await measured();
  // Measures again before it reports a regression, because a shared machine may be slow for minutes.
  if (missed(ours).length > 0) ours = await measured();
  const failures = missed(ours);
  for (const failure of failures) say(`missed: ${failure}`);
  process.exitCode = failures.length === 0 ? 0 : 1;
} else {
  const result: BenchResult = {
    machine: machine(),
    date: new Date().toISOString().slice(0, 10),
    rounds,
    ...(await small(true)),
    big: await big(),
    commands: await commands(),
    client: client(),
  };
  writeDocument(join(root, "docs"), result);
  const folder = join(root, "bench-results");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "bench.json"), `${JSON.stringify(result, null, 2)}\n`);
  const failures = [
    ...missed([...result.ours, ...result.big, ...result.commands]),
    ...result.together.flatMap(({ atOnce, errors, cpuP95Ms }) =>
      errors.length > 0 || cpuP95Ms > 40 ? [`${atOnce} at once`] : [],
    ),
    ...("quietMs" in result.client && result.client.quietMs - result.client.trueMs > 2
      ? ["the client's own figure: 2 ms over /bin/true"]
      : []),
  ];
  for (const failure of failures) say(`missed: ${failure}`);
  say("\nWritten to docs/performance.md, docs/performance.svg and bench-results/bench.json");
  process.exitCode = failures.length === 0 ? 0 : 1;
}
