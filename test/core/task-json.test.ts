import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readTask } from "../../src/core/task/task.ts";
import type { Task } from "../../src/core/task/task.ts";
import { aTask } from "../support/builders.ts";
import { anyTasks } from "./arbitraries.ts";

const whole: Required<Task> = {
  ...aTask(),
  assignees: ["ada"],
  labels: ["auth"],
  dependsOn: ["TASK-2"],
  inputs: ["spec.md"],
  outputs: ["login.ts"],
  description: "Use PKCE.",
  rawStatus: "review",
  rawPriority: "soonish",
  rawDue: "übermorgen",
  due: "2026-12-01",
  createdAt: "2026-11-01T00:00:00.000Z",
  updatedAt: "2026-11-02T00:00:00.000Z",
  completedAt: "2026-11-03T00:00:00.000Z",
  url: "https://tasks.example/51",
  place: "TODO.md:14",
  blockerCount: 2,
  project: "shop-api",
  branch: "login",
  parent: "TASK-1",
  category: "auth",
  estimatedEffort: "2 d",
  completionNotes: "Done.",
};

test("every field survives the way through JSON", () => {
  expect(readTask(JSON.parse(JSON.stringify(whole)))).toEqual(whole);
});

test("tasks with a title survive the way through JSON, whatever others wrote in them", () => {
  fc.assert(
    fc.property(anyTasks, (tasks) => {
      const titled = tasks.map((task) => ({ ...task, id: `${task.id}.`, title: `${task.title}.` }));
      const trimmed = titled.map((task) => ({ ...task, title: task.title.trim() }));
      expect(titled.map((task) => readTask(JSON.parse(JSON.stringify(task))))).toEqual(trimmed);
    }),
  );
});

describe("anything but a task is null", () => {
  test.for<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a text", "TASK-1"],
    ["an array", [whole]],
    ["no id", { ...whole, id: undefined }],
    ["an empty id", { ...whole, id: "" }],
    ["a number for an id", { ...whole, id: 51 }],
    ["an unknown status", { ...whole, status: "review" }],
    ["a property of every object as status", { ...whole, status: "constructor" }],
    ["no status", { ...whole, status: undefined }],
    ["an unknown priority", { ...whole, priority: "P1" }],
    ["a number for a priority", { ...whole, priority: 1 }],
  ])("%s", ([, value]) => {
    expect(readTask(value)).toBeNull();
  });
});

describe("a field of another shape counts as absent", () => {
  const least = { id: "TASK-51", status: "pending", priority: "medium" };
  const leastTask = aTask({ id: "TASK-51", source: "", title: "TASK-51" });
  test.for<[string, object, Task]>([
    ["all that may be missing", {}, leastTask],
    ["texts", { due: 7, branch: null, source: {}, title: [], url: false }, leastTask],
    ["lists", { assignees: "ada", labels: { 0: "a" }, inputs: null }, leastTask],
    [
      "items of a list",
      { labels: ["auth", 7, null, "db"] },
      { ...leastTask, labels: ["auth", "db"] },
    ],
    ["fields that are none of ours", { stars: 5 }, leastTask],
    [
      "no title: the description's first line",
      { description: "Use PKCE.\nSoon." },
      { ...leastTask, title: "Use PKCE.", description: "Use PKCE.\nSoon." },
    ],
  ])("%s", ([, fields, task]) => {
    expect(readTask({ ...least, ...fields })).toEqual(task);
  });
});
