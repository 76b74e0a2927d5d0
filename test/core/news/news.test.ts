import { describe, expect, test } from "vitest";
import type { ChangeKind, TaskChange } from "../../../src/core/news/changes.ts";
import type { GitState, GitUpstream } from "../../../src/core/git/git-state.ts";
import { isGitChanged } from "../../../src/core/git/git-fingerprint.ts";
import { findNews } from "../../../src/core/news/news.ts";
import type { DeliveredState } from "../../../src/core/session.ts";
import type { NewsItem, UpstreamNews } from "../../../src/core/news/pending-news.ts";
import { allNews } from "../../../src/core/hook-settings.ts";
import { peerKey } from "../../../src/core/news/peers.ts";
import { mismatchKey, type CurrentMismatch } from "../../../src/core/task/mismatch.ts";
import { aGitState, aTask, aTaskChange, saturday } from "../../support/builders.ts";

const nothingTold: DeliveredState = { git: null, sources: {} };
const kindsTold = (change: TaskChange): readonly ChangeKind[] | null => {
  const items = findNews(nothingTold, { git: null, sources: {}, changes: [change], peers: [] });
  return items.length === 0
    ? null
    : items.flatMap((item) => (item.kind === "task" ? item.what : []));
};

describe("a change of a task is worth a line in the middle of work", () => {
  test.for<[string, TaskChange, ChangeKind[]]>([
    ["a new urgent task", aTaskChange(null, { priority: "urgent" }), ["new"]],
    ["a new high task", aTaskChange(null, { priority: "high" }), ["new"]],
    ["raised to high", aTaskChange({ priority: "low" }, { priority: "high" }), ["raised"]],
    [
      "free again, and high",
      aTaskChange({ status: "blocked", priority: "high" }, { priority: "high" }),
      ["unblocked"],
    ],
    [
      "completed, of any priority",
      aTaskChange({ priority: "none" }, { priority: "none", status: "completed" }),
      ["completed"],
    ],
    ["cancelled", aTaskChange({}, { status: "cancelled" }), ["cancelled"]],
    ["open again", aTaskChange({ status: "completed" }, {}), ["reopened"]],
    ["blocked", aTaskChange({}, { status: "blocked" }), ["blocked"]],
    ["in other hands", aTaskChange({}, { assignees: ["ada"] }), ["reassigned"]],
    ["urgent no more", aTaskChange({ priority: "urgent" }, { priority: "low" }), ["lowered"]],
    ["urgent, and gone", aTaskChange({ priority: "urgent" }, null), ["gone"]],
    ["gone while in progress", aTaskChange({ status: "in_progress" }, null), ["gone"]],
    [
      "completed and renamed: both are named",
      aTaskChange({}, { status: "completed", title: "Rotate keys" }),
      ["completed", "renamed"],
    ],
  ])("%s", ([, change, kinds]) => {
    expect(kindsTold(change)).toEqual(kinds);
  });

  test.for<[string, TaskChange, ChangeKind[]]>([
    [
      "completed, and raised to medium",
      aTaskChange({ priority: "low" }, { priority: "medium", status: "completed" }),
      ["completed", "raised"],
    ],
    [
      "in other hands, and raised to medium",
      aTaskChange({ priority: "low" }, { priority: "medium", assignees: ["ada"] }),
      ["raised", "reassigned"],
    ],
    [
      "in other hands, and free again",
      aTaskChange({ status: "blocked" }, { assignees: ["ada"] }),
      ["unblocked", "reassigned"],
    ],
  ])("%s", ([, change, kinds]) => {
    expect(kindsTold(change)).toEqual(kinds);
  });
});

describe("a change of a task is not worth a line", () => {
  test.for<[string, TaskChange]>([
    ["a new medium task", aTaskChange(null, { priority: "medium" })],
    ["a new task without a priority", aTaskChange(null, { priority: "none" })],
    ["raised to medium", aTaskChange({ priority: "low" }, { priority: "medium" })],
    ["free again, and medium", aTaskChange({ status: "blocked" }, {})],
    ["lowered from medium", aTaskChange({ priority: "medium" }, { priority: "low" })],
    ["started", aTaskChange({}, { status: "in_progress" })],
    ["paused", aTaskChange({ status: "in_progress" }, {})],
    ["gone after it was lowered", aTaskChange({ priority: "low" }, null)],
    ["another due date", aTaskChange({}, { due: "2026-12-01" })],
    ["renamed", aTaskChange({}, { title: "Rotate keys" })],
    ["gone while waiting, of medium priority", aTaskChange({ priority: "medium" }, null)],
    ["new and over at once", aTaskChange(null, { status: "completed" })],
    ["nothing", aTaskChange({}, {})],
    ["never there", aTaskChange(null, null)],
  ])("%s", ([, change]) => {
    expect(kindsTold(change)).toBeNull();
  });
});

