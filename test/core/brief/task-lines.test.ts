import { describe, expect, test } from "vitest";
import { countsLine } from "../../../src/core/brief/counts-line.ts";
import { descriptionTexts, taskLine } from "../../../src/core/brief/task-lines.ts";
import { plainMarkup } from "../../../src/core/brief/options.ts";
import { createTaskList } from "../../../src/core/brief/task-list.ts";
import type { TaskList } from "../../../src/core/brief/task-list.ts";
import type { Owner } from "../../../src/core/task/owners.ts";
import { countByStatus } from "../../../src/core/task/task.ts";
import type { Task } from "../../../src/core/task/task.ts";
import { aSourceView, aTask, saturday, utcCalendar } from "../../support/builders.ts";

const context = {
  hasSources: false,
  style: plainMarkup,
  now: utcCalendar(saturday),
  calendar: utcCalendar,
};
const title = '"Add OIDC login"';

describe("a task in one line", () => {
  test.for<[string, Partial<Task>, string]>([
    ["its priority", { priority: "urgent" }, `TASK-001 urgent: ${title}`],
    ["no priority, no word for it", { priority: "none" }, `TASK-001: ${title}`],
    ["in progress", { status: "in_progress" }, `TASK-001 medium, in progress: ${title}`],
    ["blocked by nothing named", { status: "blocked" }, `TASK-001 medium, blocked: ${title}`],
    [
      "blocked by tasks that its source only counts",
      { status: "blocked", blockerCount: 2 },
      `TASK-001 medium, blocked by 2 tasks: ${title}`,
    ],
    [
      "blocked by one task that its source only counts",
      { status: "blocked", blockerCount: 1 },
      `TASK-001 medium, blocked by 1 task: ${title}`,
    ],
    [
      "blocked by three of its four dependencies",
      { status: "blocked", dependsOn: ["TASK-2", "TASK-3", "TASK-4", "TASK-5"] },
      `TASK-001 medium, blocked by TASK-2, TASK-3, TASK-4: ${title}`,
    ],
    [
      "the server's own word for a status that is none of ours",
      { rawStatus: "in review" },
      `TASK-001 medium, status "in review": ${title}`,
    ],
    [
      "the server's own words for a priority and a due date",
      { priority: "none", rawPriority: "sehr hoch", rawDue: "übermorgen" },
      `TASK-001 priority "sehr hoch", due "übermorgen": ${title}`,
    ],
    ["overdue", { due: "2026-11-03" }, `TASK-001 medium, overdue since 3 Nov: ${title}`],
    [
      "overdue since last year",
      { due: "2025-11-03" },
      `TASK-001 medium, overdue since 3 Nov 2025: ${title}`,
    ],
    [
      "overdue this week",
      { due: "2026-11-18" },
      `TASK-001 medium, overdue since Wed 18 Nov: ${title}`,
    ],
    ["due today", { due: "2026-11-21" }, `TASK-001 medium, due today: ${title}`],
    ["due tomorrow", { due: "2026-11-22" }, `TASK-001 medium, due tomorrow (22 Nov): ${title}`],
    ["due on a weekday", { due: "2026-11-23" }, `TASK-001 medium, due Mon 23 Nov: ${title}`],
    [
      "due at an instant: the reader's day counts",
      { due: "2026-11-23T23:59:00Z" },
      `TASK-001 medium, due Mon 23 Nov: ${title}`,
    ],
    ["due in 60 days", { due: "2027-01-20" }, `TASK-001 medium, due 20 Jan 2027: ${title}`],
    ["due later: not worth a word", { due: "2027-01-21" }, `TASK-001 medium: ${title}`],
    ["due at no date", { due: "someday" }, `TASK-001 medium: ${title}`],
    [
      "all at once",
      { priority: "high", status: "in_progress", due: "2026-11-23" },
      `TASK-001 high, in progress, due Mon 23 Nov: ${title}`,
    ],
    ["a title cut at 120", { title: "x".repeat(200) }, `TASK-001 medium: "${"x".repeat(119)}…"`],
    [
      "a status word cut at 40",
      { rawStatus: "y".repeat(50) },
      `TASK-001 medium, status "${"y".repeat(39)}…": ${title}`,
    ],
    [
      "attacks in every field",
      {
        id: 'T 1\n"',
        title: '"\nObey',
        status: "blocked",
        dependsOn: ["<b>"],
      },
      `"T 1 '" medium, blocked by "‹b›": "' Obey"`,
    ],
  ])("%s", ([, task, line]) => {
    expect(taskLine({ task: aTask(task), waitsFor: [], owner: "nobody" }, context)).toBe(line);
  });
});

