// The store's file: who may read it, and what becomes of one that cannot be used. It holds a user's tasks, so that a
// bad one is never touched.

import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { openForWriting } from "../../src/state/sqlite/sqlite.ts";
import { openTaskStore } from "../../src/store/task-store.ts";
import { aNewTask } from "../support/builders.ts";
import { makeFifo } from "../support/git-fifo.ts";
import { startWorker } from "../support/store-processes.ts";
import { temporaryFolder } from "../support/temporary.ts";

const project = "/work/shop-api";
const now = (): Date => new Date();

/** A store with one task, closed. */
async function storeFile(): Promise<string> {
  const file = join(temporaryFolder(), "tasks.db");
  await using store = await openTaskStore(file, { source: "embedded", clock: now, author: null });
  await store.add(project, [aNewTask()]);
  return file;
}

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe.each([
  { name: "000", mask: 0 },
  { name: "022", mask: 0o022 },
  { name: "077", mask: 0o077 },
])("under umask $name", ({ mask }) => {
  test("the store's files are 0600 and its folders 0700 from the start", async () => {
    const before = process.umask(mask);
    onTestFinished(() => void process.umask(before));
    const state = join(temporaryFolder(), "state");
    const file = join(state, "sitrep/tasks.db");
    await using store = await openTaskStore(file, { source: "embedded", clock: now, author: null });
    await store.add(project, [aNewTask()]);
    expect([state, join(state, "sitrep")].map(mode)).toEqual(["700", "700"]);
    const files = readdirSync(join(state, "sitrep")).toSorted();
    expect(files).toEqual(["tasks.db", "tasks.db-shm", "tasks.db-wal"]);
    expect(files.map((name) => mode(join(state, "sitrep", name)))).toEqual(["600", "600", "600"]);
  });
});

test("the side files have the store's mode", async () => {
  const file = await storeFile();
  chmodSync(file, 0o640);
  await using store = await openTaskStore(file, { source: "embedded", clock: now, author: null });
  await store.add(project, [aNewTask()]);
  expect([file, `${file}-wal`, `${file}-shm`].map(mode)).toEqual(["640", "640", "640"]);
});

describe("a store that cannot be used", () => {
  const cases: readonly { what: string; spoil: (file: string) => void }[] = [
    { what: "text", spoil: (file) => writeFileSync(file, "my tasks\n".repeat(1000)) },
    {
      what: "cut short",
      spoil: (file) => writeFileSync(file, readFileSync(file).subarray(0, 3000)),
    },
    {
      what: "with a page of noise",
      spoil: (file) => {
        const bytes = readFileSync(file);
        bytes.fill(0xff, 100, 4096);
        writeFileSync(file, bytes);
      },
    },
    {
      what: "another program's database",
      spoil: (file) => {
        writeFileSync(file, "");
        const db = openForWriting(file, { timeoutMs: 1000, synchronous: "NORMAL" });
        db.exec("CREATE TABLE tasks (a TEXT); INSERT INTO tasks VALUES ('mine')");
        db.pragma("wal_checkpoint(TRUNCATE)");
        db.close();
      },
    },
  ];

  test.each(cases)("a store is store-unreadable and left unchanged: $what", async ({ spoil }) => {
    const file = await storeFile();
    spoil(file);
    const before = readFileSync(file);
    const opening = openTaskStore(file, { source: "embedded", clock: now, author: null });
    await expect(opening).rejects.toMatchObject({
      code: "store-unreadable",
      message: expect.stringContaining(file),
      hint: expect.stringContaining("holds your tasks"),
      cause: expect.any(Error),
    });
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test("a store of a newer version is store-newer and left unchanged", async () => {
    const file = await storeFile();
    const db = openForWriting(file, { timeoutMs: 1000, synchronous: "NORMAL" });
    db.exec("INSERT INTO kysely_migration VALUES ('999-later', '2027-01-01T00:00:00.000Z')");
    db.pragma("user_version = 999");
    db.close();
    const before = readFileSync(file);
    await expect(
      openTaskStore(file, { source: "embedded", clock: now, author: null }),
    ).rejects.toMatchObject({
      code: "store-newer",
      message: expect.stringContaining(file),
      hint: expect.stringContaining("Install the newer version again"),
    });
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test("a folder in the store's path is store-unreadable and left unchanged", async () => {
    const file = join(temporaryFolder(), "tasks.db");
    mkdirSync(file);
    writeFileSync(join(file, "inside"), "");
    const opening = openTaskStore(file, { source: "embedded", clock: now, author: null });
    await expect(opening).rejects.toMatchObject({ code: "store-unreadable" });
    expect(readdirSync(file)).toEqual(["inside"]);
  });

  test.each([
    { what: "a FIFO", put: makeFifo },
    { what: "a link to /dev/zero", put: (file: string) => symlinkSync("/dev/zero", file) },
    { what: "a link to itself", put: (file: string) => symlinkSync(file, file) },
  ])("a store is store-unreadable without hanging: $what", async ({ put }) => {
    const file = join(temporaryFolder(), "tasks.db");
    put(file);
    const worker = await startWorker("count-tasks", file, project);
    worker.go();
    expect(await worker.outcome()).toEqual({ code: "store-unreadable", value: null });
  });

  test("a store whose folder cannot be created is store-unreadable", async () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    const opening = openTaskStore(join(file, "tasks.db"), {
      source: "embedded",
      clock: now,
      author: null,
    });
    await expect(opening).rejects.toMatchObject({ code: "store-unreadable" });
  });
});

test("an empty file becomes a store", async () => {
  const file = join(temporaryFolder(), "tasks.db");
  writeFileSync(file, "");
  await using store = await openTaskStore(file, { source: "embedded", clock: now, author: null });
  expect(await store.list(project)).toEqual([]);
});