test("news of a task that changed hands names its owner now; other news does not", () => {
  const assigned = (change: TaskChange) =>
    findNews(nothingTold, { git: null, sources: {}, changes: [change], peers: [] })[0];
  expect(assigned(aTaskChange({}, { assignees: ["ada"] }))).toMatchObject({ assignees: ["ada"] });
  const kept = { assignees: ["ada"] };
  expect(assigned(aTaskChange(kept, { ...kept, status: "blocked" }))).not.toHaveProperty(
    "assignees",
  );
});

test("news of a task has its id, and its title and priority as they are now", () => {
  const change = aTaskChange({}, { status: "blocked", title: "Rotate keys", priority: "low" });
  expect(findNews(nothingTold, { git: null, sources: {}, changes: [change], peers: [] })).toEqual([
    {
      kind: "task",
      taskId: "TASK-51",
      title: "Rotate keys",
      priority: "low",
      what: ["blocked", "lowered", "renamed"],
    },
  ]);
});

describe("news of the working tree", () => {
  const none = { staged: 0, modified: 0, untracked: 0, conflicted: 0 };
  const rebase = { kind: "rebase", branch: "login" } as const;
  const bisect = { kind: "bisect", branch: "main" } as const;
  const gitNews = (
    delivered: Partial<GitState> | null,
    now: Partial<GitState> | null,
  ): NewsItem[] =>
    findNews(
      { git: delivered && aGitState(delivered), sources: {} },
      { git: now && aGitState(now), sources: {}, changes: [], peers: [] },
    );

  test.for<[string, Partial<GitState> | null, Partial<GitState> | null, NewsItem[]]>([
    ["the same", {}, {}, []],
    ["another branch", {}, { branch: "login" }, [{ kind: "branch", from: "main", to: "login" }]],
    ["detached", {}, { branch: null }, [{ kind: "branch", from: "main", to: null }]],
    ["a commit on the same branch", {}, { head: "2".repeat(40) }, []],
    ["a rebase that began", { branch: "login" }, { branch: null, operation: rebase }, []],
    ["a rebase that ended", { branch: null, operation: rebase }, { branch: "login" }, []],
    [
      "a bisect that began",
      {},
      { branch: null, operation: bisect },
      [{ kind: "branch", from: "main", to: null }],
    ],
    [
      "a bisect that goes on",
      { branch: null, operation: bisect },
      { branch: null, operation: bisect },
      [],
    ],
    [
      "another branch checked out in a bisect, and left",
      { branch: "login", operation: bisect },
      { branch: null, operation: bisect },
      [{ kind: "branch", from: "login", to: null }],
    ],
    ["conflicts", {}, { counts: { ...none, conflicted: 2 } }, [{ kind: "conflict", files: 2 }]],
    [
      "conflicts whose files are known",
      {},
      { counts: { ...none, conflicted: 1 }, conflicts: ["a.ts"] },
      [{ kind: "conflict", files: 1, paths: ["a.ts"] }],
    ],
    [
      "more conflicts",
      { counts: { ...none, conflicted: 2 } },
      { counts: { ...none, conflicted: 3 } },
      [{ kind: "conflict", files: 3 }],
    ],
    [
      "fewer conflicts",
      { counts: { ...none, conflicted: 2 } },
      { counts: { ...none, conflicted: 1 } },
      [],
    ],
    [
      "conflicts in a rebase",
      { branch: "login" },
      { branch: null, operation: rebase, counts: { ...none, conflicted: 1 } },
      [{ kind: "conflict", files: 1 }],
    ],
    [
      "another working tree than the one it knows",
      {},
      { root: "/work/other", branch: "login", counts: { ...none, conflicted: 2 } },
      [],
    ],
    ["it knows nothing yet", null, { branch: "login" }, []],
    ["nothing is known now", {}, null, []],
  ])("%s", ([, delivered, now, items]) => {
    expect(gitNews(delivered, now)).toEqual(items);
  });

  test("leaving a rebase for another branch is news of that branch", () => {
    expect(gitNews({ branch: null, operation: rebase }, { branch: "main" })).toEqual([
      { kind: "branch", from: "login", to: "main" },
    ]);
  });
});

