import { expect, test } from "vitest";
import { mismatchLine } from "../../../src/core/brief/mismatch-lines.ts";
import { plainMarkup } from "../../../src/core/brief/options.ts";
import { createTaskList } from "../../../src/core/brief/task-list.ts";
import type { CurrentMismatch } from "../../../src/core/task/mismatch.ts";
import type { Task } from "../../../src/core/task/task.ts";
import {
  aGitView,
  aSourceView,
  aTask,
  hour,
  saturday,
  utcCalendar,
} from "../../support/builders.ts";

const context = {
  hasSources: false,
  style: plainMarkup,
  now: utcCalendar(saturday),
  calendar: utcCalendar,
};

/** The line for these, where Ana asks. */
function lineOf(
  found: (Partial<CurrentMismatch> & Pick<CurrentMismatch, "taskId">)[],
  tasks: Task[] = [],
  more: { base?: string; hasSources?: boolean } = {},
): string | null {
  const current = found.map((one) => {
    const task = tasks.find(({ id }) => id === one.taskId) ?? null;
    const usual = { source: "ops", kind: "merged", at: saturday - hour, seenAt: saturday } as const;
    return { ...usual, commit: `${one.taskId.slice(-1)}234567890`, task, ...one };
  });
  const { base = "b1", hasSources = false } = more;
  const input = {
    sources: [aSourceView({ source: "ops", tasks })],
    git: aGitView({ defaultBranch: { name: "origin/main", commit: "b1" } }),
    now: saturday,
    calendar: utcCalendar,
    me: { given: ["Ana"], likely: [] },
    mismatches: { base, current },
  };
  return mismatchLine(input, createTaskList(input), { ...context, hasSources });
}

const task = (id: string, more: Partial<Task> = {}) => aTask({ id, source: "ops", ...more });

test("there is no line without mismatches, or if they were found at another commit", () => {
  expect(lineOf([])).toBeNull();
  expect(lineOf([{ taskId: "T-1" }], [task("T-1")], { base: "b2" })).toBeNull();
});

test("the most pressing task of each kind of mismatch is named, and the weightiest kind first", () => {
  const tasks = [task("T-1", { priority: "low" }), task("T-2", { priority: "high" }), task("T-3")];
  const found = [
    { taskId: "T-3", kind: "reverted" as const },
    { taskId: "T-1" },
    { taskId: "T-2" },
    { taskId: "T-4", kind: "unpushed" as const, branch: "login", count: 2 },
  ];
  expect(lineOf(found, tasks)).toBe(
    "Merged and still open: T-2 (2234567, 09:02) and 1 more; merged and then reverted: T-3 (3234567, 09:02); " +
      "completed, with commits that are nowhere else: T-4 (2 commits on login, last 4234567)",
  );
});

test("the latest of equal mismatches is named", () => {
  const tasks = [task("T-1"), task("T-2")];
  const found = [{ taskId: "T-1", at: saturday - 2 * hour }, { taskId: "T-2" }];
  expect(lineOf(found, tasks)).toBe("Merged and still open: T-2 (2234567, 09:02) and 1 more");
});

test("other people's tasks are not named", () => {
  const tasks = [task("T-1", { assignees: ["Ben"] }), task("T-2", { assignees: ["Ana"] })];
  expect(lineOf([{ taskId: "T-1" }, { taskId: "T-2" }], tasks)).toBe(
    "Merged and still open: T-2 (2234567, 09:02)",
  );
});

test("each task names its source when there are several sources", () => {
  expect(lineOf([{ taskId: "T-1" }], [task("T-1")], { hasSources: true })).toBe(
    "Merged and still open: T-1 (ops) (1234567, 09:02)",
  );
});
