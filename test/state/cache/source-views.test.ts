import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { saveFailure } from "../../../src/state/cache/task-snapshots.ts";
import { readSourceViews } from "../../../src/state/cache/source-views.ts";
import { rankTasks } from "../../../src/core/task/ranking.ts";
import type { Task } from "../../../src/core/task/task.ts";
import { dayStart } from "../../../src/core/time.ts";
import { aTask, day, minute, saturday, utcCalendar } from "../../support/builders.ts";
import { aKey, response, temporaryCache } from "../../support/cache.ts";

const limits = { freshMs: 15 * minute, expireMs: 7 * day };
const priorities = ["high", "medium", "low", "none"] as const;

const anyTask: fc.Arbitrary<Task> = fc
  .record({
    status: fc.constantFrom("pending", "in_progress", "blocked"),
    priority: fc.constantFrom("urgent", "high", "medium", "low", "none"),
    due: fc.constantFrom(
      undefined,
      undefined,
      "2026-11-20",
      "2026-11-22",
      "2026-11-24",
      "2027-03-01",
    ),
    createdAt: fc.constantFrom(undefined, "2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z"),
    assignees: fc.constantFrom([], ["jun"], ["@Ana"], ["ana@shop.example"]),
  })
  .map(({ due, createdAt, ...rest }) =>
    aTask({
      ...rest,
      ...(due === undefined ? {} : { due }),
      ...(createdAt === undefined ? {} : { createdAt }),
    }),
  );

/** A thousand ordinary tasks, none of them urgent. */
function manyTasks(): Task[] {
  return Array.from({ length: 1000 }, (_, index) =>
    aTask({
      id: `TASK-${1000 + index}`,
      priority: priorities[index % priorities.length] ?? "none",
      createdAt: new Date(saturday - index * minute).toISOString(),
    }),
  );
}

test("an old response of the built-in store is stale, and a server's expires", () => {
  const db = temporaryCache();
  const server = aKey({ project: "/work/other", source: "linear", origin: "https://linear.app" });
  response(db, [aTask()]);
  response(db, [aTask()], { key: server });
  const freshnessIn = (project: string, now: number): unknown =>
    readSourceViews(db, { project, branch: null, now, limits, most: 6 })[0]?.freshness;
  for (const [age, own, others] of [
    [minute, "fresh", "fresh"],
    [day, "stale", "stale"],
    [30 * day, "stale", "expired"],
  ] as const) {
    expect(freshnessIn("/work/shop-api", saturday + age)).toBe(own);
    expect(freshnessIn("/work/other", saturday + age)).toBe(others);
  }
  // One that cannot be read any more may be anything by now.
  saveFailure(db, aKey(), {
    code: "store-replaced",
    at: saturday,
    since: saturday,
    count: 1,
    nextTryAt: saturday,
  });
  expect(freshnessIn("/work/shop-api", saturday + 30 * day)).toBe("expired");
});

function firstOf(special: Partial<Task>, branch: string | null = null): string | undefined {
  const db = temporaryCache();
  const tasks = [...manyTasks(), aTask({ id: "SPECIAL-1", priority: "low", ...special })];
  response(db, tasks);
  const [view] = readSourceViews(db, {
    project: "/work/shop-api",
    branch,
    now: saturday,
    limits,
    most: 6,
  });
  const context = { branch, now: utcCalendar(saturday), calendar: utcCalendar };
  expect(view?.tasks.length).toBeLessThan(40);
  expect(view?.counts.pending).toBeGreaterThan(900);
  const [best] = rankTasks(view?.tasks ?? [], context);
  expect(best?.task.id).toBe(rankTasks(tasks, context)[0]?.task.id);
  return best?.task.id;
}

describe("the few tasks that a session reads of a long list include the next one", () => {
  test.for([
    ["started", { status: "in_progress" }, null],
    ["due soon", { due: "2026-11-22" }, null],
    ["overdue", { due: "2026-10-01" }, null],
    ["the most urgent", { priority: "urgent" }, null],
    ["the branch's by its own field", { branch: "feature/login" }, "feature/login"],
    ["the branch's by its id", {}, "feature/special-1-login"],
    ["the branch's by its number", { id: "#77" }, "77-login"],
  ] as [string, Partial<Task>, string | null][])("when it is %s", ([, special, branch]) => {
    expect(firstOf(special, branch)).toBe(special.id ?? "SPECIAL-1");
  });
});

test("the user's tasks and unassigned ones are read among two thousand of other people's", () => {
  const db = temporaryCache();
  const others = Array.from({ length: 2000 }, (_, index) =>
    aTask({ id: `T-${index}`, status: "in_progress", priority: "urgent", assignees: ["jun"] }),
  );
  const mine = aTask({ id: "MINE", priority: "low", assignees: ["@Ana"] });
  const free = aTask({ id: "FREE", priority: "low" });
  response(db, [...others, mine, free]);
  const query = { project: "/work/shop-api", branch: null, now: saturday, limits, most: 6 };
  const ids = (me: string[]): string[] =>
    (readSourceViews(db, { ...query, me: { given: [], likely: me } })[0]?.tasks ?? []).map(
      ({ id }) => id,
    );
  expect(ids(["ana"])).toEqual(expect.arrayContaining(["MINE", "FREE"]));
  expect(ids(["ana"]).length).toBeLessThan(20);
});