describe("news of sources", () => {
  type Codes = Record<string, string | null>;
  test.for<[string, Codes, Codes, NewsItem[]]>([
    ["it answers as before", { linear: null }, { linear: null }, []],
    [
      "it stopped",
      { linear: null },
      { linear: "ECONNREFUSED" },
      [{ kind: "source", source: "linear", code: "ECONNREFUSED" }],
    ],
    [
      "it came back",
      { linear: "ECONNREFUSED" },
      { linear: null },
      [{ kind: "source", source: "linear", code: null }],
    ],
    ["it fails in another way", { linear: "ECONNREFUSED" }, { linear: "source-timeout" }, []],
    ["the session knows nothing of it", {}, { linear: "ECONNREFUSED" }, []],
    [
      "it wants a new sign-in",
      { linear: "source-timeout" },
      { linear: "source-refused" },
      [{ kind: "source", source: "linear", code: "source-refused" }],
    ],
    ["it still wants a sign-in", { linear: "source-refused" }, { linear: "source-refused" }, []],
    ["it is no longer configured", { linear: null }, {}, []],
  ])("%s", ([, delivered, now, items]) => {
    expect(
      findNews(
        { git: null, sources: delivered },
        { git: null, sources: now, changes: [], peers: [] },
      ),
    ).toEqual(items);
  });
});

test("tasks come first, then the working tree, then the sources", () => {
  const items = findNews(
    { git: aGitState(), sources: { linear: null } },
    {
      git: aGitState({ branch: "login" }),
      sources: { linear: "source-timeout" },
      changes: [aTaskChange({}, { status: "completed" })],
      peers: [],
    },
  );
  expect(items.map((item) => item.kind)).toEqual(["task", "branch", "source"]);
});

describe("a git call gets the state of the repository once more", () => {
  test.for<[string, GitState | null, GitState | null, boolean]>([
    ["not when it is as the session knows it", aGitState(), aGitState(), false],
    ["when it moved", aGitState(), aGitState({ stashes: 1 }), true],
    ["when the session knows nothing yet", null, aGitState(), true],
    ["when it is another working tree", aGitState(), aGitState({ root: "/work/other" }), true],
    ["not when nothing is known", aGitState(), null, false],
  ])("%s", ([, delivered, now, moved]) => {
    expect(isGitChanged(delivered, now)).toBe(moved);
  });
});

describe("the task of the session's branch", () => {
  const on = (branch: string) => ({
    git: aGitState({ branch }),
    sources: {},
    peers: [],
    changes: [aTaskChange({ branch: "login" }, { branch: "login", title: "Add SAML login" })],
  });

  test("is news with every change, and is marked as the branch's task", () => {
    expect(findNews(nothingTold, on("login"))).toMatchObject([
      { taskId: "TASK-51", what: ["renamed"], isCurrent: true },
    ]);
  });

  test("is a task like any other for a session on another branch", () => {
    expect(findNews(nothingTold, on("main"))).toEqual([]);
  });

  test("comes before more urgent tasks", () => {
    const surroundings = {
      git: aGitState({ branch: "feature/TASK-51" }),
      sources: {},
      peers: [],
      changes: [
        { ...aTaskChange(null, { priority: "urgent" }), taskId: "TASK-60" },
        aTaskChange({}, { status: "completed" }),
      ],
    };
    const ids = findNews(nothingTold, surroundings).map((item) =>
      item.kind === "task" ? item.taskId : item.kind,
    );
    expect(ids).toEqual(["TASK-51", "TASK-60"]);
  });
});

describe("the upstream", () => {
  const [a, b] = ["a".repeat(40), "b".repeat(40)];
  const upstream = (behind: number, commit?: string, more: Partial<GitUpstream> = {}): GitState =>
    aGitState({
      upstream: {
        name: "origin/main",
        ahead: 0,
        behind,
        gone: false,
        ...(commit === undefined ? {} : { commit }),
        ...more,
      },
    });
  const newsOf = (delivered: GitState, now: GitState): NewsItem[] =>
    findNews({ git: delivered, sources: {} }, { git: now, sources: {}, changes: [], peers: [] });
  const moved = (fresh?: number): UpstreamNews => ({
    kind: "upstream",
    name: "origin/main",
    behind: 3,
    ...(fresh === undefined ? {} : { fresh }),
  });
  const notes = ["One", "Two", "Three"].map((subject) => ({ author: "Jun", subject }));

  test.for<[string, GitState, GitState, NewsItem[]]>([
    ["has commits of others", upstream(0, a), upstream(3, b), [moved(3)]],
    ["has more, where commits are not known", upstream(1), upstream(3), [moved(2)]],
    ["has more, where one commit is not known", upstream(1, a), upstream(3), [moved(2)]],
    ["has as many, where one commit is not known", upstream(3), upstream(3, b), []],
    ["stands where it was told to be", upstream(3, b), upstream(3, b), []],
    ["was pushed to from here", upstream(0, a), upstream(0, b), []],
    ["was left behind by going back", upstream(0, b), upstream(3, b), []],
    [
      "has other commits, while the branch moved too: how many are new is not known",
      upstream(1, a),
      { ...upstream(3, b), head: "2".repeat(40) },
      [moved()],
    ],
    ["has other commits, and no more of them", upstream(3, a), upstream(3, b), [moved()]],
    [
      "has only commits that the user made elsewhere",
      upstream(0, a),
      upstream(3, b, { incoming: { others: 0, notes: [] } }),
      [],
    ],
    [
      "has new commits with notes: those of the new ones",
      upstream(1, a),
      upstream(3, b, { incoming: { others: 3, notes } }),
      [{ ...moved(2), notes: notes.slice(0, 2) }],
    ],
    [
      "was rewritten by others",
      upstream(3, a),
      upstream(3, b, { lost: [a], incoming: { others: 3, notes } }),
      [{ kind: "upstream", name: "origin/main", behind: 3, isRewritten: true, notes }],
    ],
    [
      "was rewritten to what is here",
      upstream(0, a),
      upstream(0, b, { lost: [a] }),
      [{ kind: "upstream", name: "origin/main", behind: 0, isRewritten: true }],
    ],
    [
      "lost a commit that was never told",
      upstream(0, a),
      upstream(3, b, { lost: ["c".repeat(40)] }),
      [moved(3)],
    ],
    ["is another one", aGitState(), upstream(3), []],
    ["is no longer there", upstream(3, a), aGitState(), []],
    ["is another one by name", upstream(0, a), upstream(3, b, { name: "fork/main" }), []],
  ])("%s", ([, delivered, now, items]) => {
    expect(newsOf(delivered, now)).toEqual(items);
  });

  test("is not news separately when the branch changed too", () => {
    const now = { ...upstream(3, b), branch: "login" };
    expect(newsOf(upstream(0, a), now)).toEqual([{ kind: "branch", from: "main", to: "login" }]);
  });
});

