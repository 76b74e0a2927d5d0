import { describe, expect, test } from "vitest";
import { percentile } from "../../../src/core/report/days.ts";
import { reportOf, type ReportFacts } from "../../../src/core/report/report.ts";
import { noData, type Delivery } from "../../../src/core/news/delivery.ts";
import {
  aBriefInput,
  aGitState,
  aGitView,
  aSourceView,
  aTask,
  day,
  hour,
  saturday,
  utcCalendar,
} from "../../support/builders.ts";

const facts = (overrides: Partial<ReportFacts> = {}): ReportFacts => ({
  project: "shop-api",
  folder: "/work/shop-api",
  worktree: "/work/shop-api",
  version: "1.0.0",
  brief: aBriefInput(),
  text: null,
  off: [],
  isInstalled: true,
  trees: [],
  branches: [],
  sessions: [],
  deliveries: [],
  refreshes: [],
  hookFailures: 0,
  ...overrides,
});

const given = (at: number, tookMs: number | null, text = "Sitrep: one two three"): Delivery => ({
  sessionId: "session-1",
  project: "/work/shop-api",
  at,
  event: "SessionStart",
  cause: "startup",
  text,
  data: tookMs === null ? noData : { ...noData, tookMs },
});

describe("the tasks of a report", () => {
  test("come from every source, each in the order in which to do them", () => {
    const tasks = [
      aTask({ id: "T-1", priority: "low" }),
      aTask({ id: "T-2", priority: "urgent" }),
      aTask({ id: "T-3", status: "in_progress" }),
      aTask({ id: "T-4", status: "blocked", dependsOn: ["T-1"] }),
    ];
    const other = aTask({ id: "7", source: "github", assignees: ["jun"] });
    const sources = [aSourceView({ tasks }), aSourceView({ source: "github", tasks: [other] })];
    const report = reportOf(facts({ brief: aBriefInput({ sources }) }));
    expect(
      report.sources.map(({ source, tasks: own }) => [source, own.map(({ id }) => id)]),
    ).toEqual([
      ["embedded", ["T-3", "T-2", "T-1", "T-4"]],
      ["github", ["7"]],
    ]);
    expect(report.sources[0]?.tasks.map(({ section }) => section)).toEqual([
      "Now",
      "Next",
      "Next",
      "Waiting",
    ]);
    expect(report.sources[0]?.tasks[3]?.why[0]).toBe("blocked by T-1");
    // The owner is a field of its own.
    expect(report.sources[1]?.tasks[0]).toMatchObject({ assignees: ["jun"], owner: "unknown" });
    expect(report.first.map(({ id }) => id)).toContain("T-3");
  });

  test("include those of a source that is too old to be listed", () => {
    const tasks = [aTask({ id: "T-1" })];
    const view = aSourceView({ tasks, freshness: "expired", fetchedAt: saturday - 30 * day });
    const report = reportOf(facts({ brief: aBriefInput({ sources: [view] }) }));
    expect(report.sources[0]?.tasks.map(({ id }) => id)).toEqual(["T-1"]);
    expect(report.problems).toMatchObject([{ level: "warning", about: "Source" }]);
  });
});

describe("the problems in a report", () => {
  test("list first what does not work, each with what to do", () => {
    const failure = {
      code: "source-unreachable",
      at: saturday,
      since: saturday,
      count: 1,
      nextTryAt: 0,
    };
    const late = aTask({ id: "T-9", due: "2026-11-01" });
    const sources = [
      aSourceView({ source: "github", failure }),
      aSourceView({ source: "linear", freshness: "stale" }),
      aSourceView({ tasks: [late] }),
    ];
    const brief = aBriefInput({ sources, isMonitorAlive: false });
    const { problems } = reportOf(
      facts({ brief, isInstalled: false, hookFailures: 2, off: ["All hooks are off."] }),
    );
    expect(problems.map(({ level, about, remedy }) => [level, about, remedy])).toEqual([
      ["error", "Setup", "sitrep install"],
      ["error", "Monitor", "sitrep start"],
      ["error", "Hooks", "sitrep logs"],
      ["error", "Source", "sitrep source test github"],
      ["warning", "Source", "sitrep refresh"],
      ["warning", "Off", null],
      ["warning", "Overdue", null],
    ]);
    expect(problems.at(-1)?.text).toBe("1 task is past the due date.");
  });

  test("are none if all is well", () => {
    expect(reportOf(facts()).problems).toEqual([]);
  });

  test("name a merge with a command only if Sitrep can close the task", () => {
    const at = saturday - 2 * day;
    const merged = (source: string) => {
      const task = aTask({ id: "T-3", source, status: "in_progress" });
      const found = {
        source,
        taskId: "T-3",
        kind: "merged" as const,
        at,
        seenAt: at,
        commit: "c0ffee12",
      };
      const mismatches = { base: "c0ffee12", current: [{ ...found, task }] };
      const git = aGitView({ defaultBranch: { name: "origin/main", commit: "c0ffee12" } });
      const sources = [aSourceView({ source, tasks: [task], isBuiltIn: source === "embedded" })];
      return reportOf(facts({ brief: aBriefInput({ git, sources, mismatches }) })).problems;
    };
    expect(merged("embedded")).toMatchObject([
      {
        about: "Merged",
        text: "T-3 is merged (c0ffee1, 2 d ago) and still open",
        remedy: "sitrep task done T-3",
      },
    ]);
    expect(merged("linear")).toMatchObject([{ about: "Merged", remedy: "Close it in linear." }]);
  });
});

