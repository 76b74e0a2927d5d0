import { describe, expect, test } from "vitest";
import { countsLine } from "../../../src/core/brief/counts-line.ts";
import {
  descriptionTexts,
  linkText,
  taskLine,
  textContext,
} from "../../../src/core/brief/task-lines.ts";
import { plainMarkup } from "../../../src/core/brief/options.ts";
import { createTaskList } from "../../../src/core/brief/task-list.ts";
import type { TaskList } from "../../../src/core/brief/task-list.ts";
import type { Identity } from "../../../src/core/task/identity.ts";
import type { RankedTask } from "../../../src/core/task/ranking.ts";
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

describe("the reason why a task is not next, in its line", () => {
  const waits = { waitsFor: [], owner: "nobody" as const };
  const begun = aTask({ status: "in_progress" });
  test.for<[string, Parameters<typeof taskLine>[0], string]>([
    [
      "what it waits for, and not what is over",
      { ...waits, task: aTask({ dependsOn: ["D", "X"] }), waitsFor: ["X"] },
      `TASK-001 medium, blocked by X: ${title}`,
    ],
    [
      "a task that nobody knows",
      { ...waits, task: aTask(), waitsFor: ["X"], notKnown: ["X"] },
      `TASK-001 medium, blocked by X (not known here): ${title}`,
    ],
    [
      "two tasks, of which one is not known",
      { ...waits, task: aTask(), waitsFor: ["X", "Y"], notKnown: ["X"] },
      `TASK-001 medium, blocked by X, Y: ${title}`,
    ],
    [
      "another session",
      { ...waits, task: aTask(), takenIn: "/w2" },
      `TASK-001 medium, in another session ("/w2"): ${title}`,
    ],
    [
      "a merged branch",
      { ...waits, task: aTask(), branchEnd: "merged" },
      `TASK-001 medium, its branch is merged: ${title}`,
    ],
    [
      "a deleted branch, while it is in progress",
      { ...waits, task: begun, branchEnd: "deleted" },
      `TASK-001 medium, its branch was deleted on the remote, still in progress on the board: ${title}`,
    ],
  ])("%s", ([, one, line]) => {
    expect(taskLine(one, context)).toBe(line);
  });
});

test("a task without an assignee is called unassigned only if the user is known", () => {
  const one = { task: aTask(), waitsFor: [], owner: "nobody" as const };
  expect(taskLine(one, context, { isKnown: true })).toBe(`TASK-001 medium, unassigned: ${title}`);
  expect(taskLine(one, context)).toBe(`TASK-001 medium: ${title}`);
});

test("a task of a file is shown with its line number on request", () => {
  const task = aTask({ place: "TODO.md:14", source: "todo" });
  const one = { task, waitsFor: [], owner: "mine" as const };
  const isPlaced = true;
  expect(taskLine(one, context, { isPlaced })).toBe(
    `TASK-001 ("TODO.md:14") medium, yours: ${title}`,
  );
  expect(taskLine(one, { ...context, hasSources: true }, { isPlaced })).toBe(
    `TASK-001 (todo, "TODO.md:14") medium, yours: ${title}`,
  );
  expect(taskLine(one, context)).toBe(`TASK-001 medium, yours: ${title}`);
  expect(taskLine({ ...one, task: aTask() }, context, { isPlaced })).toBe(
    `TASK-001 medium, yours: ${title}`,
  );
});

test("tasks name their source if several sources have open tasks", () => {
  const view = (source: string, ...tasks: Partial<Task>[]) =>
    aSourceView({ source, tasks: tasks.map(aTask) });
  const hasSources = (...sources: ReturnType<typeof view>[]) =>
    textContext({ sources, now: saturday, calendar: utcCalendar, options: { style: "plain" } })
      .hasSources;
  const over = { status: "completed" } as const;
  expect(hasSources(view("a", {}), view("b", over, {}))).toBe(true);
  expect(hasSources(view("a", {}), view("b", over))).toBe(false);
  expect(hasSources(view("a", {}), view("b"))).toBe(false);
});

