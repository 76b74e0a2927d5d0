import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSourceViews } from "../../../src/state/cache/task-views.ts";
import { rankTasks } from "../../../src/core/ranking.ts";
import type { Task } from "../../../src/core/task.ts";
import { aTask, day, minute, saturday, utcCalendar } from "../../support/builders.ts";
import { answer, temporaryCache } from "../../support/cache.ts";

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

function firstOf(special: Partial<Task>, branch: string | null = null): string | undefined {
  const db = temporaryCache();
  const tasks = [...manyTasks(), aTask({ id: "SPECIAL-1", priority: "low", ...special })];
  answer(db, tasks);
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

describe("the few tasks read of a long list hold the one that comes first", () => {
  test.for([
    ["started", { status: "in_progress" }, null],
    ["due soon", { due: "2026-11-22" }, null],
    ["overdue", { due: "2026-10-01" }, null],
    ["the most urgent", { priority: "urgent" }, null],
    ["the branch's by its own field", { branch: "feature/login" }, "feature/login"],
    ["the branch's by its id", {}, "feature/special-1-login"],
    ["the branch's by its number", { id: "#77" }, "77-login"],
  ] as [string, Partial<Task>, string | null][])("%s", ([, special, branch]) => {
    expect(firstOf(special, branch)).toBe(special.id ?? "SPECIAL-1");
  });
});

test("a row that is not a task is left out", () => {
  const db = temporaryCache();
  answer(db, [aTask(), aTask({ id: "TASK-002" })]);
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

test("the first few of a long list are those of the whole list, in any mixture", () => {
  fc.assert(
    fc.property(fc.array(anyTask, { minLength: 41, maxLength: 120 }), (drawn) => {
      const db = temporaryCache();
      const tasks = drawn.map((task, index) => ({ ...task, id: `T-${index}` }));
      answer(db, tasks);
      const branch = "feature/T-7";
      const query = { project: "/work/shop-api", branch, now: saturday, limits, most: 6 };
      const [view] = readSourceViews(db, query);
      const context = { branch, now: utcCalendar(saturday), calendar: utcCalendar };
      const firstIds = (list: readonly Task[]): string[] =>
        rankTasks(list, context)
          .slice(0, 6)
          .map(({ task }) => task.id);
      expect(firstIds(view?.tasks ?? [])).toEqual(firstIds(tasks));
      db.close();
    }),
    { numRuns: 60 },
  );
});

test("reading the first few costs the same whether the list has a hundred tasks or thirty thousand", () => {
  const cost = (count: number): number => {
    const db = temporaryCache();
    const description = "What is to be done. ".repeat(20);
    answer(
      db,
      Array.from({ length: count }, (_, index) => aTask({ id: `T-${index}`, description })),
    );
    const query = {
      project: "/work/shop-api",
      branch: "feature/T-7",
      now: saturday,
      limits,
      most: 6,
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
