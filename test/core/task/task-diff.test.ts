import { expect, test } from "vitest";
import { authorText, changeText } from "../../../src/core/task/task-diff.ts";
import type { Task } from "../../../src/core/task/task.ts";
import { aTask } from "../../support/builders.ts";

test.for<[Partial<Task>, Partial<Task>, string]>([
  [{}, {}, ""],
  [{ status: "in_progress" }, { status: "blocked" }, "status in progress → blocked"],
  [{ priority: "low" }, { priority: "high" }, "priority low → high"],
  [{}, { due: "2026-12-01" }, "due none → 2026-12-01"],
  [{ title: "One" }, { title: "x".repeat(90) }, `title "One" → "${"x".repeat(79)}…"`],
  [{ assignees: ["Ana"] }, { assignees: ["Ana", "Ben K"] }, 'assignees Ana → Ana, "Ben K"'],
  [{ dependsOn: ["T-1"] }, {}, "blocked by T-1 → none"],
  [{ branch: "login" }, {}, "branch login → none"],
  [{}, { description: "Long" }, "description changed"],
  [{ completionNotes: "Long" }, {}, "notes removed"],
  [{ inputs: ["a"], outputs: ["b"] }, { inputs: ["a", "c"] }, "inputs changed, outputs removed"],
])("a step from %j to %j is described as %s", ([before, after, words]) => {
  expect(changeText(aTask(before), aTask(after))).toBe(words);
});

test("a change is described as added, removed, or both", () => {
  expect(changeText(null, aTask())).toBe("added");
  expect(changeText(aTask(), null)).toBe("removed");
  expect(changeText(null, null)).toBe("added and removed");
});

test.each([
  ["1f0c3a2b-1111-4222-8333-444455556666", null, "session 1f0c3a2b"],
  ["1f0c3a2b-1111-4222-8333-444455556666", "ana", "session 1f0c3a2b"],
  ["x1f0c3a2b-1111-4222-8333-444455556666", null, '"x1f0c3a2b-1111-4222-8333-444455556666"'],
  ["1f0c3a2b-1111-4222-8333-444455556666x", null, '"1f0c3a2b-1111-4222-8333-444455556666x"'],
  ["ana", "ben", "ana"],
  ["Ana K", null, '"Ana K"'],
  ["ana", "ana", ""],
  [null, "ana", "a terminal"],
  [null, null, ""],
])("a step by the author %j is described to the reader %j as %j", (author, reader, words) => {
  expect(authorText(author, reader)).toBe(words);
});
