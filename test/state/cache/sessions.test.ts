import { describe, expect, test } from "vitest";
import { readPeers } from "../../../src/state/cache/peers.ts";
import {
  endSession,
  readLiveSessions,
  readPreviousSession,
  readProjects,
  readSession,
  saveDelivered,
  touchSession,
  updateDelivered,
} from "../../../src/state/cache/sessions.ts";
import type { DeliveredRecord } from "../../../src/state/cache/sessions.ts";
import { cleanUp } from "../../../src/state/cache/statistics.ts";
import { addDelivery, readDeliveries } from "../../../src/state/cache/deliveries.ts";
import type { Delivery } from "../../../src/core/news/delivery.ts";
import type { Sqlite } from "../../../src/state/sqlite/sqlite.ts";
import {
  aGitState,
  aSessionRecord,
  aTask,
  day,
  hour,
  minute,
  saturday,
} from "../../support/builders.ts";
import { response, temporaryCache } from "../../support/cache.ts";

function tell(db: Sqlite, overrides: Partial<DeliveredRecord> = {}): void {
  saveDelivered(db, {
    id: "session-1",
    project: "/work/shop-api",
    projectName: "shop-api",
    worktree: "/work/shop-api",
    at: saturday,
    seq: 7,
    delivered: { git: aGitState(), sources: { embedded: null, linear: "ECONNREFUSED" } },
    ...overrides,
  });
}

describe("a session's record", () => {
  test("a session's record has what was delivered to it", () => {
    const db = temporaryCache();
    tell(db);
    expect(readSession(db, "session-1")).toEqual({
      id: "session-1",
      project: "/work/shop-api",
      worktree: "/work/shop-api",
      startedAt: saturday,
      lastSeen: saturday,
      deliveredAt: saturday,
      briefedAt: saturday,
      deliveredSeq: 7,
      delivered: {
        git: aGitState(),
        sources: { embedded: null, linear: "ECONNREFUSED" },
        peers: [],
      },
      briefedSeq: 7,
      briefedGit: aGitState(),
      reportedTasks: {},
      endedAt: null,
    });
  });

  test("a brief updates the session's record and keeps its start", () => {
    const db = temporaryCache();
    tell(db);
    tell(db, { at: saturday + hour, seq: 9 });
    expect(readSession(db, "session-1")).toMatchObject({
      startedAt: saturday,
      briefedAt: saturday + hour,
      deliveredSeq: 9,
    });
  });

  test("news updates the session's record, but not its brief", () => {
    const db = temporaryCache();
    tell(db);
    const delivered = { git: aGitState({ branch: "login" }), sources: {}, peers: [] };
    const moved = { deliveredAt: saturday + minute, deliveredSeq: 8, delivered };
    const news = { ...moved, briefedSeq: 7, reportedTasks: { "TASK-1": 8 } };
    updateDelivered(db, aSessionRecord({ id: "session-1", briefedAt: saturday, ...news }));
    const after = { ...news, briefedAt: saturday, briefedGit: aGitState() };
    expect(readSession(db, "session-1")).toMatchObject(after);
    tell(db, { at: saturday + hour, seq: 9 });
    expect(readSession(db, "session-1")).toMatchObject({ briefedSeq: 9, reportedTasks: {} });
  });

  test("news recorded after a newer brief does not change the record", () => {
    const db = temporaryCache();
    tell(db, { seq: 9 });
    const before = { id: "session-1", briefedAt: saturday - minute, deliveredSeq: 8 };
    updateDelivered(db, aSessionRecord(before));
    expect(readSession(db, "session-1")).toMatchObject({ briefedAt: saturday, deliveredSeq: 9 });
  });

  test("an older stamp does not set lastSeen back", () => {
    const db = temporaryCache();
    tell(db);
    touchSession(db, "session-1", "/work/shop-api", saturday - hour);
    expect(readSession(db, "session-1")?.lastSeen).toBe(saturday);
  });

  test("a tampered session row reads as unknown git", () => {
    const db = temporaryCache();
    tell(db);
    db.prepare(
      `UPDATE sessions SET delivered = '{"git": [1], "sources": "x", "peers": "x"}', briefed_git = 'x',
         reported_tasks = '["x"]'`,
    ).run();
    const delivered = { git: null, sources: {}, peers: [] };
    const nothing = { delivered, briefedGit: null, reportedTasks: {} };
    expect(readSession(db, "session-1")).toMatchObject(nothing);
  });
});

test("the previous session of a project is the last seen one, other than this", () => {
  const db = temporaryCache();
  tell(db, { id: "old", at: saturday - hour });
  tell(db, { id: "older", at: saturday - 2 * hour });
  tell(db, { id: "elsewhere", project: "/work/other", at: saturday });
  tell(db, { id: "this", at: saturday });
  expect(readPreviousSession(db, "/work/shop-api", "this")?.id).toBe("old");
  expect(readPreviousSession(db, "/work/nowhere", null)).toBeNull();
});

