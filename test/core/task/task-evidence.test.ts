// What the commits of the default branch say of one task: that it is merged, taken back, or nothing. In doubt, nothing.

import { describe, expect, test } from "vitest";
import { createHistory } from "../../../src/core/git/base-history.ts";
import type { BaseCommit } from "../../../src/core/git/base-commit.ts";
import { findMismatch, listCommitFacts } from "../../../src/core/task/task-evidence.ts";
import type { TaskBranch, TaskEvidence } from "../../../src/core/task/task-evidence.ts";
import { findIdle, findUnpushedBranch } from "../../../src/core/task/idle-and-unpushed.ts";
import type { Task } from "../../../src/core/task/task.ts";
import { aTask, day, hour, minute, saturday } from "../../support/builders.ts";

const idOf = (name: string): string => name.repeat(40);
/** Commits a minute apart, the newest first and last at noon. */
function history(...given: [name: string, parents: string, message: string][]) {
  const commits = given.map(([name, parents, message], at): BaseCommit => ({
    id: idOf(name),
    parents: [...parents].map(idOf),
    tree: name,
    at: saturday - at * minute,
    message,
  }));
  return createHistory(commits);
}
const begin: [string, string, string] = ["a", "", "Begin"];
const work: [string, string, string] = ["b", "a", "Add the form"];
const mergeOf = (branch: string): [string, string, string] => [
  "c",
  "ab",
  `Merge branch '${branch}'`,
];
const closing = (words: string): [string, string, string] => ["c", "a", `Add it\n\n${words}`];
const revert: [string, string, string] = [
  "d",
  "c",
  `Revert "It"\n\nThis reverts commit ${idOf("c")}.`,
];
const aBranch = (more: Partial<TaskBranch> = {}): TaskBranch => ({
  name: "feat/T-1-login",
  commit: idOf("b"),
  at: saturday - hour,
  isGone: false,
  mergedAs: null,
  requiredCommits: 1,
  ...more,
});

function found(
  base: ReturnType<typeof history>,
  {
    task = {},
    tracker = null,
    ...more
  }: Partial<Omit<TaskEvidence, "task">> & {
    task?: Partial<Task>;
    tracker?: string | null;
  } = {},
): string | null {
  const evidence = { branches: [], gone: [], isAmbiguous: false, reopenedAt: 0, ...more };
  const about = { ...evidence, task: aTask({ id: "T-1", title: "Add the login", ...task }) };
  const one = findMismatch(about, { history: base, facts: listCommitFacts(base), tracker });
  return one === null
    ? null
    : `${one.kind} ${one.commit?.[0]}${one.by === undefined ? "" : ` ${one.by}`}`;
}

