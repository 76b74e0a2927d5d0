import { describe, expect, test } from "vitest";
import {
  configureSources,
  readSnapshotFailure,
  saveResponse,
  saveFailure,
  storedTaskIds,
} from "../../../src/state/cache/task-snapshots.ts";
import type { SnapshotKey } from "../../../src/state/cache/task-snapshots.ts";
import { changesSince, lastChangeSeq } from "../../../src/state/cache/task-changes.ts";
import { readSourceFailures, readSourceViews } from "../../../src/state/cache/source-views.ts";
import { changeLine } from "../../../src/core/brief/change-lines.ts";
import { changeTexts } from "../../../src/core/brief/since-lines.ts";
import { plainMarkup } from "../../../src/core/brief/options.ts";
import { listChangeKinds, maxChanges, type TaskChange } from "../../../src/core/news/changes.ts";
import type { Task } from "../../../src/core/task/task.ts";
import { aTask, day, hour, minute, saturday, utcCalendar } from "../../support/builders.ts";
import { aKey, response, temporaryCache } from "../../support/cache.ts";

const limits = { freshMs: 15 * minute, expireMs: 7 * day };
const view = { project: "/work/shop-api", branch: null, now: saturday, limits, most: 6 };
const failure = {
  code: "ECONNREFUSED",
  at: saturday,
  since: saturday,
  count: 1,
  nextTryAt: saturday + minute,
};
const project = { project: "/work/shop-api", seq: 0, exceptSessions: [] };
const changeWordsOf = (changes: readonly TaskChange[]): string[] => {
  const now = utcCalendar(saturday);
  const context = { hasSources: false, style: plainMarkup, now, calendar: utcCalendar };
  return changeTexts({ changes, at: saturday }, { ranked: [], whose: new Map() }, context);
};

