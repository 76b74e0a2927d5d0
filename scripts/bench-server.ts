// npm run bench:server: the REST service over loopback with many tasks in its store, on SQLite and on PostgreSQL. Prints
// the tables and writes them to docs/server-performance.md. Ends with 1 when a limit is missed. BENCH_TASKS and
// BENCH_ROUNDS make it smaller (then nothing is written); BENCH_DATABASE_URL names a PostgreSQL database to fill.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Client } from "pg";
import { plainProjectNames } from "../src/server/backends/project-names.ts";
import { createStoreBackend, dayMs } from "../src/server/backends/store-backend.ts";
import { openStore } from "../src/store/open-store.ts";
import type { StoreAddress } from "../src/store/open-store.ts";
import { startPostgres } from "../test/support/postgres-server.ts";
import { machine } from "./bench/machine.ts";
import { callsOn, measureCall } from "./bench-server/calls.ts";
import type { Figures } from "./bench-server/calls.ts";
import { fill } from "./bench-server/fill.ts";

const root = join(import.meta.dirname, "..");
const tasks = Number(process.env["BENCH_TASKS"] ?? 100_000);
const rounds = Number(process.env["BENCH_ROUNDS"] ?? 400);
const crowd = 16;
/** p95 of a call alone, milliseconds. */
const limitMs = 25;
/** A batch of a hundred is a hundred calls in one. */
const hasLimit = (name: string): boolean => name !== "add 100 tasks";
const isWhole = tasks === 100_000 && rounds === 400;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

async function fillStore(label: string, address: StoreAddress): Promise<number> {
  await using backend = createStoreBackend({
    store: await openStore(address),
    projects: plainProjectNames,
    clock: () => new Date(),
    reservationMs: dayMs,
  });
  const before = performance.now();
  await fill(backend, tasks, (done) => progress(`${label}: ${done} of ${tasks} tasks`));
  return (performance.now() - before) / 1000;
}

/** The service in a process of its own, as the tests start it. */
async function startService(address: string): Promise<{ url: string } & AsyncDisposable> {
  const program = join(root, "test/support/rest-process.ts");
  const child = spawn(process.execPath, [program, address], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const gone = new Promise<void>((resolve) => child.on("close", () => resolve()));
  return {
    url: String(value),
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await gone;
    },
  };
}

/** What PostgreSQL's autovacuum does by itself within minutes. */
async function vacuum(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query("vacuum analyze");
  await client.end();
}

interface StoreFigures {
  label: string;
  fillSeconds: number;
  rows: Figures[];
}

async function measureStore(label: string, address: StoreAddress): Promise<StoreFigures> {
  const fillSeconds = await fillStore(label, address);
  if ("url" in address) await vacuum(address.url);
  await using service = await startService("file" in address ? address.file : address.url);
  const rows: Figures[] = [];
  for (const call of callsOn(tasks)) {
    progress(`${label}: ${call.name}`);
    rows.push(await measureCall(service.url, call, { rounds, crowd }));
  }
  progress("");
  return { label, fillSeconds, rows };
}

function tableOf({ label, fillSeconds, rows }: StoreFigures): string {
  const lines = rows.map(
    ({ name, medianMs, p95Ms, crowdP95Ms, perSecond }) =>
      `| ${name} | ${medianMs.toFixed(1)} | ${p95Ms.toFixed(1)} | ${crowdP95Ms.toFixed(1)} | ${perSecond.toFixed(0)} |`,
  );
  return [
    `## ${label}`,
    "",
    `Filled with ${tasks.toLocaleString("en")} tasks in ${fillSeconds.toFixed(0)} s.`,
    "",
    `| call | median ms | p95 ms | p95 ms, ${crowd} clients | calls a second, ${crowd} clients |`,
    "| --- | ---: | ---: | ---: | ---: |",
    ...lines,
  ].join("\n");
}

function documentOf(stores: readonly StoreFigures[], missed: readonly string[]): string {
  const [, load = 0] = loadavg();
  const date = new Date().toISOString().slice(0, 10);
  return [
    "# Performance of the task server",
    "",
    `Written by \`npm run bench:server\`; do not edit. ${date}; ${machine()}.`,
    "",
    `The REST service in a process of its own, asked over loopback; ${rounds} calls of each kind, one after the other, then by ${crowd} clients at once. The store holds ${tasks.toLocaleString("en")} tasks of one project, and the most pressing of them wait for others. Commits are durable on both stores; PostgreSQL's autovacuum has been through the tables. ${availableParallelism()} processors, and a load of ${load.toFixed(1)} in the last five minutes: above ${availableParallelism() + 1} others were busy, and the figures say more of them than of us. A call alone may take ${limitMs} ms (p95)${missed.length === 0 ? ", and none takes longer" : `; **missed** by ${missed.join(", ")}`}.`,
    "",
    ...stores.map((store) => `${tableOf(store)}\n`),
  ].join("\n");
}

const folder = mkdtempSync(join(tmpdir(), "sitrep-bench-"));
try {
  const stores = [await measureStore("SQLite", { file: join(folder, "tasks.db") })];
  const given = process.env["BENCH_DATABASE_URL"];
  if (given === undefined) {
    await using server = await startPostgres({ isDurable: true });
    stores.push(await measureStore("PostgreSQL", { url: server.url }));
  } else {
    stores.push(await measureStore("PostgreSQL", { url: given }));
  }
  const missed = stores.flatMap(({ label, rows }) =>
    rows
      .filter(({ name, p95Ms }) => hasLimit(name) && p95Ms > limitMs)
      .map(({ name, p95Ms }) => `${label}, ${name}: ${p95Ms.toFixed(1)} ms`),
  );
  const document = documentOf(stores, missed);
  say(document);
  if (isWhole) writeFileSync(join(root, "docs/server-performance.md"), document);
  if (missed.length > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
