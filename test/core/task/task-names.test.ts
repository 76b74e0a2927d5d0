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
])("the name %j finds %j", (given, expected) => {
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
])("among ids with longer numbers, %j finds %j", (given, expected) => {
  const others = ["T-10", "T-11", "T-2.1", "a1b2-c3"].map((id) => ({ source: "team", id }));
  const found = tasksMatching([...tasks, ...others], given);
  expect(found.map(({ source, id }) => `${source}/${id}`)).toEqual(expected);
});

const foundIn = (ids: string[], given: string): string[] =>
  tasksMatching(
    ids.map((id) => ({ id, source: "team" })),
    given,
  ).map(({ id }) => id);

test.each([
  [["t-1", "T-1"], "T-1", ["T-1"]],
  [["t-1", "T-1"], "t-1", ["t-1"]],
  [["ABC", "abc-2"], "abc", ["ABC"]],
  [["AB-x", "ab-y"], "Ab-X", ["AB-x"]],
  [["001-login/T012", "T012-x"], "t012", ["001-login/T012"]],
  [["a/b", "c"], "B", ["a/b"]],
  [["Login", "T-1"], "x", []],
  [["OPS-1", "TASK-1"], "task-1", ["TASK-1"]],
  [["T-1x", "T-2"], "T-1", ["T-1x"]],
  [["v2-final"], "v2", ["v2-final"]],
])("among the tasks %j, the name %j finds %j", (ids, given, expected) => {
  expect(foundIn(ids, given)).toEqual(expected);
});

test("the line of a task in its file is matched before any other name", () => {
  const placed = [
    { id: "TODO.md:14", source: "team" },
    { id: "T-1", source: "team", place: "TODO.md:14" },
  ];
  expect(tasksMatching(placed, " TODO.md:14 ").map(({ id }) => id)).toEqual(["T-1"]);
  expect(tasksMatching(placed, "TODO.md:1")).toEqual([]);
});
