import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { belongsToBranch, idsInBranch } from "../../../src/core/task/branch-tasks.ts";
import { openKey, rankTasks } from "../../../src/core/task/ranking.ts";
import type { RankContext, RankReason } from "../../../src/core/task/ranking.ts";
import { isOpenTask } from "../../../src/core/task/task.ts";
import type { Task } from "../../../src/core/task/task.ts";
import { aTask, saturday, utcCalendar } from "../../support/builders.ts";
import { anyTasks } from "../arbitraries.ts";

const context: RankContext = {
  branch: "feature/TASK-51",
  now: utcCalendar(saturday),
  calendar: utcCalendar,
};
const plain: Partial<Task> = { priority: "none" };
const idsOf = (tasks: Task[]): string[] => rankTasks(tasks, context).map(({ task }) => task.id);

describe("of two tasks the first is next, for the reason named", () => {
  test.for<[string, Partial<Task>, RankReason[], Partial<Task>]>([
    [
      "the branch's own before one in progress",
      { id: "TASK-51" },
      ["this-branch"],
      { status: "in_progress", priority: "urgent", due: "2026-11-01" },
    ],
    [
      "what can be started, though the branch's own is blocked",
      { priority: "urgent" },
      ["priority"],
      { id: "TASK-51", status: "blocked" },
    ],
    ["by its own field", { branch: "feature/TASK-51" }, ["this-branch"], { status: "in_progress" }],
    [
      "one in progress before an overdue one",
      { status: "in_progress" },
      ["in-progress"],
      { priority: "urgent", due: "2026-11-01" },
    ],
    [
      "one that can be done before a blocked one",
      {},
      ["age"],
      { status: "blocked", priority: "urgent", due: "2026-11-01" },
    ],
    ["overdue before urgent", { due: "2026-11-20" }, ["overdue"], { priority: "urgent" }],
    [
      "overdue for longer before overdue",
      { due: "2026-11-01" },
      ["overdue"],
      { due: "2026-11-20", priority: "urgent" },
    ],
    ["due today before urgent", { due: "2026-11-21" }, ["due-soon"], { priority: "urgent" }],
    [
      "due in three days before urgent",
      { due: "2026-11-24" },
      ["due-soon"],
      { priority: "urgent" },
    ],
    [
      "due sooner before due soon",
      { due: "2026-11-22" },
      ["due-soon"],
      { due: "2026-11-23", priority: "urgent" },
    ],
    ["priority before due in four days", { priority: "low" }, ["priority"], { due: "2026-11-25" }],
    [
      "priority before a due day that is none",
      { priority: "low" },
      ["priority"],
      { due: "someday" },
    ],
    ["urgent before high", { priority: "urgent" }, ["priority"], { priority: "high" }],
    ["high before medium", { priority: "high" }, ["priority"], { priority: "medium" }],
    ["medium before low", { priority: "medium" }, ["priority"], { priority: "low" }],
    ["low before none", { priority: "low" }, ["priority"], {}],
    [
      "older before newer",
      { createdAt: "2026-11-01T08:00:00.000Z" },
      ["age"],
      { createdAt: "2026-11-02T08:00:00.000Z" },
    ],
    ["with a date before without", { createdAt: "2026-11-20T08:00:00.000Z" }, ["age"], {}],
    [
      "all reasons, the weightiest first",
      { id: "TASK-51", status: "in_progress", due: "2026-11-01", priority: "high" },
      ["this-branch", "in-progress", "overdue", "priority"],
      {},
    ],
  ])("%s", ([, first, reasons, second]) => {
    // The ids alone would put them the other way round.
    const tasks = [aTask({ id: "A", ...plain, ...second }), aTask({ id: "B", ...plain, ...first })];
    const [next, other] = rankTasks(tasks, context);
    expect([next?.task, other?.task]).toEqual(tasks.toReversed());
    expect(next?.reasons).toEqual(reasons);
  });

  test("ids break ties", () => {
    expect(idsOf([aTask({ id: "B" }), aTask({ id: "C" }), aTask({ id: "A" })])).toEqual([
      "A",
      "B",
      "C",
    ]);
  });
});

