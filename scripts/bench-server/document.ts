// The tables that `npm run bench:server` writes.

import { availableParallelism, loadavg } from "node:os";
import { machine } from "../bench/machine.ts";
import type { Figures } from "./calls.ts";

export interface StoreFigures {
  readonly label: string;
  readonly fillSeconds: number;
  readonly diskMiB: number;
  /** Peak memory of the server's process; null if the system does not report it. */
  readonly memoryMiB: number | null;
  readonly rows: readonly Figures[];
}

export interface BenchRun {
  readonly tasks: number;
  readonly rounds: number;
  /** How many clients call at once. */
  readonly clients: number;
  readonly missed: readonly string[];
}

const shown = (ms: number | null): string => ms?.toFixed(2) ?? "";

function sizesOf({ fillSeconds, diskMiB, memoryMiB }: StoreFigures, { tasks }: BenchRun): string {
  const filled = `Filled with ${tasks.toLocaleString("en")} tasks in ${fillSeconds.toFixed(0)} s; they take ${diskMiB.toFixed(0)} MiB.`;
  const used = `The server used at most ${memoryMiB?.toFixed(0)} MiB of memory.`;
  return memoryMiB === null ? filled : `${filled} ${used}`;
}

function tableOf(store: StoreFigures, run: BenchRun): string {
  const { label, rows } = store;
  const { clients } = run;
  const lines = rows.map((row) =>
    [
      row.name,
      row.medianMs.toFixed(1),
      row.p95Ms.toFixed(1),
      row.togetherP95Ms.toFixed(1),
      row.limitMs ?? "",
      row.perSecond.toFixed(0),
      shown(row.serverMs),
      shown(row.databaseMs),
    ].join(" | "),
  );
  return [
    `## ${label}`,
    "",
    sizesOf(store, run),
    "",
    `| call | median ms | p95 ms | p95 ms, ${clients} clients | at most | calls per second, ${clients} clients | processor ms, server | database |`,
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...lines.map((line) => `| ${line} |`),
  ].join("\n");
}

export function documentOf(stores: readonly StoreFigures[], run: BenchRun): string {
  const { tasks, rounds, clients, missed } = run;
  const [, load = 0] = loadavg();
  const processors = availableParallelism();
  const verdict = missed.length === 0 ? "" : ` Missed: **${missed.join(", ")}**.`;
  return [
    "# Performance of the task server",
    "",
    `Written by \`npm run bench:server\`; do not edit. ${new Date().toISOString().slice(0, 10)}; ${machine()}.`,
    "",
    `This measures the built \`sitrep serve\` over loopback with a key: REST, and the task tools over \`/mcp\`, without the tool cache. Each call runs ${rounds} times in sequence, then from ${clients} clients at once. The store holds ${tasks.toLocaleString("en")} tasks of one project; the most urgent wait for others. Commits are durable on both stores, and PostgreSQL's tables are vacuumed. The machine has ${processors} processors, with a load of ${load.toFixed(1)} in the last five minutes; above ${processors + 1}, other programs were busy and distort the figures. Processor time is per call with ${clients} clients. One thread answers, so each of ${clients} clients waits for at least ${clients} calls. An empty tool is the minimum for the others.${verdict}`,
    "",
    ...stores.map((store) => `${tableOf(store, run)}\n`),
  ].join("\n");
}
