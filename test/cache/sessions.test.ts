import { describe, expect, test } from "vitest";
import {
  readLiveSessions,
  readPreviousSession,
  readProjects,
  readSession,
  saveTold,
  touchSession,
  updateTold,
} from "../../src/cache/sessions.ts";
import type { ToldRecord } from "../../src/cache/sessions.ts";
import type { Sqlite } from "../../src/sqlite/sqlite.ts";
import { aGitState, hour, minute, saturday } from "../support/builders.ts";
import { temporaryCache } from "../support/cache.ts";

function tell(db: Sqlite, overrides: Partial<ToldRecord> = {}): void {
  saveTold(db, {
    id: "session-1",
    project: "/work/shop-api",
    projectName: "shop-api",
    worktree: "/work/shop-api",
    at: saturday,
    seq: 7,
    told: { git: aGitState(), sources: { embedded: null, linear: "ECONNREFUSED" } },
    ...overrides,
  });
}

describe("a session's record", () => {
  test("holds what it was told", () => {
    const db = temporaryCache();
    tell(db);
    expect(readSession(db, "session-1")).toEqual({
      id: "session-1",
      project: "/work/shop-api",
      worktree: "/work/shop-api",
      startedAt: saturday,
      lastSeen: saturday,
      toldAt: saturday,
      briefedAt: saturday,
      toldSeq: 7,
      told: { git: aGitState(), sources: { embedded: null, linear: "ECONNREFUSED" } },
    });
  });

  test("is moved on by its next brief and keeps when it began", () => {
    const db = temporaryCache();
    tell(db);
    tell(db, { at: saturday + hour, seq: 9 });
    expect(readSession(db, "session-1")).toMatchObject({
      startedAt: saturday,
      briefedAt: saturday + hour,
      toldSeq: 9,
    });
  });

  test("is moved on by news, which is no brief", () => {
    const db = temporaryCache();
    tell(db);
    const told = { git: null, sources: {} };
    updateTold(db, "session-1", { at: saturday + minute, seq: 8, told });
    expect(readSession(db, "session-1")).toMatchObject({
      toldAt: saturday + minute,
      briefedAt: saturday,
      toldSeq: 8,
      told,
    });
  });

  test("is never set back by an older sign of life", () => {
    const db = temporaryCache();
    tell(db);
    touchSession(db, "session-1", "/work/shop-api", saturday - hour);
    expect(readSession(db, "session-1")?.lastSeen).toBe(saturday);
  });

  test("reads as unknown git where the row was tampered with", () => {
    const db = temporaryCache();
    tell(db);
    db.prepare("UPDATE sessions SET told_git = '[1]', told_sources = 'x'").run();
    expect(readSession(db, "session-1")?.told).toEqual({ git: null, sources: {} });
  });
});

test("the previous session of a project is the one seen last, other than this one", () => {
  const db = temporaryCache();
  tell(db, { id: "old", at: saturday - hour });
  tell(db, { id: "older", at: saturday - 2 * hour });
  tell(db, { id: "elsewhere", project: "/work/other", at: saturday });
  tell(db, { id: "this", at: saturday });
  expect(readPreviousSession(db, "/work/shop-api", "this")?.id).toBe("old");
  expect(readPreviousSession(db, "/work/nowhere", null)).toBeNull();
});

test("live sessions are those seen lately, the latest first", () => {
  const db = temporaryCache();
  tell(db, { id: "a", at: saturday - minute });
  tell(db, { id: "b", at: saturday });
  tell(db, { id: "gone", at: saturday - 2 * hour });
  expect(readLiveSessions(db, saturday - hour).map((session) => session.id)).toEqual(["b", "a"]);
});

test("a told session puts its project in use", () => {
  const db = temporaryCache();
  tell(db);
  expect(readProjects(db, saturday)).toEqual([
    { path: "/work/shop-api", name: "shop-api", lastSeen: saturday },
  ]);
  expect(readProjects(db, saturday + 1)).toEqual([]);
});
