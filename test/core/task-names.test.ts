// How people name a task.

import { expect, test } from "vitest";
import { tasksNamed } from "../../src/core/task-names.ts";

const tasks = [
  "embedded/TASK-001",
  "embedded/TASK-010",
  "embedded/US-1",
  "team/LIN-7",
  "team/7",
  "team/a/b",
].map((name) => ({
  source: name.slice(0, name.indexOf("/")),
  id: name.slice(name.indexOf("/") + 1),
}));

const named = (given: string): string[] =>
  tasksNamed(tasks, given).map(({ source, id }) => `${source}/${id}`);

test.each([
  ["TASK-001", ["embedded/TASK-001"]],
  ["task-1", ["embedded/TASK-001"]],
  ["TASK1", ["embedded/TASK-001"]],
  ["10", ["embedded/TASK-010"]],
  ["#10", ["embedded/TASK-010"]],
  [" 10 ", ["embedded/TASK-010"]],
  // An id that is just so comes before one that ends so.
  ["7", ["team/7"]],
  ["#7", ["team/LIN-7", "team/7"]],
  ["1", ["embedded/TASK-001", "embedded/US-1"]],
  ["embedded/us-1", ["embedded/US-1"]],
  ["EMBEDDED/10", ["embedded/TASK-010"]],
  ["lin", ["team/LIN-7"]],
  ["task", ["embedded/TASK-001", "embedded/TASK-010"]],
  ["a/b", ["team/a/b"]],
  ["team/a/b", ["team/a/b"]],
  ["team/10", []],
  ["99", []],
  ["", []],
  ["team/", []],
])("%j is %j", (given, expected) => {
  expect(named(given)).toEqual(expected);
});
