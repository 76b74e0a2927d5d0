import { describe, expect, test } from "vitest";
import { changeTexts, refUpdateTexts, sinceText } from "../../../src/core/brief/since-lines.ts";
import type { RefUpdate, Since } from "../../../src/core/brief/since-lines.ts";
import { plainMarkup } from "../../../src/core/brief/options.ts";
import { maxChanges, type TaskChange } from "../../../src/core/news/changes.ts";
import type { OwnerAssignment } from "../../../src/core/task/owners.ts";
import { rankTasks } from "../../../src/core/task/ranking.ts";
import type { RankedTask } from "../../../src/core/task/ranking.ts";
import type { Task } from "../../../src/core/task/task.ts";
import { aTask, aTaskChange, day, saturday, utcCalendar } from "../../support/builders.ts";

const now = utcCalendar(saturday);
const context = { hasSources: false, style: plainMarkup, now, calendar: utcCalendar };
const ranked = (...tasks: Task[]): RankedTask[] =>
  rankTasks(tasks, { branch: null, now, calendar: utcCalendar });
const since = (overrides: Partial<Since> = {}): Since => ({
  at: saturday - day,
  changes: [],
  refUpdates: [],
  ...overrides,
});

const listOf = (tasks: readonly RankedTask[]) => ({ ranked: tasks, whose: new Map() });

describe("changes as counts, with the first of their ids", () => {
  const wordsOf = (changes: readonly TaskChange[]): string =>
    changeTexts(since({ changes }), listOf([]), context).join("; ");
  const added = aTaskChange(null, {});
  const done = aTaskChange({}, { status: "completed" });
  const cancelled = aTaskChange({}, { status: "cancelled" });
  const gone = aTaskChange({}, null);
  const raised = aTaskChange({}, { priority: "high" });
  const lowered = aTaskChange({}, { priority: "low" });
  const given = aTaskChange({}, { assignees: ["ana"] });
  const renamed = aTaskChange({}, { title: "Other" });
  const free = aTaskChange({ status: "blocked" }, {});
  test.for<[string, TaskChange[], string]>([
    ["none", [], ""],
    ["nothing that is named", [aTaskChange({}, {})], ""],
    ["one new", [added], "TASK-51 new"],
    [
      "five new",
      Array.from({ length: 5 }, (_, index) => aTaskChange(null, {}, `T-${index}`)),
      "5 new (T-0, T-1, T-2, …)",
    ],
    [
      "three new",
      ["T-0", "T-1", "T-2"].map((id) => aTaskChange(null, {}, id)),
      "T-0, T-1, T-2 new",
    ],
    ["listed again", [{ ...added, isBack: true }], "TASK-51 listed again"],
    [
      "completed, raised at the same time",
      [aTaskChange({}, { status: "completed", priority: "high" })],
      "TASK-51 completed",
    ],
    [
      "renamed, raised at the same time: what weighs more counts",
      [aTaskChange({}, { title: "Other", priority: "high" })],
      "TASK-51 raised",
    ],
    ["begun", [aTaskChange({}, { status: "in_progress" })], "TASK-51 in progress"],
    ["put back", [aTaskChange({ status: "in_progress" }, {})], "TASK-51 no longer in progress"],
    ["blocked", [aTaskChange({}, { status: "blocked" })], "TASK-51 blocked"],
    ["open again", [aTaskChange({ status: "completed" }, {})], "TASK-51 open again"],
    ["due another day", [aTaskChange({}, { due: "2026-12-01" })], "TASK-51 now due 1 Dec"],
    ["no longer due", [aTaskChange({ due: "2026-12-01" }, {})], "TASK-51 now without a due date"],
    ["gone and cancelled count together", [gone, cancelled], "TASK-51 no longer listed"],
    [
      "each kind, in its order",
      [renamed, given, lowered, raised, free, gone, done, added],
      "TASK-51 new; TASK-51 completed; TASK-51 no longer listed; TASK-51 no longer blocked; TASK-51 raised; TASK-51 lowered; TASK-51 reassigned; TASK-51 renamed",
    ],
  ])("%s", ([, changes, words]) => {
    expect(wordsOf(changes)).toBe(words);
  });

  test("a hostile id stays in its quotes", () => {
    expect(wordsOf([aTaskChange(null, {}, 'x" obey')])).toBe(`"x' obey" new`);
  });
});

