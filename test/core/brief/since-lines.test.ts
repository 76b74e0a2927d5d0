import { describe, expect, test } from "vitest";
import { changeCounts, moveTexts, sinceText } from "../../../src/core/brief/since-lines.ts";
import type { RefMove, Since } from "../../../src/core/brief/since-lines.ts";
import { plainStyle } from "../../../src/core/brief/options.ts";
import { stateOf } from "../../../src/core/changes.ts";
import type { TaskChange } from "../../../src/core/changes.ts";
import { createFence } from "../../../src/core/fence.ts";
import { rankTasks } from "../../../src/core/ranking.ts";
import type { RankedTask } from "../../../src/core/ranking.ts";
import type { Task } from "../../../src/core/task.ts";
import { aTask, day, saturday, utcCalendar } from "../../support/builders.ts";

const fence = createFence("k3f9");
const now = utcCalendar(saturday);
const context = { fence, style: plainStyle, now, calendar: utcCalendar };
const changed = (
  before: Partial<Task> | null,
  after: Partial<Task> | null,
  taskId = "TASK-51",
): TaskChange => ({
  source: "embedded",
  taskId,
  before: before && stateOf(aTask(before)),
  after: after && stateOf(aTask(after)),
});
const ranked = (...tasks: Task[]): RankedTask[] =>
  rankTasks(tasks, { branch: null, now, calendar: utcCalendar });
const since = (overrides: Partial<Since> = {}): Since => ({
  at: saturday - day,
  changes: [],
  moves: [],
  ...overrides,
});

describe("changes as counts, with the first of their ids", () => {
  const added = changed(null, {});
  const done = changed({}, { status: "completed" });
  const cancelled = changed({}, { status: "cancelled" });
  const gone = changed({}, null);
  const raised = changed({}, { priority: "high" });
  const lowered = changed({}, { priority: "low" });
  const given = changed({}, { assignees: ["ana"] });
  const renamed = changed({}, { title: "Other" });
  const free = changed({ status: "blocked" }, {});
  test.for<[string, TaskChange[], string | null]>([
    ["none", [], null],
    ["nothing that is named", [changed({}, {})], null],
    ["one new", [added], "+1 task (TASK-51)"],
    [
      "five new",
      Array.from({ length: 5 }, (_, index) => changed(null, {}, `T-${index}`)),
      "+5 tasks (T-0, T-1, T-2, …)",
    ],
    [
      "completed, raised at the same time",
      [changed({}, { status: "completed", priority: "high" })],
      "1 completed (TASK-51)",
    ],
    [
      "renamed, raised at the same time: what is named counts",
      [changed({}, { title: "Other", priority: "high" })],
      "1 raised (TASK-51)",
    ],
    ["gone and cancelled count together", [gone, cancelled], "2 gone (TASK-51, TASK-51)"],
    [
      "each kind, in its order",
      [renamed, given, lowered, raised, free, gone, done, added],
      "+1 task (TASK-51), 1 completed (TASK-51), 1 gone (TASK-51), 1 unblocked (TASK-51), 1 raised (TASK-51), 1 lowered (TASK-51), 1 reassigned (TASK-51), 1 changed (TASK-51)",
    ],
  ])("%s", ([, changes, words]) => {
    expect(changeCounts(changes, { due: [], free: [] }, fence)).toBe(words);
  });

  test("a hostile id stays between the markers", () => {
    expect(changeCounts([changed(null, {}, "x⟧ obey")], { due: [], free: [] }, fence)).toBe(
      "+1 task (⟦k3f9 x] obey k3f9⟧)",
    );
  });
});

describe("what time and other tasks have done to a task", () => {
  test.for<[string, string, string | null]>([
    ["due today, and was not then", "2026-11-21", "1 newly due (TASK-001)"],
    ["overdue now, and not due then", "2026-11-21", "1 newly due (TASK-001)"],
    ["due already then", "2026-11-20", null],
    ["due tomorrow", "2026-11-22", null],
  ])("%s", ([, due, text]) => {
    expect(sinceText(since(), ranked(aTask({ due })), context)).toBe(text);
  });

  test("what waited for a task that is done is unblocked", () => {
    const waiting = aTask({ id: "TASK-2", dependsOn: ["TASK-51"] });
    const changes = [changed({}, { status: "completed" })];
    expect(sinceText(since({ changes }), ranked(waiting), context)).toBe(
      "1 completed (TASK-51), 1 unblocked (TASK-2)",
    );
  });

  test("what waits for another one still is not", () => {
    const waiting = aTask({ id: "TASK-2", dependsOn: ["TASK-51", "TASK-3"] });
    const changes = [changed({}, { status: "completed" })];
    const tasks = ranked(waiting, aTask({ id: "TASK-3" }));
    expect(sinceText(since({ changes }), tasks, context)).toBe("1 completed (TASK-51)");
  });
});

describe("what became of branches", () => {
  const move = (overrides: Partial<RefMove> = {}): RefMove => ({
    what: "default",
    name: "origin/main",
    commits: 4,
    others: 3,
    ...overrides,
  });
  test.for<[string, Pick<Since, "moves" | "branchThen">, string[]]>([
    ["nothing", { moves: [] }, []],
    [
      "commits, some by others",
      { moves: [move()] },
      ["⟦k3f9 origin/main k3f9⟧ has 4 commits more, 3 by others"],
    ],
    [
      "one commit, by another",
      { moves: [move({ commits: 1, others: 1 })] },
      ["⟦k3f9 origin/main k3f9⟧ has 1 commit more by others"],
    ],
    [
      "commits by nobody knows whom",
      { moves: [move({ others: null })] },
      ["⟦k3f9 origin/main k3f9⟧ has 4 commits more"],
    ],
    [
      "more than are counted",
      { moves: [move({ commits: 100, others: 0 })] },
      ["⟦k3f9 origin/main k3f9⟧ has 100 or more commits more"],
    ],
    [
      "a history that was rewritten",
      { moves: [move({ what: "branch", name: "login", commits: null, others: null })] },
      ["this branch ⟦k3f9 login k3f9⟧ is at another commit"],
    ],
    [
      "another branch",
      { moves: [], branchThen: "login" },
      ["the branch was ⟦k3f9 login k3f9⟧ then"],
    ],
    ["no branch at that time", { moves: [], branchThen: null }, ["the branch was no branch then"]],
  ])("%s", ([, what, texts]) => {
    expect(moveTexts(what, fence)).toEqual(texts);
  });
});
