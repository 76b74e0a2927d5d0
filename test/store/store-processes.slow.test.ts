// Storms of processes on one store: nothing is lost, nothing is given twice, nobody fails.

import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { openForReading } from "../../src/state/sqlite/sqlite.ts";
import { openStore, runTogether, startWorker } from "../support/store-processes.ts";
import { temporaryFolder } from "../support/temporary.ts";

const project = "/work/shop-api";

describe("many store processes", () => {
  test("processes that add tasks at once get 200 different ids, and none fails", async () => {
    const file = join(temporaryFolder(), "tasks.db");
    await openStore(file);
    const { outcomes } = await runTogether(8, "add-tasks", file, project, "25");
    expect(outcomes.map(({ code }) => code)).toEqual(Array.from({ length: 8 }, () => "ok"));
    const given = outcomes.flatMap(({ value }) => (Array.isArray(value) ? value : []));
    const expected = Array.from(
      { length: 200 },
      (_, index) => `TASK-${String(index + 1).padStart(3, "0")}`,
    );
    expect(given.toSorted()).toEqual(expected);
    const stored = await (await openStore(file)).list(project);
    expect(stored.map(({ id }) => id).toSorted()).toEqual(expected);
  });

  // Kysely's migrator runs outside a transaction for SQLite: two processes find nothing and both create the tables.
  // Some of the twenty fail in nearly every round; three rounds make this certain.
  test("processes that open a new store at once all succeed", async () => {
    for (let round = 0; round < 3; round += 1) {
      const file = join(temporaryFolder(), "deep/er/tasks.db");
      const { outcomes } = await runTogether(20, "add-tasks", file, project, "1");
      expect(outcomes.map(({ code }) => code)).toEqual(Array.from({ length: 20 }, () => "ok"));
      expect(await (await openStore(file)).list(project)).toHaveLength(20);
    }
  });
});

/** True when another connection sees the table of tasks. */
function hasTaskTable(file: string): boolean {
  try {
    const db = openForReading(file, 0);
    const found = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'tasks'").get();
    db.close();
    return found !== undefined;
  } catch {
    return false;
  }
}

/** Kills a process that makes a store, at the moment when its first table can be seen. */
async function killWhileMaking(file: string): Promise<void> {
  const worker = await startWorker("count-tasks", file, project);
  worker.go();
  const deadline = performance.now() + 5000;
  while (!hasTaskTable(file) && performance.now() < deadline) await setImmediate();
  await worker.kill();
}

// As above: the tables are there, the note that they were made is not, and every later start makes them again.
test("a store whose creation was cut short by kill -9 can be opened", async () => {
  for (let round = 0; round < 5; round += 1) {
    const file = join(temporaryFolder(), "tasks.db");
    await killWhileMaking(file);
    expect(await (await openStore(file)).list(project)).toEqual([]);
  }
});