describe("a task is merged", () => {
  test.for<[string, ReturnType<typeof history>, Parameters<typeof found>[1], string | null]>([
    ["by a merge of its branch", history(mergeOf("feat/T-1"), work, begin), {}, "merged c branch"],
    ["not by a merge of another", history(mergeOf("feat/T-10"), work, begin), {}, null],
    [
      "by a merge of the branch that it names, and no other",
      history(mergeOf("login"), work, begin),
      { task: { branch: "login" } },
      "merged c branch",
    ],
    [
      "not by a merge of a branch with its id, where it names another",
      history(mergeOf("feat/T-1"), work, begin),
      { task: { branch: "login" } },
      null,
    ],
    ["by a commit that closes it", history(closing("Closes T-1"), begin), {}, "merged c words"],
    ["not by one that closes another", history(closing("Closes T-2"), begin), {}, null],
    [
      "by the commits of its branch",
      history(["c", "a", "Add the form"], begin),
      { branches: [aBranch({ mergedAs: [idOf("c")] })] },
      "merged c branch",
    ],
    [
      "not by too few of them",
      history(["c", "a", "Add the form"], begin),
      { branches: [aBranch({ mergedAs: [idOf("c")], requiredCommits: 2 })] },
      null,
    ],
    [
      "by a squash with its id and a number, once its branch is gone",
      history(["c", "a", "T-1: add it (#12)"], begin),
      { gone: ["feat/T-1"] },
      "merged c branch",
    ],
    [
      "by such a squash, while the branch is only deleted on the remote",
      history(["c", "a", "T-1: add it (#12)"], begin),
      { branches: [aBranch({ isGone: true })] },
      "merged c branch",
    ],
    [
      "not by such a squash of a branch that nobody saw",
      history(["c", "a", "T-1: add it (#12)"], begin),
      {},
      null,
    ],
    [
      "not by a commit with its id and no number",
      history(["c", "a", "T-1: add it"], begin),
      { gone: ["feat/T-1"] },
      null,
    ],
    [
      "not by a squash of a part",
      history(["c", "a", "T-1: part 1 (#12)"], begin),
      { gone: ["feat/T-1"] },
      null,
    ],
    [
      "not by a squash from before the branch's last commit",
      history(["c", "a", "T-1: add it (#12)"], begin),
      {
        branches: [aBranch({ isGone: true, at: saturday + 1 })],
      },
      "deleted b",
    ],
    [
      "not while another branch of it is open",
      history(mergeOf("feat/T-1"), work, begin),
      { branches: [aBranch({ name: "feat/T-1-page" })] },
      null,
    ],
    [
      "not by a merge in name only",
      createHistory(
        [mergeOf("feat/T-1"), work, begin].map(([name, parents, message]) => ({
          id: idOf(name),
          parents: [...parents].map(idOf),
          tree: name === "b" ? "b" : "a",
          at: saturday,
          message,
        })),
      ),
      {},
      null,
    ],
    [
      "not where the id may be another source's",
      history(mergeOf("feat/T-1"), work, begin),
      { isAmbiguous: true },
      null,
    ],
    [
      "where it names the branch, although the id is of two sources",
      history(mergeOf("feat/T-1"), work, begin),
      { isAmbiguous: true, task: { branch: "feat/T-1" } },
      "merged c branch",
    ],
    [
      "not by words, where the id is of two sources",
      history(closing("Closes T-1"), begin),
      { isAmbiguous: true },
      null,
    ],
  ])("%s", ([, base, more, expected]) => {
    expect(found(base, more)).toBe(expected);
  });
});

describe("a merge is not evidence", () => {
  const base = history(mergeOf("feat/T-1"), work, begin);
  const at = (ms: number) => new Date(saturday + ms).toISOString();
  test.for<[string, Parameters<typeof found>[1], boolean]>([
    ["of a task that was changed at the merge", { task: { updatedAt: at(10 * minute) } }, true],
    ["of a task that was changed later", { task: { updatedAt: at(10 * minute + 1) } }, false],
    ["of a task that is as old", { task: { createdAt: at(0) } }, true],
    ["of a younger task", { task: { createdAt: at(1) } }, false],
    ["of a task that was open again then", { reopenedAt: saturday }, true],
    ["of a task that was open again since", { reopenedAt: saturday + 1 }, false],
  ])("%s: %s", ([, more, isSaid]) => {
    expect(found(base, more)).toBe(isSaid ? "merged c branch" : null);
  });

  test.for(["Back out T-1", "Roll back ccccccc", "Reopen t-1", "Undo it, T-1"])(
    "when a later commit may revert it: %s",
    (words) => {
      expect(found(history(["e", "c", words], mergeOf("feat/T-1"), work, begin))).toBeNull();
    },
  );

  test("but remains evidence when a later commit reverts something else", () => {
    for (const words of ["Roll back T-2", 'Revert "Add the form"\n\nFor T-1', "Work on T-1"])
      expect(found(history(["e", "c", words], mergeOf("feat/T-1"), work, begin))).not.toBeNull();
  });
});

test("a revert of the merge reverts a task, and the revert of that revert merges it again", () => {
  const reverted = [revert, mergeOf("feat/T-1"), work, begin] as const;
  expect(found(history(...reverted))).toBe("reverted d branch");
  const again: [string, string, string] = [
    "e",
    "d",
    `Revert "It"\n\nThis reverts commit ${idOf("d")}.`,
  ];
  expect(found(history(again, ...reverted))).toBe("merged c branch");
});

describe("a task's branch that was deleted on the remote", () => {
  const branch = aBranch({ isGone: true });
  test("is reported while nothing of it is merged", () => {
    expect(found(history(begin), { branches: [branch] })).toBe("deleted b");
  });
  test.for<[string, Parameters<typeof found>[1]]>([
    ["another branch goes on", { branches: [branch, aBranch({ name: "feat/T-1-page" })] }],
    ["it is of another task", { branches: [{ ...branch, name: "feat/T-2" }] }],
    ["the id may be another's", { branches: [branch], isAmbiguous: true }],
    ["the task was open again since", { branches: [branch], reopenedAt: saturday }],
  ])("is not reported when %s", ([, more]) => {
    expect(found(history(begin), more)).toBeNull();
  });
});

