import { describe, expect, test } from "vitest";
import {
  contextKey,
  getEntry,
  getStaleEntry,
  removeExpiredEntries,
  setEntry,
} from "../../../src/state/cache/cache-entries.ts";
import { addRequest, takeRequests } from "../../../src/state/cache/requests.ts";
import {
  readGitRecord,
  saveGitFailure,
  saveGitState,
} from "../../../src/state/cache/git-states.ts";
import { cleanUp, clearCache, readStatistics } from "../../../src/state/cache/statistics.ts";
import { saveDelivered } from "../../../src/state/cache/sessions.ts";
import { saveFailure } from "../../../src/state/cache/task-snapshots.ts";
import { readSourceViews } from "../../../src/state/cache/source-views.ts";
import { aGitState, aTask, day, hour, minute, saturday } from "../../support/builders.ts";
import { aKey, response, temporaryCache } from "../../support/cache.ts";

const place = { worktree: "/work/shop-api", project: "/work/shop-api" };
const failure = {
  code: "git-timeout",
  at: saturday,
  since: saturday,
  count: 1,
  nextTryAt: saturday,
};

describe("a key with a time to live", () => {
  const entry = { key: "metrics", kind: "free", value: { open: 3 }, ttlMs: minute } as const;

  test("a key is absent after its time to live", () => {
    const db = temporaryCache();
    setEntry(db, entry, saturday);
    expect(getEntry(db, "metrics", saturday + minute)).toEqual({ open: 3 });
    expect(getEntry(db, "metrics", saturday + minute + 1)).toBeNull();
    expect(getEntry(db, "nothing", saturday)).toBeNull();
  });

  test("an expired key can still be read, with its age", () => {
    const db = temporaryCache();
    setEntry(db, entry, saturday);
    expect(getStaleEntry(db, "metrics", saturday + hour)).toEqual({
      value: { open: 3 },
      ageMs: hour,
      isExpired: true,
    });
  });

  test("a cleanup removes expired keys, not project context and settings", () => {
    const db = temporaryCache();
    setEntry(db, entry, saturday);
    setEntry(db, { ...entry, key: contextKey("main"), kind: "context" }, saturday);
    setEntry(db, { ...entry, key: "hook-settings", kind: "setting" }, saturday);
    expect(removeExpiredEntries(db, saturday + hour)).toBe(1);
    expect(getStaleEntry(db, "metrics", saturday)).toBeNull();
    expect(getStaleEntry(db, contextKey("main"), saturday)).not.toBeNull();
    expect(getStaleEntry(db, "hook-settings", saturday)).not.toBeNull();
  });

  test("each branch has its own context", () => {
    const db = temporaryCache();
    setEntry(db, { ...entry, key: contextKey("main"), kind: "context" }, saturday);
    expect(getEntry(db, contextKey("other"), saturday)).toBeNull();
  });
});

describe("statistics", () => {
  test("statistics count entries, bytes, valid and expired", () => {
    const db = temporaryCache();
    response(db, [aTask()], { at: saturday - hour });
    saveGitState(db, place, aGitState(), saturday);
    setEntry(db, { key: "k", kind: "free", value: 1, ttlMs: minute }, saturday - hour);
    setEntry(db, { key: "settings", kind: "setting", value: 1, ttlMs: 0 }, saturday);
    const ttls = { tasksMs: 15 * minute, gitMs: 5 * minute };
    const statistics = readStatistics(db, ttls, saturday);
    expect(statistics).toMatchObject({ entries: 3, valid: 1, expired: 2, tasks: 1 });
    const values = [JSON.stringify(aTask()), JSON.stringify(aGitState()), "1"];
    expect(statistics.bytes).toBe(values.join("").length);
    expect(statistics.fileBytes).toBeGreaterThan(statistics.bytes);
  });
});