describe("the repository in a report", () => {
  test("has each branch with its open tasks, and its end", () => {
    const tasks = [aTask({ id: "T-3" }), aTask({ id: "#12", branch: "spike" })];
    const state = aGitState({ branch: "fix/T-3-login", branchEnds: { old: "merged" } });
    const brief = aBriefInput({
      sources: [aSourceView({ tasks })],
      git: { kind: "state", state, readAt: saturday, failure: null },
    });
    const branch = (name: string) => ({
      name,
      subject: "",
      at: saturday,
      upstream: null,
      track: "",
      worktree: null,
    });
    const { branches } = reportOf(
      facts({ brief, branches: ["fix/T-3-login", "spike", "old"].map(branch) }),
    );
    expect(branches).toMatchObject([
      { name: "fix/T-3-login", tasks: ["T-3"], end: null },
      { name: "spike", tasks: ["#12"], end: null },
      { name: "old", tasks: [], end: "merged" },
    ]);
  });

  test("has this worktree first, then the others as last read", () => {
    const other = aGitState({ branch: "refunds" });
    const trees = [
      {
        worktree: "/work/refunds",
        project: "/work/shop-api",
        snapshot: { value: other, fetchedAt: 5 },
        failure: null,
      },
      { worktree: "/work/new", project: "/work/shop-api", snapshot: null, failure: null },
    ];
    const { worktrees } = reportOf(facts({ trees }));
    expect(worktrees.map(({ path }) => path)).toEqual(["/work/shop-api", "/work/refunds"]);
    expect(worktrees[1]).toMatchObject({ words: expect.stringContaining("refunds"), readAt: 5 });
  });
});

describe("sessions and days", () => {
  test("the sessions of a report have the texts that they were given, with their tokens", () => {
    const session = {
      id: "session-1",
      worktree: "/work/shop-api",
      startedAt: 1,
      lastSeen: 2,
      endedAt: null,
    };
    const { sessions } = reportOf(
      facts({ sessions: [session], deliveries: [given(saturday, 40), given(saturday, 20)] }),
    );
    expect(sessions[0]?.texts.map(({ tokens }) => tokens > 2)).toEqual([true, true]);
  });

  test("the last 14 days have p50 and p95 of the measured hooks, and the sum of tokens", () => {
    const times = [10, 20, 30, 40, 100];
    const deliveries = [
      ...times.map((ms) => given(saturday - hour, ms)),
      given(saturday - 2 * hour, null),
      given(saturday - 13 * day, null),
      given(saturday - 14 * day, 7),
    ];
    const { days } = reportOf(facts({ deliveries }));
    expect(days.map((one) => one.day)).toEqual(
      ["08", "09", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21"].map(
        (one) => `2026-11-${one}`,
      ),
    );
    expect(days.at(-1)).toMatchObject({ texts: 6, hooks: { count: 5, p50: 30, p95: 100 } });
    expect(days[0]).toMatchObject({ texts: 1, hooks: null });
    expect(days[0]?.tokens).toBeGreaterThan(0);
  });

  test("each day has the refreshes of each source", () => {
    const refreshes = [
      { source: "github", day: "2026-11-21", answered: 3, failed: 1 },
      { source: "github", day: "2026-10-01", answered: 9, failed: 9 },
    ];
    const { days } = reportOf(facts({ refreshes }));
    expect(days.at(-1)?.refreshes).toEqual([{ source: "github", answered: 3, failed: 1 }]);
    expect(days.flatMap((one) => one.refreshes)).toHaveLength(1);
  });

  test("a day is a local one, also at a change of the clock", () => {
    const calendar = (at: number) => utcCalendar(at + (at < saturday - 2 * day ? 2 : 1) * hour);
    const brief = aBriefInput({ now: saturday + 13.5 * hour, calendar });
    const { days } = reportOf(facts({ brief }));
    expect(days.at(-1)?.day).toBe("2026-11-22");
    expect(new Set(days.map((one) => one.day)).size).toBe(14);
  });
});

test.each([
  [[5], 0.95, 5],
  [[1, 2, 3, 4], 0.5, 2],
  [[1, 2, 3, 4, 5], 0.5, 3],
  [Array.from({ length: 100 }, (_, at) => at + 1), 0.95, 95],
  [[], 0.5, 0],
])("the percentile of %j at %d is %d", (values, share, expected) => {
  expect(percentile(values, share)).toBe(expected);
});
