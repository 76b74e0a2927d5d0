// Two processes on one store: one that is killed, and one that holds it.

import { join } from "node:path";
import { expect, test } from "vitest";
import { codeOf } from "../../src/core/errors.ts";
import { openForReading } from "../../src/state/sqlite/sqlite.ts";
import { aNewTask } from "../support/builders.ts";
import { openStore, startWorker } from "../support/store-processes.ts";
import { temporaryFolder } from "../support/temporary.ts";

const project = "/work/shop-api";

test("F4: a task reported as stored survives kill -9", async () => {
  const file = join(temporaryFolder(), "tasks.db");
  await openStore(file);
  const worker = await startWorker("add-for-ever", file, project);
  worker.go();
  const delivered: string[] = [];
  while (delivered.length < 20) delivered.push((await worker.nextLine()) ?? "nothing");
  await worker.kill();
  const db = openForReading(file, 1000);
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  db.close();
  const store = await openStore(file);
  const stored = (await store.list(project)).map(({ id }) => id);
  expect(delivered.filter((id) => !stored.includes(id))).toEqual([]);
  // Each call adds two, or none.
  expect(stored.length % 2).toBe(0);
  const [next] = await store.add(project, [aNewTask()]);
  expect(stored).not.toContain(next?.id);
});

// What is thrown is SQLite's own error. "store-busy" is among the codes, and nothing gives it.
test("a store that another program locks for too long is store-busy", async () => {
  const file = join(temporaryFolder(), "tasks.db");
  await openStore(file);
  const holder = await startWorker("hold-writing", file);
  holder.go();
  expect(await holder.outcome()).toMatchObject({ code: "ok" });
  const store = await openStore(file);
  const before = performance.now();
  const adding = Array.from({ length: 5 }, () =>
    store.add(project, [aNewTask()]).then(() => "ok", codeOf),
  );
  let ticks = 0;
  const ticking = setInterval(() => (ticks += 1), 50);
  // Who waits keeps nobody from reading, nor the process from anything else.
  expect(await store.list(project)).toEqual([]);
  expect(performance.now() - before).toBeLessThan(3000);
  expect(await Promise.all(adding)).toEqual(Array.from(adding, () => "store-busy"));
  clearInterval(ticking);
  expect(ticks).toBeGreaterThan(20);
  // Five who wait behind each other do not wait five times as long.
  expect(performance.now() - before).toBeLessThan(15_000);
});

test("a store can be read while another program writes to it", async () => {
  const file = join(temporaryFolder(), "tasks.db");
  const store = await openStore(file);
  await store.add(project, [aNewTask()]);
  const holder = await startWorker("hold-writing", file);
  holder.go();
  expect(await holder.outcome()).toMatchObject({ code: "ok" });
  expect(await store.list(project)).toHaveLength(1);
});