test("the previous session in the same working tree is used, not a later one elsewhere", () => {
  const db = temporaryCache();
  tell(db, { id: "here", worktree: "/work/shop-api", at: saturday - 2 * hour });
  tell(db, { id: "beside", worktree: "/work/shop-2", at: saturday - minute });
  const before = (worktree?: string) =>
    readPreviousSession(db, "/work/shop-api", "this", worktree)?.id;
  expect(before("/work/shop-api")).toBe("here");
  expect(before("/work/shop-3")).toBe("beside");
  expect(before()).toBe("beside");
});

test("live sessions are the recently seen ones, the latest first", () => {
  const db = temporaryCache();
  tell(db, { id: "a", at: saturday - minute });
  tell(db, { id: "b", at: saturday });
  tell(db, { id: "gone", at: saturday - 2 * hour });
  expect(readLiveSessions(db, saturday - hour).map((session) => session.id)).toEqual(["b", "a"]);
});

test("a delivery marks the session's project as in use", () => {
  const db = temporaryCache();
  tell(db);
  expect(readProjects(db, saturday)).toEqual([
    { path: "/work/shop-api", name: "shop-api", lastSeen: saturday },
  ]);
  expect(readProjects(db, saturday + 1)).toEqual([]);
});

describe("a session that has ended", () => {
  test("an ended session is not live until it starts again", () => {
    const db = temporaryCache();
    tell(db);
    endSession(db, "session-1", saturday + minute);
    expect(readLiveSessions(db, saturday)).toEqual([]);
    expect(readSession(db, "session-1")?.endedAt).toBe(saturday + minute);
    tell(db, { at: saturday + hour });
    expect(readLiveSessions(db, saturday)).toMatchObject([{ id: "session-1", endedAt: null }]);
  });

  test("an ended session is still the project's previous one", () => {
    const db = temporaryCache();
    tell(db);
    endSession(db, "session-1", saturday);
    expect(readPreviousSession(db, "/work/shop-api", "other")?.id).toBe("session-1");
  });
});

describe("other sessions at work", () => {
  const query = {
    project: "/work/shop-api",
    id: "session-1",
    worktree: "/work/shop-api",
    branch: "feature/TASK-51",
    now: saturday,
  };

  test("other sessions in the same working tree are peers while recently seen", () => {
    const db = temporaryCache();
    tell(db);
    tell(db, { id: "here", at: saturday - minute });
    tell(db, { id: "long-ago", at: saturday - 20 * minute });
    tell(db, { id: "other-project", project: "/work/other" });
    tell(db, { id: "ended", at: saturday - minute });
    endSession(db, "ended", saturday);
    expect(readPeers(db, query)).toEqual([
      {
        sessionId: "here",
        worktree: "/work/shop-api",
        lastSeen: saturday - minute,
        isSameWorktree: true,
        taskId: null,
      },
    ]);
  });

  test("other sessions on the same task are peers, by id or by branch field", () => {
    const db = temporaryCache();
    response(db, [aTask({ id: "TASK-51" }), aTask({ id: "TASK-52", branch: "login" })]);
    const on = (branch: string) => ({ git: aGitState({ branch }), sources: {} });
    tell(db, { id: "same-task", worktree: "/work/2", delivered: on("fix/task-51-again") });
    tell(db, { id: "other-task", worktree: "/work/3", delivered: on("login") });
    const seenOn = (branch: string | null) =>
      readPeers(db, { ...query, branch }).map(({ sessionId, taskId, isOtherTask = false }) => ({
        sessionId,
        taskId,
        isOtherTask,
      }));
    expect(seenOn(query.branch)).toEqual([
      { sessionId: "same-task", taskId: "TASK-51", isOtherTask: false },
      { sessionId: "other-task", taskId: "TASK-52", isOtherTask: true },
    ]);
    expect(seenOn("login")).toEqual([
      { sessionId: "same-task", taskId: "TASK-51", isOtherTask: true },
      { sessionId: "other-task", taskId: "TASK-52", isOtherTask: false },
    ]);
  });
});

describe("the deliveries to a session", () => {
  const delivery = (text: string, at = saturday): Delivery => ({
    sessionId: "session-1",
    project: "/work/shop-api",
    at,
    event: "SessionStart",
    cause: "startup",
    text,
    data: {
      sources: [{ source: "linear", fetchedAt: null, code: "source-timeout" }],
      gitReadAt: saturday,
      foundAt: null,
    },
  });

  test("deliveries are read back oldest first", () => {
    const db = temporaryCache();
    tell(db, { delivery: delivery("first") });
    tell(db, { delivery: delivery("second", saturday + minute) });
    tell(db, { id: "session-2", delivery: { ...delivery("other"), sessionId: "session-2" } });
    expect(readDeliveries(db, "session-1", 10)).toEqual([
      delivery("first"),
      delivery("second", saturday + minute),
    ]);
    expect(readDeliveries(db, null, 1).map((one) => one.text)).toEqual(["other"]);
  });

  test("deliveries are removed after two weeks", () => {
    const db = temporaryCache();
    addDelivery(db, delivery("old"));
    cleanUp(db, saturday + 15 * day);
    expect(readDeliveries(db, null, 10)).toEqual([]);
  });
});