test("the subject of a source counts as one of the user's names", () => {
  const db = temporaryCache();
  const others = Array.from({ length: 50 }, (_, index) =>
    aTask({ id: `T-${index}`, priority: "urgent", assignees: ["jun"] }),
  );
  const key = aKey({ subject: "ana" });
  response(db, [...others, aTask({ id: "MINE", priority: "low", assignees: ["ana"] })], { key });
  const query = { project: "/work/shop-api", branch: null, now: saturday, limits, most: 6 };
  const [view] = readSourceViews(db, query);
  expect(view?.subject).toBe("ana");
  expect(view?.tasks.map(({ id }) => id)).toContain("MINE");
});

describe("urgent and overdue tasks of a long list", () => {
  const view = (tasks: Task[]) => {
    const db = temporaryCache();
    response(db, tasks);
    const today = dayStart(utcCalendar(saturday), saturday);
    const query = {
      project: "/work/shop-api",
      branch: null,
      now: saturday,
      limits,
      most: 6,
      today,
    };
    return readSourceViews(db, query)[0];
  };
  const many = (count: number, more: Partial<Task> = {}): Task[] =>
    Array.from({ length: count }, (_, index) => aTask({ id: `T-${index}`, ...more }));

  test("a long list's urgent and overdue tasks are counted, and the worst is read", () => {
    const tasks = [
      ...many(2000),
      aTask({ id: "LATE-1", priority: "low", due: "2026-11-20" }),
      aTask({ id: "LATE-2", status: "blocked", priority: "none", due: "2026-03-01" }),
      aTask({ id: "NOW", due: "2026-11-21" }),
      aTask({ id: "HOT", priority: "urgent" }),
      aTask({ id: "HOT-2", status: "blocked", priority: "urgent" }),
    ];
    const { pressing, tasks: known } = view(tasks) ?? {};
    expect(pressing).toEqual({ urgent: 2, overdue: 2 });
    expect(known?.map(({ id }) => id)).toEqual(expect.arrayContaining(["LATE-2", "HOT"]));
  });

  test("a due time is overdue from that instant, a due date when its day is over", () => {
    const due = [
      "2026-11-21",
      "2026-11-21T00:00:00Z",
      "2026-11-21T00:00:01Z",
      "2026-11-21T10:01:59Z",
      "2026-11-21T10:02:00Z",
      "2026-11-21T23:00:00Z",
      "2026-11-20T23:59:59Z",
    ];
    const tasks = due.map((one, index) => aTask({ id: `D-${index}`, due: one }));
    expect(view([...many(50), ...tasks])?.pressing?.overdue).toBe(3);
  });

  test("overdue tasks are counted up to 200", () => {
    expect(view(many(1000, { due: "2026-11-01" }))?.pressing?.overdue).toBe(200);
  });

  test("a short list is read whole, and the cache does not count it", () => {
    expect(view(many(3, { priority: "urgent" }))?.pressing).toBeUndefined();
  });
});

test("a row that is not a task is skipped", () => {
  const db = temporaryCache();
  response(db, [aTask(), aTask({ id: "TASK-002" })]);
  db.prepare("UPDATE tasks SET value = '{\"id\":7}' WHERE id = 'TASK-002'").run();
  const [view] = readSourceViews(db, {
    project: "/work/shop-api",
    branch: null,
    now: saturday,
    limits,
    most: 6,
  });
  expect(view?.tasks.map((task) => task.id)).toEqual(["TASK-001"]);
});

test.for<[string, string[]]>([
  ["nobody in particular", []],
  ["somebody", ["ana", "Ana@shop.example"]],
])(
  "the first few tasks of a long list are those of the whole list, in any mixture, for %s",
  ([, likely]) => {
    const me = { given: [], likely };
    fc.assert(
      fc.property(fc.array(anyTask, { minLength: 41, maxLength: 120 }), (drawn) => {
        const db = temporaryCache();
        const tasks = drawn.map((task, index) => ({ ...task, id: `T-${index}` }));
        response(db, tasks);
        const branch = "feature/T-7";
        const query = { project: "/work/shop-api", branch, now: saturday, limits, most: 6, me };
        const [view] = readSourceViews(db, query);
        const context = { branch, now: utcCalendar(saturday), calendar: utcCalendar, me };
        const firstIds = (list: readonly Task[]): string[] =>
          rankTasks(list, context)
            .slice(0, 6)
            .map(({ task }) => task.id);
        expect(firstIds(view?.tasks ?? [])).toEqual(firstIds(tasks));
        db.close();
      }),
      { numRuns: 60 },
    );
  },
);

test("reading the first tasks costs the same for a hundred tasks and thirty thousand", () => {
  const cost = (count: number): number => {
    const db = temporaryCache();
    const description = "What is to be done. ".repeat(20);
    response(
      db,
      Array.from({ length: count }, (_, index) =>
        aTask({
          id: `T-${index}`,
          description,
          assignees: ["jun"],
          // All of them overdue, on as many days as there are.
          due: new Date(saturday - (1 + index) * day).toISOString(),
        }),
      ),
    );
    const query = {
      project: "/work/shop-api",
      branch: "feature/T-7",
      now: saturday,
      limits,
      most: 6,
      me: { given: [], likely: ["ana", "Ana Lopez"] },
      today: dayStart(utcCalendar(saturday), saturday),
    };
    const times = Array.from({ length: 20 }, () => {
      const started = performance.now();
      readSourceViews(db, query);
      return performance.now() - started;
    });
    db.close();
    return Math.min(...times);
  };
  expect(cost(30_000) / cost(100)).toBeLessThan(3);
});