test("finished tasks are left out", () => {
  expect(
    idsOf([
      aTask({ id: "A", status: "completed" }),
      aTask({ id: "B", status: "cancelled" }),
      aTask({ id: "C", status: "blocked" }),
    ]),
  ).toEqual(["C"]);
});

describe("the ranking of any tasks", () => {
  test("does not depend on the order of the input", () => {
    const shuffled = anyTasks.chain((tasks) =>
      fc.tuple(
        fc.constant(tasks),
        fc.shuffledSubarray(tasks, { minLength: tasks.length, maxLength: tasks.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([tasks, others]) => {
        expect(rankTasks(others, context)).toEqual(rankTasks(tasks, context));
      }),
      { numRuns: 200 },
    );
  });

  test("has every pending task once, with a reason", () => {
    fc.assert(
      fc.property(anyTasks, (tasks) => {
        const ranked = rankTasks(tasks, context);
        expect(new Set(ranked.map(({ task }) => task))).toEqual(new Set(tasks.filter(isOpenTask)));
        expect(ranked.filter(({ reasons }) => reasons.length === 0)).toEqual([]);
      }),
    );
  });

  test("of two tasks does not depend on other tasks without dependencies", () => {
    fc.assert(
      fc.property(anyTasks, (some) => {
        const tasks = some.map((task) => ({ ...task, dependsOn: [] }));
        const ids = idsOf(tasks);
        const without = tasks.filter((_, index) => index % 3 !== 0);
        const left = new Set(without.map((task) => task.id));
        expect(idsOf(without)).toEqual(ids.filter((id) => left.has(id)));
      }),
    );
  });
});

describe("the ids in a branch name", () => {
  test.for<[string, string[]]>([
    ["feature/TASK-51-login", ["TASK-51"]],
    ["feature/TASK-51-x", ["TASK-51"]],
    ["TASK-51-and-TASK-52", ["TASK-51", "TASK-52"]],
    ["TASK-51-and-TASK-51", ["TASK-51"]],
    ["v2/TASK-51", ["TASK-51"]],
    ["P2X-9", ["P2X-9"]],
    ["fix/eng-7", ["eng-7"]],
    ["51-login", ["51"]],
    ["51", ["51"]],
    ["feature/51-login", ["51"]],
    ["fix/51_x", ["51"]],
    ["fix_51", ["51"]],
    ["issue-51", ["issue-51", "51"]],
    ["feature/#51", ["51"]],
    ["login-#51", ["51"]],
    ["oauth2-login", []],
    ["utf8-csv", []],
    ["feature/oauth2", []],
    ["release/2026-11", []],
    ["release/51", []],
    ["2026-11-20-cleanup", []],
    ["v1.2", []],
    ["v2", []],
    ["51.2-fix", []],
    ["SUBTASK-51x", []],
    ["main", []],
    ["", []],
    [`${"-".repeat(254)}51`, []],
    [`${"x/".repeat(126)}51/51`, ["51"]],
  ])("%s: %j", ([branch, ids]) => {
    expect(idsInBranch(branch)).toEqual(ids);
  });
});

describe("a branch and a task belong together", () => {
  test.for<[string, Partial<Task>, string | null, boolean]>([
    ["by the id", { id: "TASK-51" }, "feature/TASK-51-login", true],
    ["by the id in other case", { id: "TASK-51" }, "feature/task-51", true],
    ["by a number", { id: "51" }, "51-login", true],
    ["by a number with a hash", { id: "#51" }, "issue-51", true],
    ["by the task's own field", { branch: "login" }, "login", true],
    ["not by an id that only begins alike", { id: "TASK-5" }, "feature/TASK-51", false],
    ["not by an id that only ends alike", { id: "TASK-51" }, "feature/SUBTASK-51", false],
    ["not by a number in a word", { id: "2" }, "oauth2-login", false],
    ["not by a number in a word's beginning", { id: "8" }, "utf8-csv", false],
    ["not by a version", { id: "22" }, "node-22", false],
    ["not by a year", { id: "2026" }, "release/2026-11", false],
    ["not by a month", { id: "11" }, "release/2026-11", false],
    ["not by a version with a dot", { id: "1" }, "v1.2", false],
    ["not by the number of another project's id", { id: "OPS-51" }, "feature/TASK-51", false],
    [
      "not by the id when the task's own field names another",
      { id: "TASK-51", branch: "other" },
      "TASK-51",
      false,
    ],
    [
      "by the id when the task's own field has the id too",
      { id: "ENG-12", branch: "ada/eng-12-fix-login" },
      "eng-12-other-words",
      true,
    ],
    [
      "not by another id when the task's own field has its id",
      { id: "ENG-12", branch: "ada/eng-12-fix-login" },
      "eng-13-fix-login",
      false,
    ],
    ["not when detached", { id: "TASK-51", branch: "main" }, null, false],
    ["not on a branch without ids", { id: "TASK-51" }, "main", false],
  ])("%s", ([, task, branch, belongs]) => {
    expect(belongsToBranch(aTask(task), branch)).toBe(belongs);
  });
});

describe("a task that waits for another", () => {
  const task = (id: string, more: Partial<Task> = {}): Task => aTask({ id, ...plain, ...more });
  const waiting = task("A", { priority: "urgent", dependsOn: ["B"] });

  test("comes after tasks that can be started, and names its blockers", () => {
    const ranked = rankTasks([waiting, task("B", { priority: "low" })], context);
    expect(ranked.map((one) => [one.task.id, one.waitsFor])).toEqual([
      ["B", []],
      ["A", ["B"]],
    ]);
  });

  test("waits for a task that is not listed but known to be open", () => {
    const open = new Set([openKey("embedded", "B")]);
    expect(rankTasks([waiting], { ...context, open })[0]?.waitsFor).toEqual(["B"]);
    expect(rankTasks([waiting], context)[0]?.waitsFor).toEqual([]);
  });

  test("does not wait for a task of another source, a finished one, or itself", () => {
    const others = [task("B", { source: "linear" }), task("B", { status: "completed" })];
    expect(rankTasks([waiting, ...others], context)[0]?.task.id).toBe("A");
    expect(rankTasks([task("A", { dependsOn: ["A"] })], context)[0]?.waitsFor).toEqual([]);
  });

  test("is marked when it is in a cycle or waits for one, unless one of the tasks was started", () => {
    const inCycle = (...tasks: Task[]): string[] =>
      rankTasks(tasks, context).flatMap(({ task: { id }, isInCycle }) => (isInCycle ? [id] : []));
    const on = (id: string, dependsOn: string[], more: Partial<Task> = {}): Task =>
      task(id, { dependsOn, ...more });
    expect(inCycle(on("A", ["B"]), on("B", ["A"]))).toEqual(["A", "B"]);
    const three = [on("A", ["B", "X"]), on("B", ["C"]), on("C", ["A"]), on("X", [])];
    expect(inCycle(...three, on("D", ["A"]), on("E", ["X"]))).toEqual(["A", "B", "C", "D"]);
    expect(inCycle(on("A", ["B"]), on("B", ["A"], { status: "in_progress" }))).toEqual([]);
    expect(inCycle(on("A", ["B"]), on("B", ["A"], { source: "linear" }))).toEqual([]);
    expect(inCycle(on("A", ["B"]), on("B", ["C"]), on("C", []))).toEqual([]);
  });

  test("a cycle of ten thousand tasks is found in little time", () => {
    const count = 10_000;
    const chain = Array.from({ length: count }, (_, at) =>
      task(`T-${at}`, { dependsOn: [`T-${(at + 1) % count}`] }),
    );
    const started = performance.now();
    expect(rankTasks(chain, context).filter(({ isInCycle }) => isInCycle)).toHaveLength(count);
    const open = [...chain.slice(0, -1), task(`T-${count - 1}`)];
    expect(rankTasks(open, context).filter(({ isInCycle }) => isInCycle)).toEqual([]);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test("comes after a task that can be worked on, even when it is in progress or this branch's", () => {
    const begun = task("A", { status: "in_progress", dependsOn: ["B"] });
    expect(idsOf([task("B", { priority: "low" }), begun])).toEqual(["B", "A"]);
    const own = task("TASK-51", { dependsOn: ["B"] });
    expect(idsOf([task("B", { priority: "urgent" }), own])).toEqual(["B", "TASK-51"]);
  });
});

test("a ranked task says how it belongs to the branch", () => {
  const linkOf = (more: Partial<Task>) => rankTasks([aTask(more)], context)[0]?.link;
  expect(linkOf({ id: "TASK-51" })).toBe("id");
  expect(linkOf({ branch: "feature/TASK-51" })).toBe("field");
  expect(linkOf({ id: "TASK-51", branch: "other" })).toBeNull();
  expect(linkOf({})).toBeNull();
});

describe("an id that two sources have", () => {
  const named = (source: string, more: Partial<Task> = {}): Task =>
    aTask({ id: "TASK-51", source, ...more });
  const linksOf = (...tasks: Task[]) =>
    Object.fromEntries(rankTasks(tasks, context).map(({ task, link }) => [task.source, link]));

  test("may be this branch's task in both of them", () => {
    expect(linksOf(named("linear"), named("jira"))).toEqual({ linear: "maybe", jira: "maybe" });
  });

  test("belongs to the task that names the branch in its own field", () => {
    const own = named("jira", { branch: "feature/TASK-51" });
    expect(linksOf(named("linear", { branch: "other" }), own)).toEqual({
      linear: null,
      jira: "field",
    });
  });

  test("belongs to the open task if the other is over", () => {
    expect(linksOf(named("linear"), named("jira", { status: "completed" }))).toEqual({
      linear: "id",
    });
  });
});

describe("the owner of a task", () => {
  const me = ["Ana Lopez", "ana@shop.example", "ana"];
  const rank = (names: readonly string[], ...tasks: Partial<Task>[]) =>
    rankTasks(
      tasks.map((task, at) => aTask({ id: `T-${at + 1}`, ...plain, ...task })),
      { ...context, me: { given: [], likely: names } },
    );
  const order = (names: readonly string[], ...tasks: Partial<Task>[]): string[] =>
    rank(names, ...tasks).map(({ task, owner }) => `${task.id} ${owner}`);
  const jun: Partial<Task> = { assignees: ["jun"] };
  const mine: Partial<Task> = { assignees: ["ana"] };
  const today: Partial<Task> = { priority: "urgent", due: "2026-11-21" };
  const begun: Partial<Task> = { status: "in_progress" };

  test("matters for the order: work in progress by others never comes before the user's urgent task", () => {
    expect(order(me, { ...jun, ...begun, priority: "urgent" }, { ...mine, ...today })).toEqual([
      "T-2 mine",
      "T-1 others",
    ]);
  });

  test("matters for the order: an unassigned task never comes before the user's", () => {
    expect(order(me, { ...begun, ...today, due: "2026-01-01" }, mine)).toEqual([
      "T-2 mine",
      "T-1 nobody",
    ]);
  });

  test("matters for the order: unassigned tasks come before those of others", () => {
    expect(order(me, { ...jun, ...begun }, {}, mine)).toEqual([
      "T-3 mine",
      "T-2 nobody",
      "T-1 others",
    ]);
  });

  test("does not matter for a waiting task: the user's comes after unassigned ones", () => {
    expect(order(me, { ...mine, status: "blocked" }, {})).toEqual(["T-2 nobody", "T-1 mine"]);
  });

  test("does not matter for this branch's task: it is first, unless somebody else has it", () => {
    expect(order(me, { ...mine, ...today }, { id: "TASK-51" })).toEqual([
      "TASK-51 nobody",
      "T-1 mine",
    ]);
    expect(order(me, { ...mine, ...today }, { ...jun, id: "TASK-51" })).toEqual([
      "T-1 mine",
      "TASK-51 others",
    ]);
  });

  test.for(["@ana", "ANA", " ana ", "Ana lopez", "ana@shop.example"])(
    "is the user if the name is %s",
    (name) => {
      expect(order(me, { assignees: ["jun", name] })).toEqual(["T-1 mine"]);
    },
  );

  test("is unknown when no task has one of the user's names: a source may spell them differently", () => {
    const tasks = [{ ...jun, ...begun }, { ...today, assignees: ["al2"] }, {}];
    expect(order(me, ...tasks)).toEqual(["T-1 unknown", "T-2 unknown", "T-3 nobody"]);
  });

  test("is unknown without the user's name, and then changes no order", () => {
    expect(order([], {}, { ...jun, ...begun })).toEqual(["T-2 unknown", "T-1 nobody"]);
  });
});

describe("a task that cannot be worked on here", () => {
  const tasks = [aTask({ id: "T-1", priority: "urgent" }), aTask({ id: "T-2", priority: "low" })];
  const rankedIn = (more: Partial<RankContext>) =>
    rankTasks(tasks, { ...context, branch: "main", ...more });
  const key = openKey("embedded", "T-1");
  const order = (more: Partial<RankContext>) => rankedIn(more).map(({ task }) => task.id);
  const endOf = (more: Partial<RankContext>) =>
    rankedIn(more).find(({ task }) => task.id === "T-1")?.branchEnd;

  test("comes last when its branch is over", () => {
    const branchEnds = new Map([["feat/T-1-login", "merged" as const]]);
    expect([order({ branchEnds }), endOf({ branchEnds })]).toEqual([["T-2", "T-1"], "merged"]);
  });

  test("counts as closed or continued by git's history, if that says more than its branch", () => {
    const branchEnds = new Map([["feat/T-1-login", "deleted" as const]]);
    const closed = new Map([[key, "closed" as const]]);
    expect([order({ workEnds: closed }), endOf({ workEnds: closed, branchEnds })]).toEqual([
      ["T-2", "T-1"],
      "closed",
    ]);
    const goesOn = new Map([[key, null]]);
    expect([
      order({ workEnds: goesOn, branchEnds }),
      endOf({ workEnds: goesOn, branchEnds }),
    ]).toEqual([["T-1", "T-2"], undefined]);
  });

  test("comes last while another session works on it, unless it is this branch's", () => {
    const taken = new Map([["T-1", "/work/b"]]);
    expect(order({ taken })).toEqual(["T-2", "T-1"]);
    const [first] = rankedIn({ taken, branch: "fix/T-1" });
    expect([first?.task.id, first?.takenIn]).toEqual(["T-1", undefined]);
  });
});

describe("the dependency of a task", () => {
  const waiting = aTask({ id: "T-1", dependsOn: ["T-8", "T-9"] });
  const oneOf = (tasks: Task[], more: Partial<RankContext>) => {
    const one = rankTasks(tasks, { ...context, ...more }).find(({ task }) => task.id === "T-1");
    return [one?.waitsFor, one?.notKnown];
  };
  const keys = (...ids: string[]) => new Set(ids.map((id) => openKey("embedded", id)));

  test("is open, over, or unknown to its source", () => {
    expect(oneOf([waiting], {})).toEqual([[], undefined]);
    expect(oneOf([waiting], { open: keys("T-8") })).toEqual([["T-8"], undefined]);
    expect(oneOf([waiting], { open: keys("T-8"), unknown: keys("T-9") })).toEqual([
      ["T-8", "T-9"],
      ["T-9"],
    ]);
  });

  test("is open if another source has an open task of that id", () => {
    const other = aTask({ id: "T-9", source: "ops" });
    expect(oneOf([waiting, other], { unknown: keys("T-9") })).toEqual([["T-9"], undefined]);
  });
});

describe("the branch's task among those of several people", () => {
  const me = { given: ["Ana"], likely: [] };
  const order = (tasks: Partial<Task>[], branch: string) =>
    rankTasks(tasks.map(aTask), { ...context, me, branch }).map(
      ({ task }) => `${task.source}/${task.id}`,
    );

  test("is the user's own first, then one that may be the branch's, then the user's others", () => {
    expect(
      order(
        [
          { id: "X-1", source: "ops", priority: "urgent", assignees: ["Ana"] },
          { id: "T-14", source: "board", priority: "high" },
          { id: "T-14", source: "ops", priority: "low", assignees: ["Ana"] },
        ],
        "fix/T-14",
      ),
    ).toEqual(["ops/T-14", "board/T-14", "ops/X-1"]);
  });

  test("is every task that the branch names, by priority", () => {
    const tasks = [
      { id: "T-8", priority: "low" as const, assignees: ["Ana"] },
      { id: "T-7", priority: "high" as const },
    ];
    expect(order(tasks, "T-7_T-8")).toEqual(["embedded/T-7", "embedded/T-8"]);
  });
});

test("the user's name is looked for in the people of each source separately", () => {
  const tasks = [
    aTask({ id: "T-1", source: "board", assignees: ["ana"] }),
    aTask({ id: "T-2", source: "ops", assignees: ["ana.horvat"] }),
  ];
  const me = { given: [], likely: ["Ana Kovač"] };
  const owners = rankTasks(tasks, { ...context, me }).map(({ task, owner }) => [task.id, owner]);
  expect(Object.fromEntries(owners)).toEqual({ "T-1": "mine", "T-2": "unknown" });
});

describe("an id of two sources belongs to the task that shares words with the branch", () => {
  const linksOf = (branch: string, ...tasks: Partial<Task>[]) =>
    Object.fromEntries(
      rankTasks(tasks.map(aTask), { ...context, branch }).map(({ task, link }) => [
        task.source,
        link,
      ]),
    );
  const keys = { id: "T-14", source: "ops", title: "Rotate the keys" };

  test("for words in its title or description, in upper or lower case", () => {
    const branch = "fix/T-14-LOGIN-timeout";
    const board = { id: "T-14", source: "board" };
    const both = { board: "id", ops: null };
    expect(linksOf(branch, { ...board, title: "The login hangs" }, keys)).toEqual(both);
    const described = { ...board, title: "It hangs", description: "After the Timeout" };
    expect(linksOf(branch, described, keys)).toEqual(both);
    expect(linksOf(branch, keys, described)).toEqual(both);
    const far = { ...described, description: `${"x ".repeat(250)}timeout` };
    expect(linksOf(branch, far, keys)).toEqual({ board: "maybe", ops: "maybe" });
  });

  test("if it shares more words than the other; words of the id and of the folder do not count", () => {
    const board = { id: "TASK-14", source: "board", title: "A task to fix" };
    const ops = { id: "TASK-14", source: "ops", title: "The login page" };
    expect(linksOf("fix/TASK-14-login", board, ops)).toEqual({ board: null, ops: "id" });
    expect(linksOf("fix/TASK-14-page-login", { ...board, title: "Login" }, ops)).toEqual({
      board: null,
      ops: "id",
    });
    expect(linksOf("fix/TASK-14-login", { ...board, title: "Login" }, ops)).toEqual({
      board: "maybe",
      ops: "maybe",
    });
  });

  test("even while another task names the branch in its own field", () => {
    const branch = "fix/T-14-login";
    const own = { id: "X-1", source: "own", branch };
    expect(linksOf(branch, own, { id: "T-14", source: "board", title: "Login" }, keys)).toEqual({
      own: "field",
      board: "id",
      ops: null,
    });
  });
});

test("the ids of a branch are read from its first 255 characters", () => {
  expect(idsInBranch(`${"x/".repeat(125)}T-1`)).toEqual(["T-1"]);
  expect(idsInBranch(`${"x/".repeat(150)}T-1`)).toEqual([]);
});