describe("a task that was recently merged or reverted", () => {
  const merged: CurrentMismatch = {
    source: "embedded",
    taskId: "TASK-51",
    kind: "merged",
    at: saturday,
    seenAt: saturday,
    commit: "b1",
    task: aTask({ title: "Add OIDC login" }),
  };
  const newsOf = (one: CurrentMismatch, mismatches: string[] = []) =>
    findNews(
      { ...nothingTold, mismatches },
      { git: null, sources: {}, changes: [], peers: [], merged: [one] },
    );
  const item = { kind: "merged", taskId: "TASK-51", commit: "b1", at: saturday };

  test("is news once, with its title", () => {
    expect(newsOf(merged)).toEqual([{ ...item, title: "Add OIDC login" }]);
    expect(newsOf(merged, [mismatchKey(merged)])).toEqual([]);
  });

  test("is reported as reverted if it was", () => {
    expect(newsOf({ ...merged, kind: "reverted", task: null }, [mismatchKey(merged)])).toEqual([
      { ...item, title: "", isReverted: true },
    ]);
  });
});

describe("another live session", () => {
  const peer = {
    sessionId: "s2",
    worktree: "/work/shop-api",
    lastSeen: 0,
    isSameWorktree: true,
    taskId: null,
  };
  const surroundings = { git: null, sources: {}, changes: [], peers: [peer] };

  test("is news once", () => {
    expect(findNews(nothingTold, surroundings)).toEqual([
      { kind: "session", worktree: "/work/shop-api", isSameWorktree: true, taskId: null },
    ]);
    const delivered = { ...nothingTold, peers: [peerKey(peer)] };
    expect(findNews(delivered, surroundings)).toEqual([]);
  });

  test("is not news if it works on another task", () => {
    const peers = [{ ...peer, isSameWorktree: false, taskId: "T-9", isOtherTask: true as const }];
    expect(findNews(nothingTold, { ...surroundings, peers })).toEqual([]);
  });

  test("is news again if it moves to the same task elsewhere", () => {
    const delivered = { ...nothingTold, peers: [peerKey(peer)] };
    const elsewhere = { ...peer, isSameWorktree: false, taskId: "TASK-51" };
    expect(findNews(delivered, { ...surroundings, peers: [elsewhere] })).toHaveLength(1);
  });
});

test("each kind of news can be switched off on its own", () => {
  const all = {
    git: aGitState({
      branch: "login",
      counts: { staged: 0, modified: 0, untracked: 0, conflicted: 1 },
    }),
    sources: { linear: "source-timeout" },
    changes: [aTaskChange({}, { status: "completed" })],
    peers: [{ sessionId: "s2", worktree: "/w", lastSeen: 0, isSameWorktree: true, taskId: null }],
  };
  const delivered = { git: aGitState(), sources: { linear: null } };
  const kinds = findNews(delivered, all).map((item) => item.kind);
  expect(kinds.toSorted()).toEqual(["branch", "conflict", "session", "source", "task"]);
  for (const kind of kinds) {
    const left = findNews(delivered, all, { ...allNews, [kind]: false }).map((item) => item.kind);
    expect(left).toEqual(kinds.filter((one) => one !== kind));
  }
});
