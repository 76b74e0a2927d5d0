// The lock that the operating system frees: one holder, gone with its process.

import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { tryLock } from "../../../src/state/sqlite/exclusive-lock.ts";
import { makeFifo } from "../../support/git-fifo.ts";
import { startWorker } from "../../support/store-processes.ts";
import type { Worker } from "../../support/store-processes.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const lockFile = (): string => join(temporaryFolder(), "state/monitor.lock");

/** Starts a process that takes the lock and keeps it. */
async function startHolder(file: string, timeoutMs = 0): Promise<Worker> {
  return startWorker("hold-lock", file, String(timeoutMs));
}

describe("tryLock", () => {
  test("a lock is held once, and free again after its release", () => {
    const file = lockFile();
    {
      using lock = tryLock(file);
      expect(lock?.file).toBe(file);
      expect(tryLock(file)).toBeNull();
    }
    using again = tryLock(file);
    expect(again).not.toBeNull();
  });

  test("of 20 processes one gets the lock", async () => {
    const file = lockFile();
    const holders = await Promise.all(Array.from({ length: 20 }, () => startHolder(file)));
    for (const { go } of holders) go();
    const outcomes = await Promise.all(holders.map(({ outcome }) => outcome()));
    expect(outcomes.map(({ code }) => code)).toEqual(Array.from({ length: 20 }, () => "ok"));
    expect(outcomes.filter(({ value }) => value === true)).toHaveLength(1);
  });

  test("F5: a lock is free at once after its holder was killed", async () => {
    const file = lockFile();
    const holder = await startHolder(file);
    holder.go();
    expect(await holder.outcome()).toEqual({ code: "ok", value: true });
    expect(tryLock(file)).toBeNull();
    await holder.kill();
    using lock = tryLock(file);
    expect(lock).not.toBeNull();
  });

  test("a lock stays held when its own process tries to take it again", async () => {
    const file = lockFile();
    using lock = tryLock(file);
    expect(lock).not.toBeNull();
    expect(tryLock(file)).toBeNull();
    const other = await startHolder(file);
    other.go();
    expect(await other.outcome()).toEqual({ code: "ok", value: false });
  });

  test("waits for a lock as long as requested", async () => {
    const file = lockFile();
    const holder = await startHolder(file);
    holder.go();
    await holder.outcome();
    const start = performance.now();
    expect(tryLock(file, 200)).toBeNull();
    expect(performance.now() - start).toBeGreaterThanOrEqual(190);
    const waiter = await startHolder(file, 10_000);
    waiter.go();
    await holder.kill();
    expect(await waiter.outcome()).toEqual({ code: "ok", value: true });
  });

  test("locks on different files are independent", () => {
    const folder = temporaryFolder();
    using one = tryLock(join(folder, "one"));
    using two = tryLock(join(folder, "two"));
    expect([one, two]).not.toContain(null);
  });
});

describe("the lock's file", () => {
  test.each([0, 0o077])("a lock's file is 0600 in a folder of 0700, under umask %i", (mask) => {
    const before = process.umask(mask);
    onTestFinished(() => void process.umask(before));
    const file = lockFile();
    using lock = tryLock(file);
    expect(lock).not.toBeNull();
    const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
    const folder = join(file, "..");
    expect(mode(folder)).toBe("700");
    const modes = readdirSync(folder).map((name) => mode(join(folder, name)));
    expect(new Set(modes)).toEqual(new Set(["600"]));
  });

  test("a released lock leaves one empty file", () => {
    const file = lockFile();
    {
      using lock = tryLock(file);
      expect(lock).not.toBeNull();
    }
    expect(statSync(file).size).toBe(0);
    expect(readdirSync(join(file, ".."))).toEqual(["monitor.lock"]);
  });

  test("a text file in a lock's path is SQLite's error, not a held lock", () => {
    const file = join(temporaryFolder(), "lock");
    writeFileSync(file, "12345\n".repeat(200));
    expect(() => tryLock(file)).toThrow("not a database");
  });

  test.each([
    { what: "a folder", put: (file: string) => void mkdirSync(file) },
    { what: "a FIFO", put: makeFifo },
  ])("a lock's file that is $what is database-unreadable without hanging", async ({ put }) => {
    const file = join(temporaryFolder(), "lock");
    put(file);
    const holder = await startHolder(file);
    holder.go();
    expect(await holder.outcome()).toEqual({ code: "database-unreadable", value: null });
  });
});
