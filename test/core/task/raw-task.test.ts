import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  markBlocked,
  missingFields,
  priorityScales,
  taskFromRaw,
} from "../../../src/core/task/raw-task.ts";
import { readTask } from "../../../src/core/task/task.ts";
import { aTask } from "../../support/builders.ts";

const read = (value: object, scale: Parameters<typeof taskFromRaw>[2] = null) =>
  taskFromRaw({ id: "T-1", ...value }, "linear", scale);

describe("a server's task", () => {
  test.each([
    [{ id: 7 }, "7"],
    [{ key: "SHOP-1", title: "x" }, "SHOP-1"],
    [{ identifier: "ENG-1" }, "ENG-1"],
    [{ task_id: "TASK-051" }, "TASK-051"],
    [{ number: 12 }, "12"],
  ])("has an id under any of its usual names: %j", (value, id) => {
    expect(taskFromRaw(value, "linear", null)).toMatchObject({ id, title: expect.any(String) });
  });

  test.each([[null], ["text"], [{}], [{ id: "" }], [{ id: {} }], [{ id: "x".repeat(201) }], [[]]])(
    "is skipped without a usable id: %j",
    (value) => {
      expect(taskFromRaw(value, "linear", null)).toBeNull();
    },
  );

  test.each([
    ["todo", "pending", undefined],
    ["OPEN", "pending", undefined],
    ["In-Progress", "in_progress", undefined],
    ["closed", "completed", undefined],
    ["Duplicate", "cancelled", undefined],
    ["In Review", "pending", "In Review"],
    [{ name: "Done" }, "completed", undefined],
    [null, "pending", undefined],
  ])("has the raw status %j read as %s", (status, expected, rawStatus) => {
    const task = read({ status });
    expect([task?.status, task?.rawStatus]).toEqual([expected, rawStatus]);
  });

  test("is completed or pending if it has only a field for done", () => {
    expect(read({ done: true })?.status).toBe("completed");
    expect(read({ completed: true })?.status).toBe("completed");
    expect(read({ completed: false })?.status).toBe("pending");
  });

  test.each([
    ["one-highest", [0, 1, 2, 3, 4, 9], ["none", "urgent", "high", "medium", "low", "none"]],
    ["zero-highest", [0, 1, 2, 3, 4, 9], ["urgent", "high", "medium", "low", "none", "none"]],
    ["highest-last", [0, 1, 2, 3, 4, 9], ["none", "low", "medium", "high", "urgent", "none"]],
  ] as const)("has its priority counted as its server counts: %s", (scale, numbers, expected) => {
    for (const spell of [(n: number) => n, (n: number) => `P${n}`, (n: number) => ({ value: n })]) {
      expect(numbers.map((n) => read({ priority: spell(n) }, scale)?.priority)).toEqual(expected);
    }
  });

  test("has no known priority for a number of an unknown scale, but has for a word", () => {
    expect(read({ priority: 1 })).toMatchObject({ priority: "none", rawPriority: "1" });
    expect(read({ priority: "Critical" })?.priority).toBe("urgent");
    expect(read({ priority: { name: "Minor" } })?.priority).toBe("low");
    expect(read({ priority: "soonish" })).toMatchObject({
      priority: "none",
      rawPriority: "soonish",
    });
    for (const none of [null, "", "None", "no priority", "low"]) {
      expect(read({ priority: none })).not.toHaveProperty("rawPriority");
    }
  });

  test.each([[["ana", { login: "ben" }, { displayName: "Cy" }, "", 3]], ["ana, ben , Cy,3"]])(
    "lists assignees from a list, objects and a text with commas: %j",
    (assignees) => {
      expect(read({ assignees })?.assignees).toEqual(["ana", "ben", "Cy", "3"]);
      expect(read({ assignee: { name: "Ana" } })?.assignees).toEqual(["Ana"]);
    },
  );

  test("keeps valid dates", () => {
    expect(
      read({ due_date: "2026-12-01", updated_at: "2026-11-20T09:00:00+01:00", created_at: "soon" }),
    ).toMatchObject({ due: "2026-12-01", updatedAt: "2026-11-20T08:00:00.000Z" });
    expect(read({ created_at: "soon" })).not.toHaveProperty("createdAt");
  });

  test.each([
    ["24.11.2026", "2026-11-24"],
    ["1. 2.2027", "2027-02-01"],
    ["2026年11月4日", "2026-11-04"],
  ])("has a due day if the order of its parts is clear: %s", (given, due) => {
    const task = read({ due: given });
    expect(task?.due).toBe(due);
    expect(task).not.toHaveProperty("rawDue");
  });

  test.each([
    "11/24/2026",
    "04/05/2026",
    "31.02.2026",
    "24.11.26",
    "24.11.2026 9:00",
    "übermorgen",
  ])("keeps any other due text as it is: %s", (given) => {
    const task = read({ due: given });
    expect(task?.rawDue).toBe(given);
    expect(task).not.toHaveProperty("due");
  });

  test.each([
    ["html_url", "url"],
    ["gitBranchName", "branch"],
    ["parent_id", "parent"],
    ["category", "category"],
    ["estimate", "estimatedEffort"],
    ["completion_notes", "completionNotes"],
    ["body", "description"],
  ])("keeps %s as its %s, at most 8,192 characters, and drops it when empty", (given, field) => {
    expect(read({ [given]: "x".repeat(9000) })).toHaveProperty(field, "x".repeat(8192));
    expect(read({ [given]: "" })).not.toHaveProperty(field);
    expect(read({})).not.toHaveProperty(field);
  });

  test("uses the first line of its description, or its id, as a title", () => {
    expect(read({ body: "Fix it\nMore" })?.title).toBe("Fix it");
    expect(read({})?.title).toBe("T-1");
  });

  test("keeps at most 100 items of a list, each at most 200 characters, and no empty item", () => {
    const many = Array.from({ length: 150 }, (_, at) => `l${at}`);
    expect(read({ labels: many })?.labels).toEqual(many.slice(0, 100));
    expect(read({ labels: many.join(",") })?.labels).toEqual(many.slice(0, 100));
    expect(read({ labels: ["x".repeat(300), {}, " a ", ""] })?.labels).toEqual([
      "x".repeat(200),
      "a",
    ]);
    for (const none of [null, undefined, "", []])
      expect(read({ labels: none })?.labels).toEqual([]);
    expect(read({ inputs: ["spec.md"], outputs: "a.ts, b.ts" })).toMatchObject({
      inputs: ["spec.md"],
      outputs: ["a.ts", "b.ts"],
    });
  });

  test("takes no name from an object inside an object", () => {
    expect(read({ assignee: { name: { name: "Ana" } } })?.assignees).toEqual([]);
  });

  test("keeps unknown words, trimmed and cut at 200 characters", () => {
    const long = "y".repeat(300);
    const cut = long.slice(0, 200);
    expect(read({ status: ` ${long}`, priority: ` ${long}`, due: ` ${long}` })).toMatchObject({
      rawStatus: cut,
      rawPriority: cut,
      rawDue: cut,
    });
    const blank = read({ status: " ", done: true, priority: " ", due: " " });
    expect(blank).toMatchObject({ status: "completed", priority: "none" });
    expect(Object.keys(blank ?? {}).filter((key) => key.startsWith("raw"))).toEqual([]);
  });

  test("reads a priority from the value, name or label of an object", () => {
    expect(read({ priority: { name: "Low", value: 1 } }, "one-highest")?.priority).toBe("urgent");
    expect(read({ priority: { label: "High" } })?.priority).toBe("high");
    for (const other of ["1st", "XP1"])
      expect(read({ priority: other }, "one-highest")).toMatchObject({ rawPriority: other });
  });

  test("has its id trimmed, and cut at 200 characters", () => {
    expect(read({ id: " T-2 " })?.id).toBe("T-2");
    expect(read({ id: "x".repeat(200) })?.id).toBe("x".repeat(200));
  });

  test("can always be stored and read again, and has a bounded size", () => {
    const anything = fc.record({
      title: fc.anything(),
      status: fc.anything(),
      priority: fc.anything(),
      assignees: fc.anything(),
      labels: fc.array(fc.string(), { maxLength: 300 }),
      description: fc.string({ maxLength: 20_000 }),
      due: fc.anything(),
      parent: fc.anything(),
    });
    fc.assert(
      fc.property(anything, fc.constantFrom(...priorityScales), (value, scale) => {
        const task = read(value, scale);
        const text = JSON.stringify(task);
        expect(text.length).toBeLessThan(200_000);
        expect(readTask(JSON.parse(text))).toEqual(task);
      }),
    );
  });
});

