import { describe, expect, test } from "vitest";
import type { PendingNews } from "../../src/core/news/pending-news.ts";
import { recordAfter } from "../../src/core/news/delivery.ts";
import { aGitState, aSessionRecord, hour, minute, saturday } from "../support/builders.ts";

const conflicts = { staged: 1, modified: 2, untracked: 3, conflicted: 4 };
const now = aGitState({ branch: "login", head: "2".repeat(40), stashes: 3, counts: conflicts });
const pending = (overrides: Partial<PendingNews> = {}): PendingNews => ({
  at: saturday,
  items: [],
  seq: 7,
  delivered: { git: now, sources: { embedded: "store-busy" } },
  ...overrides,
});

describe("the record of a session after news", () => {
  test("has the changes, sources, branch and conflicts of the news, and nothing else of git", () => {
    const record = aSessionRecord();
    const items = [{ kind: "branch", from: "main", to: "login" }] as const;
    expect(recordAfter(record, "news", pending({ items }))).toEqual({
      ...record,
      deliveredAt: saturday,
      deliveredSeq: 7,
      delivered: {
        git: aGitState({
          branch: "login",
          counts: { staged: 0, modified: 0, untracked: 0, conflicted: 4 },
        }),
        sources: { embedded: "store-busy" },
      },
    });
  });

  test("has the upstream or branch only if the news named it", () => {
    const was = { name: "origin/main", ahead: 0, behind: 0, gone: false };
    const is = { ...was, behind: 3 };
    const record = aSessionRecord({
      delivered: { git: aGitState({ upstream: was }), sources: {}, peers: [] },
    });
    const git = aGitState({ branch: "login", upstream: is });
    const knownAfter = (...items: PendingNews["items"][number][]) => {
      const news = pending({ items, delivered: { git, sources: {} } });
      const known = recordAfter(record, "news", news).delivered.git;
      return [known?.branch, known?.upstream];
    };
    const branch = { kind: "branch", from: "main", to: "login" } as const;
    const upstream = { kind: "upstream", name: "origin/main", behind: 3 } as const;
    const source = { kind: "source", source: "linear", code: null } as const;
    expect(knownAfter(source)).toEqual(["main", was]);
    expect(knownAfter(source, upstream)).toEqual(["main", is]);
    expect(knownAfter(branch, source)).toEqual(["login", was]);
    expect(knownAfter(branch, upstream)).toEqual(["login", is]);
  });

  test.for([
    ["all of git, where it knew nothing before", null],
    ["all of another working tree", aGitState({ root: "/work/other" })],
  ] as const)("knows %s", ([, git]) => {
    const record = aSessionRecord({ delivered: { git, sources: {} } });
    expect(recordAfter(record, "news", pending()).delivered.git).toEqual(now);
  });

  test("does not go back when the news is older than the last delivery", () => {
    const record = aSessionRecord({ deliveredAt: saturday + minute, deliveredSeq: 9 });
    expect(recordAfter(record, "news", pending())).toMatchObject({
      deliveredAt: saturday + minute,
      deliveredSeq: 9,
    });
  });
});

describe("the tasks that news has named since the last brief", () => {
  test.for(["news", "git"] as const)(
    "are kept together with the sequence number of their news after %s",
    (kind) => {
      const record = aSessionRecord({ briefedSeq: 3, reportedTasks: { "TASK-1": 4, "TASK-2": 5 } });
      const tasks = kind === "news" ? { tasks: ["TASK-2", "TASK-3"] } : {};
      const named =
        kind === "news" ? { "TASK-1": 4, "TASK-2": 7, "TASK-3": 7 } : record.reportedTasks;
      const after = { briefedSeq: 3, briefedGit: record.briefedGit, reportedTasks: named };
      expect(recordAfter(record, kind, pending(tasks))).toMatchObject(after);
    },
  );

  test("are cleared by a late brief", () => {
    const record = aSessionRecord({ reportedTasks: { "TASK-1": 4 } });
    const after = recordAfter(record, "news", pending({ brief: "Sitrep " }));
    expect(after).toMatchObject({ briefedAt: saturday, briefedSeq: 7, briefedGit: now });
    expect(after.reportedTasks).toEqual({});
  });
});

test("a delivered state of the repository records all of git, and no new tasks", () => {
  const record = aSessionRecord({ deliveredSeq: 3 });
  expect(recordAfter(record, "git", pending())).toEqual({
    ...record,
    deliveredAt: saturday,
    deliveredSeq: 3,
    delivered: { git: now, sources: { embedded: null }, peers: [] },
  });
});

describe("a brief that was delivered after news was published", () => {
  test.for(["news", "git"] as const)("replaces that news of %s", (kind) => {
    const record = aSessionRecord({ briefedAt: saturday + 1 });
    expect(recordAfter(record, kind, pending())).toEqual(record);
  });

  test("does not replace news of the same instant", () => {
    const record = aSessionRecord({ briefedAt: saturday });
    expect(recordAfter(record, "news", pending()).deliveredSeq).toBe(7);
  });
});

test("recordAfter does not modify the record that it is given", () => {
  const record = aSessionRecord({ deliveredAt: saturday - hour });
  const copy = structuredClone(record);
  recordAfter(record, "news", pending());
  recordAfter(record, "git", pending());
  expect(record).toEqual(copy);
});
