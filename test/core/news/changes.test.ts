import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  diffTasks,
  listChangeKinds,
  netChanges,
  taskState,
} from "../../../src/core/news/changes.ts";
import type { ChangeKind, TaskChange } from "../../../src/core/news/changes.ts";
import type { Task } from "../../../src/core/task/task.ts";
import { aTask } from "../../support/builders.ts";
import { anyChanges, anyTasks } from "../arbitraries.ts";

const state = (overrides: Partial<Task> = {}): TaskChange["after"] => taskState(aTask(overrides));
const step = (
  before: Partial<Task> | null,
  after: Partial<Task> | null,
  taskId = "TASK-1",
  source = "embedded",
): TaskChange => ({
  source,
  taskId,
  before: before && state(before),
  after: after && state(after),
});

describe("the difference between two responses", () => {
  const task = aTask({ id: "TASK-1" });

  test.for<[string, Task[], Task[], [string, "new" | "gone" | "changed"][]]>([
    ["none between equal answers", [task], [{ ...task }], []],
    ["a task that is new", [], [task], [["TASK-1", "new"]]],
    ["a task that is gone", [task], [], [["TASK-1", "gone"]]],
    ["a task that is over", [task], [{ ...task, status: "completed" }], [["TASK-1", "changed"]]],
    [
      "a task that was over before it was seen is no news",
      [],
      [{ ...task, status: "completed" }],
      [],
    ],
    [
      "in the order of the new response, then what is gone",
      [task, aTask({ id: "TASK-2" })],
      [aTask({ id: "TASK-3" }), { ...task, title: "Rotate keys" }],
      [
        ["TASK-3", "new"],
        ["TASK-1", "changed"],
        ["TASK-2", "gone"],
      ],
    ],
  ])("%s", ([, before, after, expected]) => {
    const found = diffTasks("embedded", before, after).map((change) => [
      change.taskId,
      change.before === null ? "new" : change.after === null ? "gone" : "changed",
    ]);
    expect(found).toEqual(expected);
  });

  test.for<[string, Partial<Task>, boolean]>([
    ["title", { title: "Rotate keys" }, true],
    ["status", { status: "blocked" }, true],
    ["priority", { priority: "high" }, true],
    ["assignees", { assignees: ["ada", "grace"] }, true],
    ["due", { due: "2026-12-01" }, true],
    ["description", { description: "Use PKCE." }, false],
    ["labels", { labels: ["auth"] }, false],
    ["updatedAt", { updatedAt: "2026-11-21T10:00:00Z" }, false],
  ])("%s counts as a change: %s", ([, overrides, isChange]) => {
    const before = aTask({ assignees: ["ada"] });
    const changes = diffTasks("embedded", [before], [{ ...before, ...overrides }]);
    expect(changes.length === 1).toBe(isChange);
  });

  test("names the source and both states", () => {
    expect(diffTasks("linear", [task], [{ ...task, due: "2026-12-01" }])).toEqual([
      { source: "linear", taskId: "TASK-1", before: state(), after: state({ due: "2026-12-01" }) },
    ]);
  });

  test("is empty for the same response in another order", () => {
    fc.assert(
      fc.property(anyTasks, (tasks) => {
        expect(diffTasks("embedded", tasks, tasks.toReversed())).toEqual([]);
      }),
    );
  });

  test("each task that differs is named once", () => {
    fc.assert(
      fc.property(anyTasks, anyTasks, (before, after) => {
        const ids = diffTasks("embedded", before, after).map((change) => change.taskId);
        expect(new Set(ids).size).toBe(ids.length);
        const known = new Set([...before, ...after].map((one) => one.id));
        expect(ids.filter((id) => !known.has(id))).toEqual([]);
      }),
    );
  });

  test("a task that a server lists twice is one task", () => {
    expect(diffTasks("embedded", [task], [task, { ...task }])).toEqual([]);
  });

  test("assignees in another order are the same assignees", () => {
    const before = aTask({ assignees: ["ada", "grace"] });
    const after = aTask({ assignees: ["grace", "ada"] });
    expect(diffTasks("embedded", [before], [after])).toEqual([]);
  });
});