describe("the last good response", () => {
  test("the last good response is read back with its counts", () => {
    const db = temporaryCache();
    const tasks = [aTask(), aTask({ id: "TASK-002", status: "in_progress" })];
    response(db, tasks);
    const [stored] = readSourceViews(db, view);
    expect(stored?.tasks.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(tasks);
    expect(stored).toMatchObject({
      source: "embedded",
      freshness: "fresh",
      fetchedAt: saturday,
      failure: null,
      counts: { pending: 1, in_progress: 1, blocked: 0, completed: 0, cancelled: 0 },
    });
  });

  test("the last good response survives a failure, which is kept beside it", () => {
    const db = temporaryCache();
    response(db, [aTask()], { at: saturday - hour });
    saveFailure(db, aKey(), failure);
    const [stored] = readSourceViews(db, view);
    expect(stored).toMatchObject({ freshness: "stale", failure, fetchedAt: saturday - hour });
    expect(stored?.tasks).toHaveLength(1);
    expect(readSnapshotFailure(db, aKey())).toEqual(failure);
  });

  test("a new response clears the failure", () => {
    const db = temporaryCache();
    saveFailure(db, aKey(), failure);
    response(db, []);
    expect(readSnapshotFailure(db, aKey())).toBeNull();
    expect(readSourceFailures(db, { project: "/work/shop-api" })).toEqual({ embedded: null });
  });

  test("an empty list replaces the last good response", () => {
    const db = temporaryCache();
    response(db, [aTask()]);
    response(db, [], { at: saturday + minute });
    const [stored] = readSourceViews(db, view);
    expect(stored?.tasks).toEqual([]);
    expect(stored?.counts.pending).toBe(0);
  });

  test("a stored response has only open tasks, even when the source lists others", () => {
    const db = temporaryCache();
    response(db, [aTask(), aTask({ id: "TASK-002", status: "completed" })]);
    expect(storedTaskIds(db, aKey())).toEqual(["TASK-001"]);
  });

  test("a source that always failed is absent, with its failure", () => {
    const db = temporaryCache();
    configureSources(db, "/work/shop-api", [plain(aKey())]);
    saveFailure(db, aKey(), failure);
    expect(readSourceViews(db, view)).toMatchObject([
      { freshness: "absent", fetchedAt: null, failure: { code: "ECONNREFUSED" } },
    ]);
  });
});

const plain = (key: SnapshotKey) => ({ key, isFallback: false });

describe("the keys of responses", () => {
  test.for([
    ["project", { project: "/work/other" }],
    ["source", { source: "linear" }],
    ["origin", { origin: "https://other.example" }],
    ["subject", { subject: "ben" }],
  ] as const)("two responses that differ in their %s never share a row", ([, difference]) => {
    const db = temporaryCache();
    response(db, [aTask()]);
    saveResponse(db, aKey(difference), {
      tasks: [aTask({ title: "Somebody else's" })],
      ended: [],
      notes: null,
      at: saturday,
      bySession: null,
    });
    const titles = readSourceViews(db, view).flatMap((one) => one.tasks.map((task) => task.title));
    expect(titles).toEqual(["Add OIDC login"]);
  });

  test("the response of a source that is no longer configured is kept but not shown", () => {
    const db = temporaryCache();
    response(db, [aTask()]);
    const linear = aKey({ source: "linear" });
    configureSources(db, "/work/shop-api", [plain(linear)]);
    expect(readSourceViews(db, view).map((one) => one.source)).toEqual(["linear"]);
    expect(storedTaskIds(db, aKey())).toEqual(["TASK-001"]);
    configureSources(db, "/work/shop-api", [plain(linear), plain(aKey())]);
    expect(readSourceViews(db, view).map((one) => one.source)).toEqual(["linear", "embedded"]);
  });
});

describe("changes from one response to the next", () => {
  test("a source's first response logs no change", () => {
    const db = temporaryCache();
    response(db, [aTask()]);
    expect(lastChangeSeq(db)).toBe(0);
  });

  test("logs new, changed, completed and missing tasks", () => {
    const db = temporaryCache();
    response(db, [aTask(), aTask({ id: "TASK-002" }), aTask({ id: "TASK-003" })]);
    response(db, [aTask({ priority: "high" }), aTask({ id: "TASK-004" })], {
      ended: [aTask({ id: "TASK-002", status: "completed" })],
    });
    const kinds = changesSince(db, project).map((change) => [
      change.taskId,
      ...listChangeKinds(change),
    ]);
    expect(kinds.toSorted()).toEqual([
      ["TASK-001", "raised"],
      ["TASK-002", "completed"],
      ["TASK-003", "gone"],
      ["TASK-004", "new"],
    ]);
  });

  test("a task that was completed and is listed again is reported as open again", () => {
    const db = temporaryCache();
    response(db, [aTask(), aTask({ id: "TASK-002" })]);
    response(db, [], {
      ended: [aTask({ status: "completed" }), aTask({ id: "TASK-002", status: "cancelled" })],
    });
    const seq = lastChangeSeq(db);
    response(db, [
      aTask({ priority: "high" }),
      aTask({ id: "TASK-002" }),
      aTask({ id: "TASK-003" }),
    ]);
    const kinds = changesSince(db, { ...project, seq }).map((change) => [
      change.taskId,
      ...listChangeKinds(change),
    ]);
    expect(kinds).toEqual([
      ["TASK-001", "reopened", "raised"],
      ["TASK-002", "reopened"],
      ["TASK-003", "new"],
    ]);
    expect(changesSince(db, project).map(({ taskId }) => taskId)).toEqual(["TASK-001", "TASK-003"]);
  });

  test("a task that left the list for an unknown reason and returns is not new", () => {
    const db = temporaryCache();
    response(db, [aTask(), aTask({ id: "TASK-002" })]);
    response(db, [aTask()]);
    const seq = lastChangeSeq(db);
    response(db, [
      aTask(),
      aTask({ id: "TASK-002", priority: "urgent" }),
      aTask({ id: "TASK-003" }),
    ]);
    const since = { ...project, seq };
    expect(changesSince(db, since).map((one) => [one.taskId, ...listChangeKinds(one)])).toEqual([
      ["TASK-002", "relisted"],
      ["TASK-003", "new"],
    ]);
    expect(changeWordsOf(changesSince(db, since))).toEqual([
      "TASK-003 new",
      "TASK-002 listed again",
    ]);
    expect(changesSince(db, since).map((one) => changeLine(one))).toEqual([
      expect.stringContaining("TASK-002 is listed again, urgent: "),
      expect.stringContaining("TASK-003 is new"),
    ]);
    // Who heard of neither reads what became of it between.
    expect(changesSince(db, project).map((one) => [one.taskId, ...listChangeKinds(one)])).toEqual([
      ["TASK-002", "raised"],
      ["TASK-003", "new"],
    ]);
  });

  test("an unchanged response logs nothing", () => {
    const db = temporaryCache();
    response(db, [aTask()]);
    response(db, [aTask()], { at: saturday + minute });
    expect(lastChangeSeq(db)).toBe(0);
  });

  test("several changes are one net change, and a reverted one is none", () => {
    const db = temporaryCache();
    response(db, [aTask({ priority: "low" })]);
    response(db, [aTask({ priority: "high" })]);
    const seq = lastChangeSeq(db);
    response(db, [aTask({ priority: "low" })]);
    expect(changesSince(db, project)).toEqual([]);
    expect(changesSince(db, { ...project, seq }).flatMap(listChangeKinds)).toEqual(["lowered"]);
  });

  test("thousands of changes are all counted, and none remain once reverted", () => {
    const db = temporaryCache();
    const some = (count: number): Task[] =>
      Array.from({ length: count }, (_, at) => aTask({ id: `T-${at}` }));
    response(db, some(2));
    response(db, some(3000));
    expect(changesSince(db, project)).toHaveLength(2998);
    const seq = lastChangeSeq(db);
    response(db, some(2));
    expect(changesSince(db, project)).toEqual([]);
    expect(changesSince(db, { ...project, seq })).toHaveLength(2998);
    response(db, some(maxChanges + 500));
    const changes = changesSince(db, project);
    expect(changes).toHaveLength(maxChanges);
    expect(changeWordsOf(changes)).toEqual([
      expect.stringMatching(new RegExp(`^${maxChanges} or more new \\(`)),
    ]);
  });

  test("a session's own change is not news to that session", () => {
    const db = temporaryCache();
    response(db, [aTask()]);
    response(db, [aTask({ status: "in_progress" })], { bySession: "session-1" });
    const ask = (...exceptSessions: (string | null)[]): number =>
      changesSince(db, { ...project, exceptSessions }).length;
    expect([ask("session-1"), ask("session-2"), ask(null), ask()]).toEqual([0, 1, 1, 1]);
    expect(ask(null, "session-2", "session-1")).toBe(0);
  });

  test("another project's changes are not read", () => {
    const db = temporaryCache();
    const other = aKey({ project: "/work/other" });
    response(db, [], { key: other });
    response(db, [aTask()], { key: other });
    expect(changesSince(db, project)).toEqual([]);
  });
});