describe("how a task belongs to the branch", () => {
  const one = (source: string, link: RankedTask["link"]): RankedTask => ({
    task: aTask({ id: "T-14", source }),
    link,
    owner: "nobody",
    reasons: ["age"],
    waitsFor: [],
  });
  test.for<[string, RankedTask, RankedTask[], string]>([
    ["certainly", one("a", "id"), [], "this branch's task"],
    [
      "perhaps: another source has the id",
      one("a", "maybe"),
      [one("a", "maybe"), one("ops", "maybe"), one("web", "id")],
      "perhaps this branch's task (ops has a T-14 too)",
    ],
    [
      "perhaps: two others have it",
      one("a", "maybe"),
      [one("ops", "maybe"), one("web", "maybe"), one("ops", "maybe")],
      "perhaps this branch's task (ops, web have a T-14 too)",
    ],
    [
      "perhaps: one that is not listed has it",
      one("a", "maybe"),
      [],
      "perhaps this branch's task (another source has a T-14 too)",
    ],
  ])("%s", ([, task, ranked, words]) => {
    expect(linkText(task, " task", ranked)).toBe(words);
  });
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
  const listOf = (
    tasks: Partial<Task>[],
    me: Identity = { given: [], likely: ["ana"] },
    more: Partial<TaskList> = {},
  ): TaskList => {
    const view = aSourceView({
      tasks: tasks.map((task, at) => aTask({ id: `T-${at + 1}`, ...task })),
    });
    const list = createTaskList({
      sources: [view],
      git: { kind: "no-repository" },
      now: saturday,
      calendar: utcCalendar,
      me,
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
    [
      "with what of others' is overdue, where the rest is shown",
      () => listOf([{ assignees: ["@Ana"] }, { ...overdue, assignees: ["jun"] }]),
      1,
      "2 open (1 yours): 1 overdue (T-2). Shown: 1; all: `sitrep task list [--mine]`",
    ],
    ["of mine alone", () => listOf([{ assignees: ["ana"] }, { assignees: ["ana"] }]), 2, "1 more:"],
    [
      "by no owner, where not every task is at hand",
      () =>
        listOf([{ assignees: ["ana"], due: "2026-11-20" }], undefined, {
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

  describe("in words, if each task of the user or of nobody has its own line", () => {
    const jun = { assignees: ["jun"] };
    const restOf = (tasks: Partial<Task>[], below: number, above = 0) => {
      const list = listOf(tasks, { given: ["ana"], likely: [] });
      const { ranked } = list;
      const shown = { above: ranked.slice(0, above), below: ranked.slice(above, above + below) };
      return countsLine(list, shown, context);
    };
    test.for<[string, Partial<Task>[], number, number, string]>([
      ["all below", [{ assignees: ["ana"] }, {}], 2, 0, "2 open:"],
      ["others have the rest", [{ assignees: ["ana"] }, {}, jun], 2, 0, "2 open (others have 1):"],
      ["none", [jun, jun], 0, 0, "Others have 2."],
      [
        "the next one above, and one of others",
        [{ assignees: ["ana"] }, jun],
        0,
        1,
        "The only other open task is somebody else's.",
      ],
      [
        "the next one above, and several of others",
        [{ assignees: ["ana"] }, jun, jun],
        0,
        1,
        "The other 2 open tasks belong to others.",
      ],
    ])("%s", ([, tasks, below, above, words]) => {
      expect(restOf(tasks, below, above)).toBe(words);
    });
  });

  test("name the task that is overdue longest, unless several are equally late", () => {
    const textOf = (...days: string[]) =>
      countsLine(listOf(days.map((due) => ({ due }))), { below: [], above: [] }, context);
    expect(textOf("2026-11-20", "2026-11-03", "2026-11-10")).toContain("3 overdue (longest T-2).");
    expect(textOf("2026-11-03", "2026-11-03", "2026-11-10")).toContain("3 overdue.");
    const begunLater = listOf([{ due: "2026-11-03" }, { ...begun, due: "2026-11-20" }]);
    expect(countsLine(begunLater, { below: [], above: [] }, context)).toContain(
      "2 overdue (longest T-1), ",
    );
  });

  test("name the owners of tasks only if there are several owners", () => {
    const ana = { assignees: ["ana"] };
    expect(countsLine(listOf([ana, ana, ana]), { below: [], above: [] }, context)).toBe(
      "3 open. Shown: 0; all: `sitrep task list`",
    );
  });

  test("name at most three of the user's blocked tasks, and of all people's when the user is unknown", () => {
    const textOf = (assignee: string, count: number) => {
      const held = { assignees: [assignee], status: "blocked" } as const;
      const list = listOf([
        {},
        ...Array.from({ length: count }, () => held),
        { status: "blocked" },
      ]);
      return countsLine(list, { below: [], above: [] }, context);
    };
    expect(textOf("ana", 3)).toContain("4 blocked (yours: T-2, T-3, T-4).");
    expect(textOf("ana", 4)).toContain("5 blocked (yours: T-2, T-3, T-4, …).");
    expect(textOf("ana.b", 1)).toContain("2 blocked (T-2).");
  });

  test("name the user's blocked tasks that have no line of their own", () => {
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
    const below = list.ranked.filter(({ task }) => task.id === "T-2");
    expect(countsLine(list, { below, above: shown }, context)).toContain("3 blocked (yours: T-3)");
  });
});
