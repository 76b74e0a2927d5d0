import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { belongsToBranch, idsInBranch, openKey, rankTasks } from "../../src/core/ranking.ts";
import type { RankContext, RankReason } from "../../src/core/ranking.ts";
import { isPending } from "../../src/core/task.ts";
import type { Task } from "../../src/core/task.ts";
import { aTask, saturday, utcCalendar } from "../support/builders.ts";
import { anyTasks } from "./arbitraries.ts";

const context: RankContext = {
  branch: "feature/TASK-51",
  now: utcCalendar(saturday),
  calendar: utcCalendar,
};
const plain: Partial<Task> = { priority: "none" };
const idsOf = (tasks: Task[]): string[] => rankTasks(tasks, context).map(({ task }) => task.id);

describe("of two tasks the first is next, for the reason named", () => {
  test.for<[string, Partial<Task>, RankReason[], Partial<Task>]>([
    [
      "the branch's own before one in progress",
      { id: "TASK-51" },
      ["this-branch"],
      { status: "in_progress", priority: "urgent", due: "2026-11-01" },
    ],
    [
      "the branch's own even when it is blocked",
      { id: "TASK-51", status: "blocked" },
      ["this-branch"],
      { priority: "urgent" },
    ],
    ["by its own field", { branch: "feature/TASK-51" }, ["this-branch"], { status: "in_progress" }],
    [
      "one in progress before an overdue one",
      { status: "in_progress" },
      ["in-progress"],
      { priority: "urgent", due: "2026-11-01" },
    ],
    [
      "one that can be done before a blocked one",
      {},
      ["age"],
      { status: "blocked", priority: "urgent", due: "2026-11-01" },
    ],
    ["overdue before urgent", { due: "2026-11-20" }, ["overdue"], { priority: "urgent" }],
    [
      "overdue for longer before overdue",
      { due: "2026-11-01" },
      ["overdue"],
      { due: "2026-11-20", priority: "urgent" },
    ],
    ["due today before urgent", { due: "2026-11-21" }, ["due-soon"], { priority: "urgent" }],
    [
      "due in three days before urgent",
      { due: "2026-11-24" },
      ["due-soon"],
      { priority: "urgent" },
    ],
    [
      "due sooner before due soon",
      { due: "2026-11-22" },
      ["due-soon"],
      { due: "2026-11-23", priority: "urgent" },
    ],
    ["priority before due in four days", { priority: "low" }, ["priority"], { due: "2026-11-25" }],
    [
      "priority before a due day that is none",
      { priority: "low" },
      ["priority"],
      { due: "someday" },
    ],
    ["urgent before high", { priority: "urgent" }, ["priority"], { priority: "high" }],
    ["high before medium", { priority: "high" }, ["priority"], { priority: "medium" }],
    ["medium before low", { priority: "medium" }, ["priority"], { priority: "low" }],
    ["low before none", { priority: "low" }, ["priority"], {}],
    [
      "older before newer",
      { createdAt: "2026-11-01T08:00:00.000Z" },
      ["age"],
      { createdAt: "2026-11-02T08:00:00.000Z" },
    ],
    ["with a date before without", { createdAt: "2026-11-20T08:00:00.000Z" }, ["age"], {}],
    [
      "all reasons, the weightiest first",
      { id: "TASK-51", status: "in_progress", due: "2026-11-01", priority: "high" },
      ["this-branch", "in-progress", "overdue", "priority"],
      {},
    ],
  ])("%s", ([, first, reasons, second]) => {
    // The ids alone would put them the other way round.
    const tasks = [aTask({ id: "A", ...plain, ...second }), aTask({ id: "B", ...plain, ...first })];
    const [next, other] = rankTasks(tasks, context);
    expect([next?.task, other?.task]).toEqual(tasks.toReversed());
    expect(next?.reasons).toEqual(reasons);
  });

  test("ids decide where nothing else does", () => {
    expect(idsOf([aTask({ id: "B" }), aTask({ id: "C" }), aTask({ id: "A" })])).toEqual([
      "A",
      "B",
      "C",
    ]);
  });
});

test("what is over is left out", () => {
  expect(
    idsOf([
      aTask({ id: "A", status: "completed" }),
      aTask({ id: "B", status: "cancelled" }),
      aTask({ id: "C", status: "blocked" }),
    ]),
  ).toEqual(["C"]);
});

