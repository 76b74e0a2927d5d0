import { describe, expect, test } from "vitest";
import {
  countByStatus,
  isOpenTask,
  priorityRank,
  taskPriorities,
  taskStatuses,
  chooseTitle,
} from "../../../src/core/task/task.ts";
import { aTask } from "../../support/builders.ts";

test("blocked and started tasks are open, finished ones are not", () => {
  expect(taskStatuses.filter((status) => isOpenTask({ status }))).toEqual([
    "pending",
    "in_progress",
    "blocked",
  ]);
});

test("urgent presses most, no priority least", () => {
  expect(taskPriorities.map(priorityRank)).toEqual([0, 1, 2, 3, 4]);
  expect([priorityRank("urgent"), priorityRank("none")]).toEqual([0, 4]);
});

test("tasks are counted by status, with zeros", () => {
  const tasks = [aTask(), aTask(), aTask({ status: "blocked" })];
  expect(countByStatus(tasks)).toEqual({
    pending: 2,
    in_progress: 0,
    blocked: 1,
    completed: 0,
    cancelled: 0,
  });
});

describe("the title to show", () => {
  test.for<[string, string, string | undefined, string]>([
    ["its own", " Add login ", "Use PKCE.", "Add login"],
    ["the description's first line", " ", "\n Use PKCE. \nSoon.", "Use PKCE."],
    ["the id where both are blank", "", " \n ", "TASK-51"],
    ["the id where there is nothing else", "", undefined, "TASK-51"],
  ])("%s", ([, title, description, shown]) => {
    expect(chooseTitle(title, description, "TASK-51")).toBe(shown);
  });
});