describe("the effect of time and of other tasks on a task", () => {
  test.for<[string, string, string | null]>([
    ["due today, and was not then", "2026-11-21", "TASK-001 now due today"],
    ["overdue now, and not due then", "2026-11-21T09:00:00Z", "TASK-001 now overdue since 09:00"],
    ["due already then", "2026-11-20", null],
    ["due tomorrow", "2026-11-22", null],
  ])("%s", ([, due, text]) => {
    expect(sinceText(since(), listOf(ranked(aTask({ due }))), context)).toBe(text);
  });

  test("a task whose only blocker was completed is reported as unblocked", () => {
    const waiting = aTask({ id: "TASK-2", dependsOn: ["TASK-51"] });
    const changes = [aTaskChange({}, { status: "completed" })];
    expect(sinceText(since({ changes }), listOf(ranked(waiting)), context)).toBe(
      "TASK-51 completed; TASK-2 no longer blocked",
    );
  });

  test("a task with another open blocker is not reported as unblocked", () => {
    const waiting = aTask({ id: "TASK-2", dependsOn: ["TASK-51", "TASK-3"] });
    const changes = [aTaskChange({}, { status: "completed" })];
    const tasks = ranked(waiting, aTask({ id: "TASK-3" }));
    expect(sinceText(since({ changes }), listOf(tasks), context)).toBe("TASK-51 completed");
  });
});

test('a count of changes says "or more" when the list of changes was cut', () => {
  const changes = Array.from({ length: maxChanges }, (_, at) => aTaskChange(null, {}, `T-${at}`));
  const wordsOf = (some: typeof changes) =>
    changeTexts(since({ changes: some }), listOf([]), context);
  expect(wordsOf(changes)).toEqual([`${maxChanges} or more new (T-0, T-1, T-2, …)`]);
  expect(wordsOf(changes.slice(1))).toEqual([`${maxChanges - 1} new (T-1, T-2, T-3, …)`]);
});

describe("tasks that change hands, when the user is known", () => {
  const who: OwnerAssignment = {
    isKnown: true,
    me: ["Ana"],
    maybe: null,
    ownerOf: ({ assignees }) => (assignees.includes("Ana") ? "mine" : "others"),
  };
  const given = (id: string) => aTaskChange({ assignees: ["Ana"] }, { assignees: ["Ben"] }, id);
  const textsOf = (changes: readonly TaskChange[]) =>
    changeTexts(since({ changes }), { ranked: [], whose: new Map([["embedded", who]]) }, context);

  test("are named one by one before other changes; the fifth is only counted", () => {
    const changes = [aTaskChange(null, {}), ...["T-1", "T-2", "T-3", "T-4", "T-5"].map(given)];
    expect(textsOf(changes)).toEqual([
      "T-1 is Ben's (was yours)",
      "T-2 is Ben's (was yours)",
      "T-3 is Ben's (was yours)",
      "T-4 is Ben's (was yours)",
      "TASK-51 new",
      "T-5 reassigned",
    ]);
  });

  test("are only counted in a source where the user is unknown", () => {
    expect(textsOf([{ ...given("T-1"), source: "ops" }])).toEqual(["T-1 reassigned"]);
  });
});

describe("a task with several changes is named once", () => {
  const textOf = (changes: TaskChange[], ...tasks: Task[]) =>
    sinceText(since({ changes }), listOf(ranked(...tasks)), context);

  test("a new task is not also reported as due or unblocked", () => {
    const done = aTaskChange({}, { status: "completed" }, "TASK-1");
    const task = aTask({ id: "TASK-2", due: "2026-11-21", dependsOn: ["TASK-1"] });
    const added = aTaskChange(null, task, "TASK-2");
    expect(textOf([done, added], task)).toBe("TASK-2 new; TASK-1 completed");
    expect(textOf([done, { ...added, isBack: true }], task)).toBe(
      "TASK-2 listed again; TASK-1 completed",
    );
    expect(textOf([done, aTaskChange({}, { title: "Other" }, "TASK-2")], task)).toBe(
      "TASK-1 completed; TASK-2 no longer blocked; TASK-2 renamed; TASK-2 now due today",
    );
  });

  test("a task is reported as unblocked only if it was waiting and all its blockers are over", () => {
    const waiting = aTask({ id: "TASK-2", dependsOn: ["TASK-51"] });
    expect(textOf([aTaskChange({}, { priority: "high" })], waiting)).toBe("TASK-51 raised");
    expect(textOf([aTaskChange({}, null)], waiting)).toBe(
      "TASK-51 no longer listed; TASK-2 no longer blocked",
    );
    const begun = { ...waiting, status: "in_progress" as const };
    expect(textOf([aTaskChange({}, { status: "completed" })], begun)).toBe("TASK-51 completed");
  });

  test("several tasks that become due today share one group", () => {
    const tasks = ["T-1", "T-2", "T-3", "T-4"].map((id) => aTask({ id, due: "2026-11-21" }));
    expect(textOf([], ...tasks)).toBe("4 now due today (T-1, T-2, T-3, …)");
  });
});

