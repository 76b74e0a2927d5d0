import { describe, expect, test } from "vitest";
import { createTaskList } from "../../../src/core/brief/task-list.ts";
import type { ListInput, TaskList } from "../../../src/core/brief/task-list.ts";
import type { SourceView } from "../../../src/core/brief/source-view.ts";
import { noNotes } from "../../../src/core/ports.ts";
import { countByStatus } from "../../../src/core/task/task.ts";
import type { Task } from "../../../src/core/task/task.ts";
import { aGitView, aSourceView, aTask, saturday, utcCalendar } from "../../support/builders.ts";

const listed = (views: Partial<SourceView>[], more: Partial<ListInput> = {}): TaskList | null =>
  createTaskList({
    sources: views.map(aSourceView),
    git: { kind: "no-repository" },
    now: saturday,
    calendar: utcCalendar,
    ...more,
  });
const listOf = (views: Partial<SourceView>[], more: Partial<ListInput> = {}): TaskList => {
  const list = listed(views, more);
  if (list === null) throw new Error("no list");
  return list;
};
const pending = (count: number) => ({ ...countByStatus([]), pending: count });
const failure = {
  code: "source-timeout",
  at: saturday,
  since: saturday,
  count: 1,
  nextTryAt: saturday,
};

describe("the open dependencies of a task", () => {
  const task = aTask({ id: "T-1", dependsOn: ["T-9"] });
  test.for<[string, Partial<SourceView>, string[], string[] | undefined]>([
    ["is over where nobody knows it as open", {}, [], undefined],
    [
      "is open where the server says so",
      { notes: { ...noNotes, blockers: { "T-9": "open" } } },
      ["T-9"],
      undefined,
    ],
    [
      "is not known where the server does not know it",
      { notes: { ...noNotes, blockers: { "T-9": "unknown" } } },
      ["T-9"],
      ["T-9"],
    ],
    ["is open where the same response has it", { openIds: ["T-9"] }, ["T-9"], undefined],
  ])("%s", ([, view, waitsFor, notKnown]) => {
    const [one] = listOf([{ tasks: [task], ...view }]).ranked;
    expect([one?.waitsFor, one?.notKnown]).toEqual([waitsFor, notKnown]);
  });

  test("a task does not wait for a task of another source with the same id", () => {
    const { ranked } = listOf([
      { source: "board", openIds: ["T-9"] },
      { source: "ops", tasks: [{ ...task, source: "ops" }] },
    ]);
    expect(ranked.map(({ waitsFor }) => waitsFor)).toEqual([[]]);
  });
});

describe("the end of a task's branch", () => {
  const tasks = [aTask({ id: "T-1" })];
  const upstream = { name: "origin/feat/T-1", ahead: 0, behind: 0, gone: true };
  const endOf = (more: Partial<ListInput>) => listOf([{ tasks }], more).ranked[0]?.branchEnd;

  test("is read from the deleted upstream of the branch that is checked out", () => {
    const branch = "feat/T-1";
    expect(endOf({ git: aGitView({ branch, upstream }) })).toBe("deleted");
    expect(endOf({ git: aGitView({ branch, upstream: { ...upstream, gone: false } }) })).toBe(
      undefined,
    );
    expect(endOf({ git: aGitView({ branch }) })).toBe(undefined);
    expect(endOf({ git: aGitView({ branch: null, upstream }) })).toBe(undefined);
  });

  test("is read from the ends of other branches, and is unknown without a repository", () => {
    expect(endOf({ git: aGitView({ branchEnds: { "feat/T-1": "merged" } }) })).toBe("merged");
    expect(endOf({ git: { kind: "unknown", code: "git-timeout" } })).toBe(undefined);
  });

  test("is read from the commits of the default branch, as long as that has not moved", () => {
    const found = { source: "embedded", taskId: "T-1", at: saturday, seenAt: saturday, task: null };
    const ends = (kind: "merged" | "reverted" | "idle", by: "branch" | "words", commit = "b1") =>
      endOf({
        git: aGitView({
          defaultBranch: { name: "origin/main", commit },
          branchEnds: { "feat/T-1": "deleted" },
        }),
        mismatches: { base: "b1", current: [{ ...found, kind, by }] },
      });
    expect(ends("merged", "branch")).toBe("merged");
    expect(ends("merged", "words")).toBe("closed");
    // Taken back: it can be worked on, whatever became of the branch.
    expect(ends("reverted", "branch")).toBe(undefined);
    expect(ends("idle", "branch")).toBe("deleted");
    expect(ends("merged", "branch", "b2")).toBe("deleted");
  });
});

