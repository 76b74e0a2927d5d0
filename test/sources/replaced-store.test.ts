// The store's file emptied or taken away under a monitor that has it open: what it held is not "gone", it is not known.

import { rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loadConfig } from "../../src/config/config-file.ts";
import { stateFiles } from "../../src/config/folders.ts";
import { refreshTasks } from "../../src/sources/refresh.ts";
import { createSourcePool } from "../../src/sources/source-pool.ts";
import { changesSince } from "../../src/state/cache/task-changes.ts";
import { readSourceViews } from "../../src/state/cache/source-views.ts";
import { openTaskStore } from "../../src/store/task-store.ts";
import { aNewTask, day, minute } from "../support/builders.ts";
import { temporaryCache } from "../support/cache.ts";
import { temporaryFolder } from "../support/temporary.ts";

const scope = { path: "/work/shop-api", name: "shop-api" };

async function aMonitor() {
  const files = stateFiles(join(temporaryFolder(), "state"));
  const db = temporaryCache();
  const pool = createSourcePool({ files, config: () => loadConfig("", {}), env: null });
  onTestFinished(() => pool[Symbol.asyncDispose]());
  const add = async (title: string): Promise<void> => {
    await using store = await openTaskStore(files.store, {
      source: "embedded",
      clock: () => new Date(),
      author: null,
    });
    await store.add(scope.path, [aNewTask({ title })]);
  };
  const refresh = async (): Promise<string | null | undefined> => {
    const deps = { db, sourcesOf: pool.sourcesOf, now: Date.now, timeoutMs: 5000, bySession: null };
    return (await refreshTasks(deps, scope, { force: true }))[0]?.code;
  };
  const limits = { freshMs: 15 * minute, expireMs: 7 * day };
  const titles = (): string[] =>
    readSourceViews(db, { project: scope.path, branch: null, now: Date.now(), limits, most: 6 })
      .flatMap(({ tasks }) => tasks)
      .map(({ title }) => title);
  await add("Fix the till");
  expect(await refresh()).toBeNull();
  return { files, db, add, refresh, titles };
}

const suffixes = ["", "-wal", "-shm"];

test.each([
  {
    how: "taken away",
    spoil: (file: string) => suffixes.forEach((one) => rmSync(file + one, { force: true })),
  },
  { how: "taken away without its -wal and -shm files", spoil: (file: string) => rmSync(file) },
  {
    how: "emptied",
    spoil: (file: string) => {
      for (const suffix of suffixes.slice(1)) rmSync(file + suffix, { force: true });
      truncateSync(file);
    },
  },
  { how: "emptied under its side files", spoil: (file: string) => truncateSync(file) },
])("a store that was $how keeps the last known tasks, with the reason", async ({ spoil }) => {
  const { files, db, refresh, titles } = await aMonitor();
  spoil(files.store);
  const codes = [await refresh(), await refresh()];
  for (const code of codes) expect(code).toMatch(/^store-(replaced|unreadable)$/);
  expect(titles()).toEqual(["Fix the till"]);
  const changes = changesSince(db, { project: scope.path, seq: 0, exceptSessions: [] });
  expect(changes.filter(({ after }) => after === null)).toEqual([]);
});

test("a new store is used after a task was added to it", async () => {
  const { files, add, refresh, titles } = await aMonitor();
  for (const suffix of suffixes) rmSync(files.store + suffix, { force: true });
  expect(await refresh()).toBe("store-replaced");
  await add("Begin again");
  expect(await refresh()).toBeNull();
  expect(titles()).toEqual(["Begin again"]);
});