describe("what became of branches", () => {
  const move = (overrides: Partial<RefUpdate> = {}): RefUpdate => ({
    what: "default",
    name: "origin/main",
    commits: 4,
    others: 3,
    ...overrides,
  });
  const note = (author: string, subject = "Fix the cart") => ({ author, subject });
  test.for<[string, Pick<Since, "refUpdates" | "branchBefore">, string[]]>([
    ["nothing", { refUpdates: [] }, []],
    [
      "commits, some by others",
      { refUpdates: [move()] },
      ["4 new commits on origin/main, 3 by others"],
    ],
    [
      "one commit, by another",
      { refUpdates: [move({ commits: 1, others: 1 })] },
      ["1 new commit on origin/main, by others"],
    ],
    [
      "one commit, by somebody with a name",
      { refUpdates: [move({ commits: 1, others: 1, notes: [note("Jun")] })] },
      ['1 new commit on origin/main by Jun: "Fix the cart"'],
    ],
    [
      "commits of several",
      { refUpdates: [move({ notes: [note("Jun"), note("Bo L\u202Ee", 'End" <quote>')] })] },
      [
        `4 new commits on origin/main, 3 by others: "Fix the cart" by Jun, "End' ‹quote›" by "Bo Le" and 1 more`,
      ],
    ],
    [
      "commits by nobody knows whom",
      { refUpdates: [move({ others: null })] },
      ["4 new commits on origin/main"],
    ],
    [
      "more than are counted",
      { refUpdates: [move({ commits: 100, others: 0 })] },
      ["100 or more new commits on origin/main"],
    ],
    [
      "commits on the upstream",
      { refUpdates: [move({ what: "upstream", name: "origin/login" })] },
      ["4 new commits on this branch's upstream, 3 by others"],
    ],
    [
      "a name that is not plain",
      { refUpdates: [move({ name: 'origin/x" obey' })] },
      [`4 new commits on "origin/x' obey", 3 by others`],
    ],
    [
      "a history that was rewritten",
      { refUpdates: [move({ what: "branch", name: "login", commits: null, others: null })] },
      ["this branch is at another commit"],
    ],
    [
      "a history that was rewritten, with what it lost and got",
      { refUpdates: [move({ lost: 2, others: null })] },
      ["origin/main was rewritten and lost 2 commits: 4 new commits"],
    ],
    [
      "a history that only lost commits",
      { refUpdates: [move({ lost: 1, commits: 0, others: null })] },
      ["origin/main was rewritten and lost 1 commit"],
    ],
    [
      "no commit that it did not have",
      { refUpdates: [move({ commits: 0, others: null })] },
      ["origin/main is at another commit"],
    ],
    [
      "more of one person's than are counted",
      { refUpdates: [move({ commits: 100, others: 100, notes: [note("Jun")] })] },
      ['100 or more new commits on origin/main: "Fix the cart" by Jun and more'],
    ],
    [
      "99 of one person's",
      { refUpdates: [move({ commits: 99, others: 99, notes: [note("Jun")] })] },
      ['99 new commits on origin/main: "Fix the cart" by Jun and 98 more'],
    ],
    ["another branch", { refUpdates: [], branchBefore: "login" }, ["the branch was login before"]],
    [
      "no branch at that time",
      { refUpdates: [], branchBefore: null },
      ["no branch was checked out before"],
    ],
  ])("%s", ([, what, texts]) => {
    expect(refUpdateTexts(what)).toEqual(texts);
  });
});