describe("of any tasks", () => {
  test("the order does not depend on the order of the input", () => {
    const shuffled = anyTasks.chain((tasks) =>
      fc.tuple(
        fc.constant(tasks),
        fc.shuffledSubarray(tasks, { minLength: tasks.length, maxLength: tasks.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([tasks, others]) => {
        expect(rankTasks(others, context)).toEqual(rankTasks(tasks, context));
      }),
      { numRuns: 200 },
    );
  });

  test("every pending one is ranked once, with a reason", () => {
    fc.assert(
      fc.property(anyTasks, (tasks) => {
        const ranked = rankTasks(tasks, context);
        expect(new Set(ranked.map(({ task }) => task))).toEqual(new Set(tasks.filter(isPending)));
        expect(ranked.filter(({ reasons }) => reasons.length === 0)).toEqual([]);
      }),
    );
  });

  test("the order of two does not depend on the others", () => {
    fc.assert(
      fc.property(anyTasks, (tasks) => {
        const ids = idsOf(tasks);
        const without = tasks.filter((_, index) => index % 3 !== 0);
        const left = new Set(without.map((task) => task.id));
        expect(idsOf(without)).toEqual(ids.filter((id) => left.has(id)));
      }),
    );
  });
});

describe("the ids in a branch name", () => {
  test.for<[string, string[]]>([
    ["feature/TASK-51-login", ["TASK-51", "51"]],
    ["51-login", ["51"]],
    ["fix/eng-7", ["eng-7", "7"]],
    ["v2/TASK-51", ["2", "TASK-51", "51"]],
    ["TASK-51-and-TASK-51", ["TASK-51", "51"]],
    ["P2X-9", ["P2X-9", "9"]],
    ["main", []],
    ["", []],
    [`${"-".repeat(254)}51`, ["5"]],
  ])("%s: %j", ([branch, ids]) => {
    expect(idsInBranch(branch)).toEqual(ids);
  });
});

describe("a branch and a task belong together", () => {
  test.for<[string, Partial<Task>, string | null, boolean]>([
    ["by the id", { id: "TASK-51" }, "feature/TASK-51-login", true],
    ["by the id in other case", { id: "TASK-51" }, "feature/task-51", true],
    ["by a number", { id: "51" }, "51-login", true],
    ["by a number with a hash", { id: "#51" }, "issue-51", true],
    ["by the task's own field", { branch: "login" }, "login", true],
    ["not by an id that only begins alike", { id: "TASK-5" }, "feature/TASK-51", false],
    ["not by an id that only ends alike", { id: "TASK-51" }, "feature/SUBTASK-51", false],
    ["not by the number of another project's id", { id: "OPS-51" }, "feature/TASK-51", false],
    [
      "not by the id when the task's own field names another",
      { id: "TASK-51", branch: "other" },
      "TASK-51",
      false,
    ],
    ["not when detached", { id: "TASK-51", branch: "main" }, null, false],
    ["not on a branch without ids", { id: "TASK-51" }, "main", false],
  ])("%s", ([, task, branch, belongs]) => {
    expect(belongsToBranch(aTask(task), branch)).toBe(belongs);
  });
});

describe("a task that waits for another", () => {
  const task = (id: string, more: Partial<Task> = {}): Task => aTask({ id, ...plain, ...more });
  const waiting = task("A", { priority: "urgent", dependsOn: ["B"] });

  test("comes after what can be begun, and names what it waits for", () => {
    const ranked = rankTasks([waiting, task("B", { priority: "low" })], context);
    expect(ranked.map((one) => [one.task.id, one.waitsFor])).toEqual([
      ["B", []],
      ["A", ["B"]],
    ]);
  });

  test("waits for one that is not listed but known to be open", () => {
    const open = new Set([openKey("embedded", "B")]);
    expect(rankTasks([waiting], { ...context, open })[0]?.waitsFor).toEqual(["B"]);
    expect(rankTasks([waiting], context)[0]?.waitsFor).toEqual([]);
  });

  test("does not wait for one of another source, for one that is over, nor for itself", () => {
    const others = [task("B", { source: "linear" }), task("B", { status: "completed" })];
    expect(rankTasks([waiting, ...others], context)[0]?.task.id).toBe("A");
    expect(rankTasks([task("A", { dependsOn: ["A"] })], context)[0]?.waitsFor).toEqual([]);
  });

  test("keeps its place when it is in progress, or this branch's task", () => {
    const begun = task("A", { status: "in_progress", dependsOn: ["B"] });
    expect(idsOf([task("B", { priority: "urgent" }), begun])).toEqual(["A", "B"]);
    const own = task("TASK-51", { dependsOn: ["B"] });
    expect(idsOf([task("B", { priority: "urgent" }), own])).toEqual(["TASK-51", "B"]);
  });
});

test("says how a task belongs to the branch", () => {
  const linkOf = (more: Partial<Task>) => rankTasks([aTask(more)], context)[0]?.link;
  expect(linkOf({ id: "TASK-51" })).toBe("id");
  expect(linkOf({ branch: "feature/TASK-51" })).toBe("field");
  expect(linkOf({ id: "TASK-51", branch: "other" })).toBeNull();
  expect(linkOf({})).toBeNull();
});
