// npm run bench:server: `sitrep serve` over loopback with many tasks in its store, on SQLite and on PostgreSQL. Prints
// the tables and writes them to docs/server-performance.md. Ends with 1 when a limit is missed. BENCH_TASKS and
// BENCH_ROUNDS make it smaller (then nothing is written); BENCH_DATABASE_URL names a PostgreSQL database to fill.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { plainProjectNames } from "../src/server/backends/project-names.ts";
import { createStoreBackend, dayMs } from "../src/server/backends/store-backend.ts";
import { openStore } from "../src/store/database/database.ts";
import type { StoreAddress } from "../src/store/database/database.ts";
import { startPostgres } from "../test/support/postgres-server.ts";
import { callsOn, measureCall } from "./bench-server/calls.ts";
import type { Figures } from "./bench-server/calls.ts";
import { documentOf } from "./bench-server/document.ts";
import type { StoreFigures } from "./bench-server/document.ts";
import { fill } from "./bench-server/fill.ts";
import { startServed } from "./bench-server/served.ts";
import { diskMiB, peakMemoryMiB } from "./bench-server/sizes.ts";

const root = join(import.meta.dirname, "..");
const tasks = Number(process.env["BENCH_TASKS"] ?? 100_000);
const rounds = Number(process.env["BENCH_ROUNDS"] ?? 400);
const clients = 16;
const folder = mkdtempSync(join(tmpdir(), "sitrep-bench-"));
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

/** Does at once what PostgreSQL's autovacuum does within minutes. */
async function vacuum(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query("vacuum analyze");
  await client.end();
}

async function measureStore(label: string, address: StoreAddress): Promise<StoreFigures> {
  const fillSeconds = await fillStore(label, address);
  if ("url" in address) await vacuum(address.url);
  // Measured before the calls, which add rows.
  const disk = await diskMiB(address);
  const home = mkdtempSync(join(folder, "home-"));
  await using served = await startServed("file" in address ? address.file : address.url, home);
  const rows: Figures[] = [];
  const [first, ...others] = callsOn(tasks);
  // Warms up the code that every request runs: otherwise the first call's figures would include V8's compiling.
  if (first !== undefined) await measureCall(served, first, { rounds: rounds * 3, clients });
  for (const call of first === undefined ? [] : [first, ...others]) {
    progress(`${label}: ${call.name}`);
    rows.push(await measureCall(served, call, { rounds, clients }));
  }
  progress("");
  return { label, fillSeconds, diskMiB: disk, memoryMiB: peakMemoryMiB(served.pid), rows };
}

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
      .filter(({ togetherP95Ms, limitMs }) => togetherP95Ms > (limitMs ?? Infinity))
      .map(({ name, togetherP95Ms }) => `${label}, ${name}: ${togetherP95Ms.toFixed(1)} ms`),
  );
  const document = documentOf(stores, { tasks, rounds, clients, missed });
  say(document);
  if (isWhole) writeFileSync(join(root, "docs/server-performance.md"), document);
  if (missed.length > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
