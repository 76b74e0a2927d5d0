// The migration of a store, by a made-up second migration.

import { statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { openStoreDatabase } from "../../../src/store/database/database.ts";
import { openTaskStore, type TaskStore } from "../../../src/store/task-store.ts";
import { aNewTask } from "../../support/builders.ts";
import { openMigrated, withSecondMigration } from "../../support/store-migrations.ts";
import { runTogether, startWorker } from "../../support/store-processes.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const shop = "/work/shop-api";
const titles = ["One", "Two", "Three"];

const open = (file: string): Promise<TaskStore> =>
  openTaskStore(file, { source: "embedded", clock: () => new Date(), author: null });

/** A store with only the first migration, and three tasks. */
async function firstStore(): Promise<string> {
  const file = join(temporaryFolder(), "tasks.db");
  await using store = await open(file);
  await store.add(
    shop,
    titles.map((title) => aNewTask({ title })),
  );
  return file;
}

/** The titles and the column that the second migration fills, in a migrated store. */
async function migratedRows(file: string): Promise<unknown[]> {
  await using store = await openMigrated(file);
  const { rows } = await sql`select title, initial from tasks order by id`.execute(store.db);
  return rows;
}

const allRows = titles.map((title) => ({ title, initial: title[0] }));

test("a store that lacks a migration gets it, and keeps every task", async () => {
  const file = await firstStore();
  expect(await migratedRows(file)).toEqual(allRows);
  expect(await migratedRows(file)).toEqual(allRows);
});

test("a version that does not know the last migration refuses the store", async () => {
  const file = await firstStore();
  await migratedRows(file);
  await expect(open(file)).rejects.toMatchObject({
    code: "store-newer",
    message: expect.stringContaining("schema 3; this version supports up to 2"),
  });
});

test("a migration that fails leaves the store as it was", async () => {
  const file = await firstStore();
  const failing = {
    ...withSecondMigration("sqlite"),
    "004-failing": { up: async () => Promise.reject(new Error("made up")) },
  };
  await expect(openStoreDatabase(file, failing)).rejects.toMatchObject({
    code: "store-unreadable",
    message: expect.stringContaining("made up"),
  });
  await using store = await open(file);
  expect((await store.list(shop)).map(({ title }) => title)).toEqual(titles);
});

test("many processes that migrate a store at the same time all find every task", async () => {
  const file = await firstStore();
  const { outcomes } = await runTogether(8, "migrate", file);
  expect(outcomes).toEqual(Array.from({ length: 8 }, () => ({ code: "ok", value: 3 })));
});

/** SITREP_ROUNDS sets more. */
const rounds = Math.min(200, Number(process.env["SITREP_ROUNDS"] ?? 4));

const logSize = (file: string): number =>
  statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? -1;

test("F20: a store whose migration was cut short by kill -9 has every task", async () => {
  // Killed when its log exists, and when it has content: before and in the middle of the commit, or just after.
  for (let round = 0; round < rounds; round += 1) {
    const size = round % 2;
    const file = await firstStore();
    const worker = await startWorker("migrate", file);
    worker.go();
    const deadline = performance.now() + 5000;
    while (logSize(file) < size && performance.now() < deadline) await setImmediate();
    await worker.kill();
    expect(await migratedRows(file)).toEqual(allRows);
  }
}, 3_600_000);