describe("how many of the tasks are the user's", () => {
  const me = { given: ["Ana", "Ana Kovač"], likely: [] };
  const some = (...assigned: Partial<Task>[]) => assigned.map((one) => aTask(one));
  test.for<[string, Partial<SourceView>, number]>([
    ["as the whole response has it", { people: { ana: 2, ben: 3 }, counts: pending(5) }, 2],
    [
      "under two names, at most as many as there are",
      { people: { ana: 2, "ana kovač": 2 }, counts: pending(3) },
      3,
    ],
    [
      "as counted among the open ones",
      {
        tasks: some(
          { assignees: ["Ana", "Ben"] },
          { assignees: ["Ben"] },
          { assignees: ["Ana"], status: "completed" },
        ),
      },
      1,
    ],
  ])("%s", ([, view, mine]) => {
    expect(listOf([view], { me }).mine).toBe(mine);
  });
});

test("urgent and overdue tasks are counted among the open ones, or taken from the whole response", () => {
  const late = { due: "2026-11-20" };
  const urgent = { priority: "urgent" } as const;
  const tasks = [
    aTask({ id: "T-1", ...late }),
    aTask({ id: "T-2", ...late, ...urgent, status: "completed" }),
    aTask({ id: "T-3", ...urgent }),
    aTask({ id: "T-4" }),
  ];
  expect(listOf([{ tasks }]).pressing).toEqual({ urgent: 1, overdue: 1 });
  const pressing = { urgent: 7, overdue: 9 };
  expect(
    listOf([
      { tasks, pressing },
      { source: "ops", tasks },
    ]).pressing,
  ).toEqual({
    urgent: 8,
    overdue: 10,
  });
});

describe("a source that does not know the user", () => {
  const likely = { given: [], likely: ["Ana Kovač"] };
  test("is listed as unknown, with the person who may be the user", () => {
    const tasks = ["ana", "ana.horvat"].map((name) => aTask({ id: name, assignees: [name] }));
    const { strange, isKnown, whose } = listOf([{ tasks }], { me: likely });
    expect([strange, isKnown]).toEqual([[{ source: "embedded", maybe: "ana" }], false]);
    expect(whose.get("embedded")?.isKnown).toBe(false);
  });

  test("is listed as unknown when only its whole response has people", () => {
    expect(listOf([{ people: { ben: 1 } }], { me: likely }).strange).toEqual([
      { source: "embedded", maybe: null },
    ]);
  });

  test("is not listed as unknown if it has no people, or knows the user", () => {
    expect(listOf([{ tasks: [aTask()] }], { me: likely }).strange).toEqual([]);
    const tasks = [aTask({ assignees: ["Ana Kovač"] })];
    const known = listOf([{ tasks }, { source: "ops", people: { ben: 1 } }], { me: likely });
    expect([known.isKnown, known.strange]).toEqual([true, [{ source: "ops", maybe: null }]]);
  });

  test("knows the user by its own name for the user, or by the sign-in", () => {
    const tasks = [aTask({ assignees: ["u-17"] })];
    const ownerIn = (view: Partial<SourceView>) => listOf([{ tasks, ...view }]).ranked[0]?.owner;
    expect(ownerIn({ notes: { ...noNotes, me: ["u-17"] } })).toBe("mine");
    expect(ownerIn({ subject: "u-17" })).toBe("mine");
    expect(ownerIn({})).toBe("unknown");
  });

  test("counts the people of its whole response when it looks for the user", () => {
    const tasks = [aTask({ assignees: ["ana"] })];
    const ownerIn = (view: Partial<SourceView>) =>
      listOf([{ tasks, ...view }], { me: likely }).ranked[0]?.owner;
    expect(ownerIn({})).toBe("mine");
    expect(ownerIn({ people: { ana: 1, "ana.horvat": 4 } })).toBe("unknown");
  });
});

test("cached tasks of a source that fails are listed, unless that is switched off", () => {
  const tasks = [aTask()];
  const options = { hidesCached: true };
  expect(listOf([{ tasks, failure }]).ranked).toHaveLength(1);
  expect(listed([{ tasks, failure }], { options })).toBeNull();
  expect(listOf([{ tasks }], { options }).ranked).toHaveLength(1);
  expect(listOf([{ tasks, freshness: "stale" }]).ranked).toHaveLength(1);
  expect(listed([{ tasks, freshness: "expired" }])).toBeNull();
});

test("a list is partial if a source is missing, and whole if it has every counted task", () => {
  const views = [{ tasks: [aTask()] }, { source: "ops", tasks: [aTask({ source: "ops" })] }];
  const whole = listOf(views);
  expect([whole.isPartial, whole.isWhole]).toEqual([false, true]);
  const [first = {}, second = {}] = views;
  expect(listOf([first, { ...second, freshness: "expired" }]).isPartial).toBe(true);
  expect(listOf([first, { ...second, counts: pending(2) }]).isWhole).toBe(false);
});

test("a task that another session works on names that session's folder", () => {
  const taken = new Map([["T-1", "/work/b"]]);
  const tasks = [aTask({ id: "T-1" }), aTask({ id: "T-2" })];
  const { ranked } = listOf([{ tasks }], { taken });
  expect(ranked.map(({ task, takenIn }) => [task.id, takenIn])).toEqual([
    ["T-2", undefined],
    ["T-1", "/work/b"],
  ]);
});