describe("the number of an issue in a text", () => {
  const url = "https://github.com/shop/api/issues/42";
  const numbered = { id: "#42", url };
  test.for<[string, string | null, string, Partial<Task>]>([
    ["Closes #42", "Shop/API", "merged c words", numbered],
    ["Closes shop/api#42", "shop/api", "merged c words", numbered],
    [`Closes ${url}`, "shop/api", "merged c words", numbered],
    [
      "Closes #42",
      "shop/api",
      "merged c words",
      { id: "42", url: "https://git.example/x/shop/api/-/issues/42" },
    ],
    ["Closes shop/web#42", "shop/api", "null", numbered],
    ["Closes #43", "shop/api", "null", numbered],
    ["Closes #42", "jun/api", "null", numbered],
    ["Closes #42", null, "null", numbered],
    ["Closes #42", "shop/api", "null", { id: "42" }],
    ["Closes #42", "shop/api", "null", { id: "42", url: "https://github.com/shop/api/pull/42" }],
  ])("counts for %s in %s: %s", ([words, tracker, expected, task]) => {
    expect(String(found(history(closing(words), begin), { task, tracker }))).toBe(expected);
  });

  test("counts in a branch's name only with a word of the title", () => {
    const of = (branch: string) =>
      found(history(mergeOf(branch), work, begin), { task: numbered, tracker: "shop/api" });
    expect([of("42-login"), of("42-days")]).toEqual(["merged c branch", null]);
  });
});

describe("a task in progress without a sign of work", () => {
  const old = new Date(saturday - 20 * day).toISOString();
  const since = saturday - 14 * day;
  const commit = (at: number, message = "Begin"): BaseCommit => ({
    id: idOf("a"),
    parents: [],
    tree: "a",
    at,
    message,
  });
  const idle = (
    task: Partial<Task>,
    more: { commits?: BaseCommit[]; branches?: TaskBranch[]; worked?: string[] } = {},
  ) => {
    const { commits = [commit(since)], branches = [], worked = [] } = more;
    const signs = {
      history: createHistory(commits),
      branches,
      worked: new Set(worked),
      now: saturday,
    };
    return findIdle(aTask({ id: "T-1", status: "in_progress", updatedAt: old, ...task }), signs);
  };
  const usual = { source: "embedded", taskId: "T-1", kind: "idle", at: saturday - 20 * day };

  test("is found, with its last commit if it has one", () => {
    expect(idle({})).toEqual(usual);
    const branch = aBranch({ at: saturday - 16 * day });
    const late = { ...usual, at: branch.at, commit: branch.commit };
    expect(idle({}, { branches: [aBranch({ at: saturday - 30 * day }), branch] })).toEqual(late);
    expect(idle({}, { commits: [commit(since, "T-1: begin")] })).toEqual({
      ...usual,
      at: since,
      commit: idOf("a"),
    });
  });

  test.for<[string, Parameters<typeof idle>]>([
    ["it is not begun", [{ status: "pending" }]],
    ["it was changed since", [{ updatedAt: new Date(since).toISOString() }]],
    ["it is not known when it was changed", [{ updatedAt: "soon" }]],
    ["the history is too short", [{}, { commits: [commit(since + 1)] }]],
    ["a session worked on its branch", [{}, { worked: ["feat/T-1"] }]],
    ["its branch has a later commit", [{}, { branches: [aBranch({ at: since + 1 })] }]],
  ])("is not found when %s", ([, [task, more]]) => {
    expect(idle(task, more)).toBeNull();
  });
});

test("unpushed work is found for a completed task if its branch is not on a remote", () => {
  const branch = { ...aBranch(), remote: null };
  const of = (branches: (typeof branch | (TaskBranch & { remote: string }))[], message = "Begin") =>
    findUnpushedBranch(aTask({ id: "T-1" }), branches, history(["a", "", message]));
  expect(of([branch])).toBe(branch);
  expect(of([{ ...branch, remote: "origin" }, branch])).toBe(branch);
  expect(of([{ ...branch, remote: "origin" }])).toBeNull();
  expect(of([])).toBeNull();
  expect(of([branch, { ...branch, mergedAs: [] }])).toBeNull();
  expect(of([branch, { ...branch, isGone: true }])).toBeNull();
  expect(of([branch], "t-1: add it")).toBeNull();
});