test("a task is blocked only by open tasks of the same list", () => {
  const tasks = [
    aTask({ id: "A" }),
    aTask({ id: "B", dependsOn: ["A", "elsewhere"] }),
    aTask({ id: "C", dependsOn: ["D"] }),
    aTask({ id: "D", status: "completed" }),
    aTask({ id: "E", status: "in_progress", dependsOn: ["A"] }),
    aTask({ id: "F", status: "blocked", dependsOn: ["A", "D"] }),
    aTask({ id: "G", status: "blocked", dependsOn: ["D"] }),
  ];
  expect(markBlocked(tasks).map(({ id, status, dependsOn }) => [id, status, dependsOn])).toEqual([
    ["A", "pending", []],
    ["B", "blocked", ["A"]],
    ["C", "pending", ["D"]],
    ["E", "in_progress", ["A"]],
    ["F", "blocked", ["A"]],
    ["G", "blocked", []],
  ]);
});

test.each([
  [null, ["an id", "a title"]],
  [{ title: "" }, ["an id"]],
  [{ id: "T-1" }, ["a title"]],
  [{ id: "T-1", body: "x" }, []],
])("%j is not a task: it lacks %j", (value, lacks) => {
  expect(missingFields(value)).toEqual(lacks);
});

test.each([
  ["Kovač, Ana", ["Kovač, Ana"]],
  [" Kovač, Ana ", ["Kovač, Ana"]],
  ["O’Neil, Jean-Luc", ["O’Neil, Jean-Luc"]],
  ["ana, ben", ["ana", "ben"]],
  ["Ana Kovač, Ben Ito", ["Ana Kovač", "Ben Ito"]],
  ["Ana, Ben, Jun", ["Ana", "Ben", "Jun"]],
])("the assignee %s is read as %j", (assignee, people) => {
  const task = taskFromRaw({ id: "T-1", title: "One", assignee }, "team", null);
  expect(task?.assignees).toEqual(people);
});