describe("several steps as one change", () => {
  test.for<[string, TaskChange[], TaskChange[]]>([
    ["no step", [], []],
    ["one step", [step({}, { status: "blocked" })], [step({}, { status: "blocked" })]],
    [
      "from the first state to the last",
      [step({}, { status: "blocked" }), step({ status: "blocked" }, { status: "completed" })],
      [step({}, { status: "completed" })],
    ],
    [
      "there and back is nothing",
      [step({}, { status: "in_progress" }), step({ status: "in_progress" }, {})],
      [],
    ],
    ["new and gone again is nothing", [step(null, {}), step({}, null)], []],
    ["gone and back as it was is nothing", [step({}, null), step(null, {})], []],
    [
      "gone and back in another state is a change",
      [step({}, null), step(null, { priority: "high" })],
      [step({}, { priority: "high" })],
    ],
    [
      "new, then changed: still new",
      [step(null, {}), step({}, { title: "Rotate keys" })],
      [step(null, { title: "Rotate keys" })],
    ],
    [
      "the same id in two sources stays apart",
      [step({}, null), step(null, {}, "TASK-1", "linear")],
      [step({}, null), step(null, {}, "TASK-1", "linear")],
    ],
    [
      "in the order of the first steps",
      [step({}, null, "B"), step({}, null, "A"), step(null, { priority: "low" }, "B")],
      [step({}, { priority: "low" }, "B"), step({}, null, "A")],
    ],
  ])("%s", ([, steps, net]) => {
    expect(netChanges(steps)).toEqual(net);
  });

  test("netting changes a second time changes nothing", () => {
    fc.assert(
      fc.property(anyChanges, (steps) => {
        const once = netChanges(steps);
        expect(netChanges(once)).toEqual(once);
        expect(new Set(once.map((one) => `${one.source} ${one.taskId}`)).size).toBe(once.length);
      }),
    );
  });
});

describe("what a change amounts to", () => {
  test.for<[Partial<Task> | null, Partial<Task> | null, ChangeKind[]]>([
    [null, null, []],
    [null, {}, ["new"]],
    [null, { status: "blocked" }, ["new"]],
    [null, { status: "completed" }, []],
    [{}, null, ["gone"]],
    [{}, {}, []],
    [{}, { status: "completed" }, ["completed"]],
    [{ status: "cancelled" }, { status: "completed" }, ["completed"]],
    [{ status: "blocked" }, { status: "cancelled" }, ["cancelled"]],
    [{ status: "completed" }, { status: "in_progress" }, ["reopened"]],
    [{ status: "cancelled" }, {}, ["reopened"]],
    [{}, { status: "in_progress" }, ["started"]],
    [{ status: "blocked" }, { status: "in_progress" }, ["started"]],
    [{ status: "in_progress" }, {}, ["paused"]],
    [{ status: "in_progress" }, { status: "blocked" }, ["blocked"]],
    [{ status: "blocked" }, {}, ["unblocked"]],
    [{ priority: "medium" }, { priority: "urgent" }, ["raised"]],
    [{ priority: "medium" }, { priority: "none" }, ["lowered"]],
    [{ assignees: [] }, { assignees: ["ada"] }, ["reassigned"]],
    [{}, { due: "2026-12-01" }, ["due-changed"]],
    [{ due: "2026-12-01" }, {}, ["due-changed"]],
    [{}, { title: "Rotate keys" }, ["renamed"]],
    [
      {},
      {
        status: "in_progress",
        priority: "high",
        assignees: ["ada"],
        due: "2026-12-01",
        title: "Rotate keys",
      },
      ["started", "raised", "reassigned", "due-changed", "renamed"],
    ],
  ])("%j to %j amounts to %j", ([before, after, kinds]) => {
    expect(listChangeKinds(step(before, after))).toEqual(kinds);
  });
});

test("the state of a task without a due date has no due field", () => {
  expect(Object.keys(taskState(aTask({ description: "Use PKCE." })))).toEqual([
    "title",
    "status",
    "priority",
    "assignees",
  ]);
});
