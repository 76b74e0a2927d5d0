import { describe, expect, test } from "vitest";
import { readSourceViews } from "../../src/cache/task-views.ts";
import { rankTasks } from "../../src/core/ranking.ts";
import type { Task } from "../../src/core/task.ts";
import { aTask, day, minute, saturday, utcCalendar } from "../support/builders.ts";
import { answer, temporaryCache } from "../support/cache.ts";

const limits = { freshMs: 15 * minute, expireMs: 7 * day };
const priorities = ["high", "medium", "low", "none"] as const;

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
  const [view] = readSourceViews(db, { project: "/work/shop-api", branch, now: saturday, limits });
  const context = { branch, now: utcCalendar(saturday), calendar: utcCalendar };
  expect(view?.tasks.length).toBeLessThan(120);
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
  ] as const)("%s", ([, special, branch]) => {
    expect(firstOf(special, branch)).toBe("SPECIAL-1");
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
  });
  expect(view?.tasks.map((task) => task.id)).toEqual(["TASK-001"]);
});
