import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { changesSince } from "../../src/state/cache/task-changes.ts";
import { readSourceFailures, readSourceViews } from "../../src/state/cache/source-views.ts";
import { listChangeKinds } from "../../src/core/news/changes.ts";
import { SitrepError } from "../../src/core/errors.ts";
import { SourceError } from "../../src/core/source-error.ts";
import { noNotes } from "../../src/core/ports.ts";
import type { TaskSource } from "../../src/core/ports.ts";
import type { Task } from "../../src/core/task/task.ts";
import { refreshTasks } from "../../src/sources/refresh.ts";
import type { RefreshDeps } from "../../src/sources/refresh.ts";
import type { Sqlite } from "../../src/state/sqlite/sqlite.ts";
import { aTask, day, minute, saturday } from "../support/builders.ts";
import { temporaryCache } from "../support/cache.ts";
import { eventually } from "../support/waiting.ts";

const scope = { path: "/work/shop-api", name: "shop-api" };
const limits = { freshMs: 15 * minute, expireMs: 7 * day };

/** A source of the test's own: it answers what it is given, or does what the test sets. */
function aSource(
  name: string,
  list: () => Promise<Task[]>,
  get?: (id: string) => Promise<Task | null>,
): TaskSource {
  return {
    name,
    origin: `test:${name}`,
    subject: "",
    listOpen: async () => ({ ...noNotes, tasks: await list() }),
    ...(get === undefined ? {} : { get: (_, id) => get(id) }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

const never = (): Promise<Task[]> => new Promise(() => undefined);

function depsOf(db: Sqlite, sources: TaskSource[], now = saturday): RefreshDeps {
  const configured = sources.map((source) => ({ source, isFallback: false }));
  return { db, sourcesOf: async () => configured, now: () => now, timeoutMs: 100, bySession: null };
}

const viewsOf = (db: Sqlite, now = saturday) =>
  readSourceViews(db, { project: scope.path, branch: null, now, limits, most: 6 });

describe("a refresh", () => {
  test("a refresh stores each source's response, in their order", async () => {
    const db = temporaryCache();
    const sources = [
      aSource("linear", async () => [aTask({ id: "LIN-1" })]),
      aSource("embedded", async () => []),
    ];
    const results = await refreshTasks(depsOf(db, sources), scope, { force: false });
    expect(results).toMatchObject([
      { source: "linear", tasks: 1, code: null },
      { source: "embedded", tasks: 0, code: null },
    ]);
    expect(viewsOf(db).map((view) => [view.source, view.freshness])).toEqual([
      ["linear", "fresh"],
      ["embedded", "fresh"],
    ]);
  });

  test("a refresh is not delayed by a source that never answers", async () => {
    const db = temporaryCache();
    const sources = [aSource("mute", never), aSource("embedded", async () => [aTask()])];
    const results = await refreshTasks(depsOf(db, sources), scope, { force: false });
    expect(results).toMatchObject([
      { source: "mute", code: "source-timeout" },
      { source: "embedded", code: null },
    ]);
    expect(viewsOf(db)).toMatchObject([{ freshness: "absent" }, { freshness: "fresh" }]);
  });

  test("a failed refresh keeps the last good tasks and records the reason", async () => {
    const db = temporaryCache();
    let list = async (): Promise<Task[]> => [aTask()];
    const source = aSource("linear", () => list());
    await refreshTasks(depsOf(db, [source]), scope, { force: false });
    list = () => Promise.reject(Object.assign(new Error("x"), { code: "ECONNREFUSED" }));
    await refreshTasks(depsOf(db, [source], saturday + minute), scope, { force: false });
    const [view] = viewsOf(db, saturday + minute);
    expect(view?.tasks).toHaveLength(1);
    expect(view).toMatchObject({
      fetchedAt: saturday,
      failure: { code: "ECONNREFUSED", count: 1, nextTryAt: saturday + 2 * minute },
    });
  });

  test("a failed source is asked again after 60 s, then after twice as long, or when forced", async () => {
    const db = temporaryCache();
    let tries = 0;
    const source = aSource("linear", () => {
      tries += 1;
      return Promise.reject(new SitrepError("source-failed", "no"));
    });
    const at = async (now: number, force = false): Promise<number> => {
      await refreshTasks(depsOf(db, [source], now), scope, { force });
      return tries;
    };
    expect(await at(saturday)).toBe(1);
    expect(await at(saturday + minute - 1)).toBe(1);
    expect(await at(saturday + minute)).toBe(2);
    expect(await at(saturday + 2 * minute)).toBe(2);
    expect(await at(saturday + 3 * minute)).toBe(3);
    expect(await at(saturday + 3 * minute, true)).toBe(4);
    expect(viewsOf(db, saturday + 3 * minute)[0]?.failure?.count).toBe(3);
  });

  test("a refresh looks up tasks that left the list, if the source can", async () => {
    const db = temporaryCache();
    let listed = [aTask(), aTask({ id: "TASK-002" }), aTask({ id: "TASK-003" })];
    const source = aSource(
      "linear",
      async () => listed,
      async (id) => {
        if (id === "TASK-003") throw new Error("no such route");
        return id === "TASK-002" ? aTask({ id, status: "completed" }) : null;
      },
    );
    await refreshTasks(depsOf(db, [source]), scope, { force: false });
    listed = [aTask()];
    await refreshTasks(depsOf(db, [source]), scope, { force: false });
    const changes = changesSince(db, { project: scope.path, seq: 0, exceptSessions: [] });
    expect(changes.map((change) => [change.taskId, ...listChangeKinds(change)]).toSorted()).toEqual(
      [
        ["TASK-002", "completed"],
        ["TASK-003", "gone"],
      ],
    );
  });
});

describe("a source that fails", () => {
  const failing = (failure: Error) => aSource("linear", () => Promise.reject(failure));
  const failureIn = (db: Sqlite) => viewsOf(db)[0]?.failure;

  test("a failed source is not asked before the server's Retry-After, at most 15 minutes", async () => {
    for (const [asked, waits] of [
      [600_000, 600_000],
      [1000, minute],
      [86_400_000, 15 * minute],
    ] as const) {
      const db = temporaryCache();
      const source = failing(
        new SourceError("source-rate-limited", "linear asked Sitrep to wait.", {
          retryAfterMs: asked,
        }),
      );
      await refreshTasks(depsOf(db, [source]), scope, { force: false });
      expect(failureIn(db)?.nextTryAt).toBe(saturday + waits);
      const [again] = await refreshTasks(depsOf(db, [source], saturday + waits - 1), scope, {
        force: false,
      });
      expect(again?.code).toBe("waiting");
    }
  });

  test("a source whose connection broke during a call is not reported as unreachable", async () => {
    const db = temporaryCache();
    const broken = failing(new SourceError("source-unreachable", "broke off"));
    await refreshTasks(depsOf(db, [broken]), scope, { force: false });
    expect(failureIn(db)).toMatchObject({ code: "source-interrupted" });
  });

  test("a source in its cooldown keeps the reason of its failure", async () => {
    const db = temporaryCache();
    const errors = [
      new SourceError("source-unreachable", "refused", { isUnsent: true }),
      new SourceError("source-cooldown", "resting"),
    ];
    for (const [at, error] of errors.entries()) {
      const now = saturday + at * minute;
      await refreshTasks(depsOf(db, [failing(error)], now), scope, { force: false });
    }
    expect(failureIn(db)).toMatchObject({ code: "source-unreachable", count: 2 });
  });

  test("forced retries do not lengthen the waits", async () => {
    const db = temporaryCache();
    const source = failing(new SourceError("source-unreachable", "refused"));
    const refresh = async (now: number, force: boolean) => {
      await refreshTasks(depsOf(db, [source], now), scope, { force });
      return failureIn(db);
    };
    const first = await refresh(saturday, false);
    for (let second = 1; second <= 5; second += 1) {
      const now = saturday + second * 1000;
      expect(await refresh(now, true)).toEqual({ ...first, at: now });
    }
    const later = saturday + 2 * minute;
    expect(await refresh(later, true)).toMatchObject({ count: 1, nextTryAt: later + minute });
    expect(await refresh(saturday + 4 * minute, false)).toMatchObject({ count: 2 });
    const limit = new SourceError("source-rate-limited", "wait", { retryAfterMs: 600_000 });
    await refreshTasks(depsOf(db, [failing(limit)], later), scope, { force: true });
    expect(failureIn(db)).toMatchObject({ count: 2, nextTryAt: later + 600_000 });
  });

  test("a source with a longer timeout gets that time", async () => {
    const slow = aSource("slow", () => setTimeout(300, [aTask()]));
    const [usual, patient] = [temporaryCache(), temporaryCache()];
    const ask = (db: Sqlite, timeoutMs: number) => {
      const sourcesOf = async () => [{ source: slow, isFallback: false, timeoutMs }];
      return refreshTasks({ ...depsOf(db, []), sourcesOf, timeoutMs: 50 }, scope, { force: false });
    };
    expect(await ask(usual, 0)).toMatchObject([{ code: "source-timeout" }]);
    expect(await ask(patient, 10_000)).toMatchObject([{ tasks: 1 }]);
  });

  test("a source gets one refresh at a time, and the others are refreshed meanwhile", async () => {
    const db = temporaryCache();
    const asked: string[] = [];
    let speak: (tasks: Task[]) => void = () => undefined;
    const deps = {
      ...depsOf(db, [
        aSource("mute", () => {
          asked.push("mute");
          return new Promise((resolve) => (speak = resolve));
        }),
        aSource("linear", async () => {
          asked.push("linear");
          return [];
        }),
      ]),
      underWay: new Set<string>(),
      timeoutMs: 60_000,
    };
    const first = refreshTasks(deps, scope, { force: true });
    await eventually(() => expect(viewsOf(db)[1]?.fetchedAt).toBe(saturday));
    const second = await refreshTasks(deps, scope, { force: true });
    expect(second).toMatchObject([{ code: "waiting" }, { code: null }]);
    speak([]);
    await first;
    expect(asked.toSorted()).toEqual(["linear", "linear", "mute"]);
    await refreshTasks({ ...deps, timeoutMs: 100 }, scope, { force: true });
    expect(asked.filter((name) => name === "mute")).toHaveLength(2);
  });
});

test("the notes of a response are stored with its tasks", async () => {
  const db = temporaryCache();
  const notes = {
    total: 40,
    isNextOnly: false,
    context: "Shop: the API",
    unreadable: 2,
    isCut: true,
  };
  const source = {
    ...aSource("linear", async () => []),
    listOpen: async () => ({ ...notes, tasks: [aTask()] }),
  };
  await refreshTasks(depsOf(db, [source]), scope, { force: false });
  expect(viewsOf(db)).toMatchObject([{ notes, isFallback: false }]);
});

test("a source counts as a fallback while it is configured as one", async () => {
  const db = temporaryCache();
  const source = aSource("mirror", async () => []);
  for (const isFallback of [true, false]) {
    const deps = { ...depsOf(db, []), sourcesOf: async () => [{ source, isFallback }] };
    await refreshTasks(deps, scope, { force: false });
    expect(viewsOf(db)).toMatchObject([{ source: "mirror", isFallback }]);
  }
});

test("a fallback's failures and changes are not news", async () => {
  const db = temporaryCache();
  for (const isFallback of [true, false]) {
    const name = isFallback ? "mirror" : "linear";
    let tasks = [aTask()];
    const source = aSource(name, async () => tasks);
    const deps = { ...depsOf(db, []), sourcesOf: async () => [{ source, isFallback }] };
    await refreshTasks(deps, scope, { force: true });
    tasks = [aTask(), aTask({ id: "TASK-002", priority: "urgent" })];
    await refreshTasks(deps, scope, { force: true });
    const changes = changesSince(db, { project: scope.path, seq: 0, exceptSessions: [] });
    expect(changes).toHaveLength(isFallback ? 0 : 1);
    expect(Object.keys(readSourceFailures(db, { project: scope.path }))).toEqual(
      isFallback ? [] : [name],
    );
  }
});

test.each([
  ["source-refused", true, "sign-in-needed"],
  ["source-refused", false, "source-refused"],
  ["source-refused", "nothing", "sign-in-missing"],
  ["source-timeout", "nothing", "source-timeout"],
  ["secret-missing", true, "secret-missing"],
  ["source-timeout", true, "source-timeout"],
] as const)("the failure %s, with login %s, is recorded as %s", async (code, login, kept) => {
  const db = temporaryCache();
  const source = aSource("linear", async () => {
    throw new SitrepError(code, "It failed.");
  });
  const deps = depsOf(db, []);
  const sourcesOf = async () => [
    { source, isFallback: false, hasLogin: login === true, isOpen: login === "nothing" },
  ];
  await refreshTasks({ ...deps, sourcesOf }, scope, { force: false });
  expect(viewsOf(db)).toMatchObject([{ failure: { code: kept } }]);
});
