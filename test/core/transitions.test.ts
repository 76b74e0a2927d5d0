import { describe, expect, test } from "vitest";
import { canTransition, taskStatuses } from "../../src/core/task/task.ts";
import type { TaskStatus } from "../../src/core/task/task.ts";

describe("the statuses that a task may change to", () => {
  test.for<[TaskStatus, TaskStatus[]]>([
    ["pending", ["in_progress", "blocked", "completed", "cancelled"]],
    ["in_progress", ["pending", "blocked", "completed", "cancelled"]],
    ["blocked", ["pending", "in_progress", "completed", "cancelled"]],
    ["completed", []],
    ["cancelled", ["pending"]],
  ])("%s: %j, and nowhere else", ([from, allowed]) => {
    expect(taskStatuses.filter((to) => canTransition(from, to))).toEqual(allowed);
  });
});
