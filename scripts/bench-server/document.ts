// What `npm run bench:server` writes.

import { availableParallelism, loadavg } from "node:os";
import { machine } from "../bench/machine.ts";
import type { Figures } from "./calls.ts";

export interface StoreFigures {
  readonly label: string;
  readonly fillSeconds: number;
  readonly rows: readonly Figures[];
}

export interface BenchRun {
  readonly tasks: number;
  readonly rounds: number;
  /** So many clients at once. */
  readonly clients: number;
  readonly missed: readonly string[];
}

const shown = (ms: number | null): string => ms?.toFixed(2) ?? "";

function tableOf({ label, fillSeconds, rows }: StoreFigures, { tasks, clients }: BenchRun): string {
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
    `Filled with ${tasks.toLocaleString("en")} tasks in ${fillSeconds.toFixed(0)} s.`,
    "",
    `| call | median ms | p95 ms | p95 ms, ${clients} clients | at most | calls a second, ${clients} clients | processor ms of the server | of the database |`,
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
    `\`sitrep serve\` as it is built, asked over loopback with a key: REST, and the task tools over \`/mcp\`; nothing is answered from the tool cache. ${rounds} calls of each kind, one after the other, then by ${clients} clients at once. The store holds ${tasks.toLocaleString("en")} tasks of one project, and the most pressing of them wait for others. Commits are durable on both stores; PostgreSQL's autovacuum has been through the tables. ${processors} processors, and a load of ${load.toFixed(1)} in the last five minutes: above ${processors + 1} others were busy, and the figures say more of them than of us. The processor's time is that of a call of ${clients} clients; what answers is one thread, so that nobody of ${clients} waits for less than ${clients} calls of the server's. An empty tool is the floor of the others.${verdict}`,
    "",
    ...stores.map((store) => `${tableOf(store, run)}\n`),
  ].join("\n");
}
