// A process for tests of the store, the database files and the lock. It prints "ready", waits for a line, does one
// thing, and prints the outcome as one line of JSON.

import { once } from "node:events";
import { writeSync } from "node:fs";
import { codeOf } from "../../src/core/errors.ts";
import { tryLock } from "../../src/state/sqlite/exclusive-lock.ts";
import { openForReading, openForWriting } from "../../src/state/sqlite/sqlite.ts";
import { aNewTask } from "./builders.ts";

const [verb = "", file = "", first = "", second = ""] = process.argv.slice(2);

/** Null for verbs that need only a file, because loading the store takes longer than those verbs. */
const taskStore = /tasks$|^add-/.test(verb) ? await import("../../src/store/task-store.ts") : null;

const migration = verb === "migrate" ? await import("./store-migrations.ts") : null;

const openStore = () => {
  if (taskStore === null) throw new Error(`${verb} has no task store`);
  return taskStore.openTaskStore(file, {
    source: "embedded",
    clock: () => new Date(),
    author: null,
  });
};

const say = (line: string): void => void writeSync(1, `${line}\n`);

/** Keeps the process and its locks until it is killed. */
async function stay(value: unknown): Promise<void> {
  say(JSON.stringify({ code: "ok", value }));
  await once(process.stdin, "end");
}

async function addTasks(project: string, count: number): Promise<string[]> {
  await using store = await openStore();
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const added = await store.add(project, [aNewTask({ title: `${process.pid} ${index}` })]);
    ids.push(...added.map(({ id }) => id));
  }
  return ids;
}

async function countTasks(project: string): Promise<number> {
  await using store = await openStore();
  return (await store.list(project)).length;
}

/** Adds tasks until it is killed; prints the id of each that is stored. */
async function addForEver(project: string): Promise<void> {
  await using store = await openStore();
  for (;;) {
    for (const { id } of await store.add(project, [aNewTask(), aNewTask()])) say(id);
  }
}

async function migrate(): Promise<number | undefined> {
  await using store = await migration?.openMigrated(file);
  return (await store?.db.selectFrom("tasks").select("id").execute())?.length;
}

async function holdLock(): Promise<boolean> {
  using lock = tryLock(file, Number(first));
  if (lock !== null) await stay(true);
  return lock !== null;
}

/** Holds the write lock of a database until it is killed. */
async function holdWriting(): Promise<void> {
  const db = openForWriting(file, { timeoutMs: 0, synchronous: "NORMAL" });
  db.exec("BEGIN EXCLUSIVE");
  await stay(null);
}

const verbs: Record<string, () => unknown> = {
  "add-tasks": () => addTasks(first, Number(second)),
  "add-for-ever": () => addForEver(first),
  "count-tasks": () => countTasks(first),
  "hold-lock": holdLock,
  "hold-writing": holdWriting,
  migrate,
  "open-for-reading": () => openForReading(file, 100).close().open,
  "open-for-writing": () =>
    openForWriting(file, { timeoutMs: 100, synchronous: "FULL" }).close().open,
};

say("ready");
await once(process.stdin, "data");
try {
  const value = (await verbs[verb]?.()) ?? null;
  say(JSON.stringify({ code: "ok", value }));
} catch (error) {
  say(JSON.stringify({ code: codeOf(error), value: null }));
}
process.exitCode = 0;
process.stdin.destroy();