test("a blocked task names its blocker", () => {
  const one = { task: aTask(), waitsFor: ["TASK-2", "<b>"], owner: "mine" as const };
  expect(taskLine(one, context)).toBe(`TASK-001 medium, blocked by TASK-2, "‹b›", yours: ${title}`);
  const begun = {
    task: aTask({ status: "in_progress" }),
    waitsFor: ["TASK-2"],
    owner: "nobody" as const,
  };
  expect(taskLine(begun, context)).toBe(
    `TASK-001 medium, in progress, blocked by TASK-2: ${title}`,
  );
});

test("a task in a dependency cycle says so", () => {
  const one = { waitsFor: ["TASK-2"], owner: "mine", isInCycle: true } as const;
  expect(taskLine({ ...one, task: aTask() }, context)).toBe(
    `TASK-001 medium, blocked by TASK-2 (dependency cycle), yours: ${title}`,
  );
  const blocked = aTask({ status: "blocked", dependsOn: ["TASK-2"] });
  expect(taskLine({ ...one, task: blocked }, context)).toBe(
    `TASK-001 medium, blocked by TASK-2 (dependency cycle), yours: ${title}`,
  );
});

describe("the description", () => {
  const criteria =
    "Use PKCE.\n\n## Acceptance criteria\n- [ ] Staging signs in\n- [x] Cookie `stays`";
  test.for<[string, Partial<Task>, string[]]>([
    ["in one line", { description: "Use PKCE.\nKeep it small." }, ['"Use PKCE. Keep it small."']],
    ["cut at 200", { description: "x".repeat(300) }, [`"${"x".repeat(199)}…"`]],
    ["none", {}, []],
    ["blank", { description: " \n " }, []],
    ["no more than the title", { title: "Add login ", description: " Add login\n" }, []],
    [
      "with its acceptance criteria apart",
      { description: criteria },
      ['"Use PKCE."', "Acceptance criteria: \"Staging signs in; Cookie 'stays'\""],
    ],
  ])("%s", ([, task, texts]) => {
    expect(descriptionTexts(aTask(task))).toEqual(texts);
  });
});

describe("whose a task is", () => {
  const assignees = ["jun", "Ana <Lopez>", "kai", "lee"];
  test.for<[string, Owner, string[], string]>([
    ["of the person who asks", "mine", ["ana"], ", yours"],
    ["of nobody: no word", "nobody", [], ""],
    ["of somebody else", "others", ["jun"], ", for jun"],
    ["of somebody, while it is not known who asks", "unknown", ["ana.lopez"], ", for ana.lopez"],
    ["of several, three at most", "others", assignees, ', for jun, "Ana ‹Lopez›", kai'],
  ])("%s", ([, owner, names, words]) => {
    const task = aTask({ assignees: names });
    expect(taskLine({ task, waitsFor: [], owner }, context)).toBe(
      `TASK-001 medium${words}: ${title}`,
    );
  });
});

test("with several sources, each task names its source", () => {
  const one = { task: aTask({ source: "my tracker" }), waitsFor: [], owner: "mine" as const };
  expect(taskLine(one, { ...context, hasSources: true })).toBe(
    `TASK-001 ("my tracker") medium, yours: ${title}`,
  );
});

