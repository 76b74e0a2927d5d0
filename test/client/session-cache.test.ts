// The session cache on a real file.

import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openSessionCache } from "../../src/index.ts";
import { aTask } from "../support/builders.ts";
import { temporaryFolder } from "../support/temporary.ts";

function fixture() {
  let now = 1_000_000;
  const file = join(temporaryFolder(), "library.db");
  const open = () => {
    const cache = openSessionCache({ file, now: () => now });
    onTestFinished(() => cache[Symbol.dispose]());
    return cache;
  };
  return { file, open, cache: open(), later: (ms: number) => (now += ms) };
}

test("the session cache keeps free keys for their time, and gives stale ones with their age", () => {
  const { cache, later } = fixture();
  cache.set("user:7", { pending: 2 }, { ttlMs: 1000 });
  expect(cache.get("user:7")).toEqual({ pending: 2 });
  later(1001);
  expect(cache.get("user:7")).toBeNull();
  expect(cache.getStale("user:7")).toEqual({ value: { pending: 2 }, ageMs: 1001, isExpired: true });
  expect([cache.get("never"), cache.getStale("never")]).toEqual([null, null]);
});

test("the session cache keeps tasks apart by server, user and project", () => {
  const { cache, later } = fixture();
  const list = { origin: "https://a", subject: "alice", project: "/shop" };
  cache.cachePendingTasks([aTask({ id: "A" })], list);
  cache.cachePendingTasks([aTask({ id: "B" })]);
  expect(cache.getPendingTasks(list)).toMatchObject({ tasks: [{ id: "A" }], isExpired: false });
  expect(cache.getPendingTasks()?.tasks).toMatchObject([{ id: "B" }]);
  for (const other of [{ origin: "https://b" }, { subject: "bob" }, { project: "/blog" }]) {
    expect(cache.getPendingTasks({ ...list, ...other })).toBeNull();
  }
  later(900_001);
  expect(cache.getPendingTasks(list)).toMatchObject({ ageMs: 900_001, isExpired: true });
});

test("the session cache keeps tasks in a server's form, and reports unreadable ones", () => {
  const { cache } = fixture();
  const given = [
    { id: 1, title: "Fix login", status: "todo" },
    { key: "B", summary: "Rotate keys", status: "In Progress", assignee: { login: "ana" } },
    { title: "No id" },
  ];
  expect(cache.cachePendingTasks(given)).toEqual({ stored: 2, skippedIndexes: [2] });
  expect(cache.getPendingTasks()?.tasks).toMatchObject([
    { id: "1", title: "Fix login", status: "pending" },
    { id: "B", title: "Rotate keys", status: "in_progress", assignees: ["ana"] },
  ]);
  const whole = aTask({ id: "C", status: "pending", rawStatus: "Wartet", source: "team" });
  expect(cache.cachePendingTasks([whole])).toEqual({ stored: 1, skippedIndexes: [] });
  expect(cache.getPendingTasks()?.tasks).toEqual([whole]);
});

test("the session cache keeps the previous response if nothing in the next one can be read", () => {
  const { cache } = fixture();
  cache.cachePendingTasks([{ id: "A", title: "Fix login" }]);
  const keep = () => cache.cachePendingTasks([{ nr: 1, titel: "x" }, { nr: 2 }]);
  expect(keep).toThrow(
    'cachePendingTasks: tasks: none of the 2 is a task; the first lacks an id and a title. Its fields: "nr, titel".',
  );
  expect(cache.getPendingTasks()?.tasks).toMatchObject([{ id: "A" }]);
  expect(cache.cachePendingTasks([])).toEqual({ stored: 0, skippedIndexes: [] });
  expect(cache.getPendingTasks()?.tasks).toEqual([]);
});

test("the session cache keeps git states, and project context by branch", () => {
  const { cache } = fixture();
  cache.cacheGitStatus({ branch: "main", changes: 3 });
  cache.cacheProjectContext("main", { features: ["login"] });
  expect(cache.getGitStatus()?.value).toEqual({ branch: "main", changes: 3 });
  expect(cache.getProjectContext("main")?.value).toEqual({ features: ["login"] });
  expect(cache.getProjectContext("other")).toBeNull();
});

test("the session cache counts its entries, removes expired ones and keeps last good responses", () => {
  const { cache, later } = fixture();
  cache.set("a", 1, { ttlMs: 10 });
  cache.set("b", 2, { ttlMs: 10_000_000 });
  cache.cachePendingTasks([]);
  later(2_000_000);
  expect(cache.statistics()).toMatchObject({ entries: 3, valid: 1, expired: 2 });
  expect(cache.cleanUp()).toBe(1);
  expect(cache.getPendingTasks()?.tasks).toEqual([]);
  expect(cache.clear()).toBe(2);
  expect(cache.statistics()).toMatchObject({ entries: 0, bytes: 0 });
});

test("the session cache lasts for the next process, readable only by its owner", () => {
  const { cache, open, file } = fixture();
  cache.set("kept", true);
  cache[Symbol.dispose]();
  expect(open().get("kept")).toBe(true);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("the session cache replaces an unusable file", () => {
  const { cache, open, file } = fixture();
  cache[Symbol.dispose]();
  writeFileSync(file, "no database at all, and longer than the header of one would be ".repeat(20));
  expect(open().statistics().entries).toBe(0);
});