describe("cleanup", () => {
  test("a cleanup keeps the last good response of a project in use, however old", () => {
    const db = temporaryCache();
    response(db, [aTask()], { at: saturday - 200 * day });
    saveFailure(db, aKey(), failure);
    saveGitState(db, place, aGitState(), saturday - 200 * day);
    saveDelivered(db, {
      id: "session-1",
      project: place.project,
      projectName: "shop-api",
      worktree: place.worktree,
      at: saturday,
      seq: 0,
      delivered: { git: null, sources: {} },
    });
    cleanUp(db, saturday);
    const limits = { freshMs: 0, expireMs: 0 };
    const [view] = readSourceViews(db, {
      project: place.project,
      branch: null,
      now: saturday,
      limits,
      most: 6,
    });
    expect(view?.tasks).toHaveLength(1);
    expect(readGitRecord(db, place.worktree)?.snapshot?.value).toEqual(aGitState());
  });

  test("a cleanup removes old changes, sessions, projects and their responses", () => {
    const db = temporaryCache();
    response(db, [aTask()], { at: saturday - 200 * day });
    response(db, [], { at: saturday - 200 * day });
    saveDelivered(db, {
      id: "session-1",
      project: place.project,
      projectName: "shop-api",
      worktree: place.worktree,
      at: saturday - 200 * day,
      seq: 0,
      delivered: { git: null, sources: {} },
    });
    expect(cleanUp(db, saturday)).toBe(4);
    const counts = ["task_changes", "sessions", "projects", "task_snapshots", "tasks"].map(
      (table) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get(),
    );
    expect(counts).toEqual([0, 0, 0, 0, 0]);
  });
});

test("clearing the cache removes every response and keeps settings", () => {
  const db = temporaryCache();
  response(db, [aTask()]);
  saveGitState(db, place, aGitState(), saturday);
  setEntry(db, { key: "k", kind: "free", value: 1, ttlMs: minute }, saturday);
  setEntry(db, { key: "settings", kind: "setting", value: 1, ttlMs: 0 }, saturday);
  expect(clearCache(db)).toBe(4);
  expect(readStatistics(db, { tasksMs: 1, gitMs: 1 }, saturday)).toMatchObject({
    entries: 0,
    bytes: 0,
    tasks: 0,
  });
  expect(getStaleEntry(db, "settings", saturday)).not.toBeNull();
});

describe("git states", () => {
  test("the last good git state survives a failure, which is kept beside it", () => {
    const db = temporaryCache();
    saveGitState(db, place, aGitState(), saturday - hour);
    saveGitFailure(db, place, failure);
    expect(readGitRecord(db, place.worktree)).toEqual({
      ...place,
      failure,
      snapshot: { value: aGitState(), fetchedAt: saturday - hour },
    });
    saveGitState(db, place, aGitState({ branch: "x" }), saturday);
    expect(readGitRecord(db, place.worktree)).toMatchObject({
      failure: null,
      snapshot: { fetchedAt: saturday, value: { branch: "x" } },
    });
  });

  test("a worktree that always failed has no git state", () => {
    const db = temporaryCache();
    saveGitFailure(db, place, failure);
    expect(readGitRecord(db, place.worktree)).toMatchObject({ snapshot: null, failure });
    expect(readGitRecord(db, "/work/other")).toBeNull();
  });
});

describe("requests to the monitor", () => {
  test("requests to the monitor are taken once for each kind and project", () => {
    const db = temporaryCache();
    addRequest(db, { kind: "refresh", project: "/a" }, saturday);
    addRequest(db, { kind: "refresh", project: "/a" }, saturday);
    addRequest(db, { kind: "refresh", project: "/b" }, saturday);
    addRequest(db, { kind: "stop" }, saturday);
    const taken = takeRequests(db, saturday - minute);
    expect(taken).toHaveLength(3);
    expect(taken).toEqual(
      expect.arrayContaining([
        { kind: "refresh", project: "/a" },
        { kind: "refresh", project: "/b" },
        { kind: "stop" },
      ]),
    );
    expect(takeRequests(db, saturday - minute)).toEqual([]);
  });

  test("old requests are dropped: yesterday's stop stops nothing today", () => {
    const db = temporaryCache();
    addRequest(db, { kind: "stop" }, saturday - day);
    expect(takeRequests(db, saturday - minute)).toEqual([]);
    expect(db.prepare("SELECT count(*) FROM requests").pluck().get()).toBe(0);
  });
});