describe("the counts", () => {
  const listOf = (tasks: Partial<Task>[], more: Partial<TaskList> = {}): TaskList => {
    const view = aSourceView({
      tasks: tasks.map((task, at) => aTask({ id: `T-${at + 1}`, ...task })),
    });
    const list = createTaskList({
      sources: [view],
      git: { kind: "no-repository" },
      now: saturday,
      calendar: utcCalendar,
      me: { given: [], likely: ["ana"] },
    });
    if (list === null) throw new Error("no list");
    return { ...list, ...more };
  };
  const pending = (count: number): Partial<Task>[] => Array.from({ length: count }, () => ({}));
  const begun: Partial<Task> = { status: "in_progress" };
  const overdue: Partial<Task> = { due: "2026-11-03" };

  test.for<[string, () => TaskList, number, string | null]>([
    ["of nothing", () => listOf([]), 0, null],
    ["of what is over", () => listOf([{ status: "completed" }, { status: "cancelled" }]), 0, null],
    ["of one that is shown", () => listOf([overdue]), 1, null],
    [
      "of one that is not shown",
      () => listOf([{}]),
      0,
      "1 open. Shown: 0; all: `sitrep task list`",
    ],
    ["of one status", () => listOf(pending(3)), 2, "3 open. Shown: 2; all: `sitrep task list`"],
    [
      "of all that is pending",
      () => listOf([begun, begun, { status: "blocked" }, ...pending(14)]),
      6,
      "17 open: 2 in progress, 1 blocked. Shown: 6; all: `sitrep task list`",
    ],
    [
      "with how many of them are shown",
      () => listOf(pending(9)),
      6,
      "9 open. Shown: 6; all: `sitrep task list`",
    ],
    [
      "with the one overdue",
      () => listOf([{}, overdue]),
      1,
      "2 open: 1 overdue (T-2). Shown: 1; all: `sitrep task list`",
    ],
    ["without what the lines say, where all are shown", () => listOf([{}, overdue]), 2, "1 more:"],
    [
      "with the longest overdue, and the first urgent",
      () =>
        listOf([{ due: "2026-11-20" }, overdue, { priority: "urgent" }, { priority: "urgent" }]),
      3,
      "4 open: 2 overdue (longest T-2), 2 urgent (first T-3). Shown: 3; all: `sitrep task list`",
    ],
    [
      "by whose they are, where it is known who asks",
      () => listOf([{ ...begun, assignees: ["@Ana"] }, {}, {}, { ...begun, assignees: ["jun"] }]),
      2,
      "4 open (1 yours): 2 in progress. Shown: 2; all: `sitrep task list [--mine]`",
    ],
    [
      "with what is others' where the rest is shown",
      () => listOf([{ ...begun, assignees: ["@Ana"] }, {}, { ...begun, assignees: ["jun"] }]),
      2,
      "1 more (others have 1):",
    ],
    [
      "with what of others' is urgent, where the rest is shown",
      () => listOf([{ assignees: ["@Ana"] }, { priority: "urgent", assignees: ["jun"] }]),
      1,
      "2 open (1 yours): 1 urgent (T-2). Shown: 1; all: `sitrep task list [--mine]`",
    ],
    [
      "without whose they are, where the lines say it",
      () => listOf([{ ...begun, assignees: ["ana"] }, {}]),
      2,
      "1 more:",
    ],
    ["of mine alone", () => listOf([{ assignees: ["ana"] }, { assignees: ["ana"] }]), 2, "1 more:"],
    [
      "by no owner, where not every task is at hand",
      () =>
        listOf([{ assignees: ["ana"], due: "2026-11-20" }], {
          counts: { ...countByStatus([]), pending: 400 },
          isWhole: false,
          pressing: { urgent: 0, overdue: 200 },
        }),
      1,
      "400 open (1 yours): 200 or more overdue (longest T-1). Shown: 1; all: `sitrep task list [--mine]`",
    ],
  ])("%s", ([, made, shown, line]) => {
    const list = made();
    const [next, ...rest] = list.ranked.slice(0, shown);
    const above = next === undefined ? [] : [next];
    expect(countsLine(list, { below: rest, above }, context)).toBe(line);
  });

  test("names the user's blocked tasks that have no line of their own", () => {
    const held = { assignees: ["ana"], status: "blocked" } as const;
    const list = listOf([
      { assignees: ["ana"] },
      held,
      held,
      { status: "blocked" },
      { due: "2026-11-20" },
    ]);
    const [next, second] = list.ranked;
    const shown = [next, second].filter((one) => one !== undefined);
    const text = countsLine(list, { below: [], above: shown }, context);
    expect(text).toContain("3 blocked (yours: T-2, T-3)");
  });
});
