// How people name a task.

import { expect, test } from "vitest";
import { tasksMatching } from "../../../src/core/task/task-names.ts";

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
  tasksMatching(tasks, given).map(({ source, id }) => `${source}/${id}`);

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

test.each([
  // A number that goes on is another: of a server only what is not over is known.
  ["T-1", []],
  ["team/T-1", []],
  ["t-10", ["team/T-10"]],
  ["T-2", []],
  ["a1b2", ["team/a1b2-c3"]],
  ["T-", ["team/T-10", "team/T-11", "team/T-2.1"]],
  ["TASK-1", ["embedded/TASK-001"]],
])("among ids with longer numbers, %j is %j", (given, expected) => {
  const others = ["T-10", "T-11", "T-2.1", "a1b2-c3"].map((id) => ({ source: "team", id }));
  const found = tasksMatching([...tasks, ...others], given);
  expect(found.map(({ source, id }) => `${source}/${id}`)).toEqual(expected);
});
