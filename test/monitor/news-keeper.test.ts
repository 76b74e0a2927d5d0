import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { setEntry } from "../../src/state/cache/cache-entries.ts";
import { saveGitState } from "../../src/state/cache/git-states.ts";
import { readLiveSessions, readSession, saveDelivered } from "../../src/state/cache/sessions.ts";
import { saveFailure } from "../../src/state/cache/task-snapshots.ts";
import { readDeliveries } from "../../src/state/cache/deliveries.ts";
import { hookSettingsKey } from "../../src/core/hook-settings.ts";
import type { GitState } from "../../src/core/git/git-state.ts";
import type { PendingNews } from "../../src/core/news/pending-news.ts";
import { claimNews, publishNews, readDeliveredNews } from "../../src/state/live/pending-news.ts";
import { readSessionFiles } from "../../src/state/live/watched-files.ts";
import { postDelivery } from "../../src/state/live/outbox.ts";
import { emptyMemory, findLiveSessions } from "../../src/monitor/live-sessions.ts";
import { createNewsKeeper } from "../../src/monitor/news-keeper.ts";
import { noteOwnChange } from "../../src/monitor/own-change.ts";
import type { NewsKeeper } from "../../src/monitor/news-keeper.ts";
import type { Sqlite } from "../../src/state/sqlite/sqlite.ts";
import { aGitState, aTask, minute, saturday } from "../support/builders.ts";
import { aKey, response, temporaryCache } from "../support/cache.ts";
import { temporaryFolder } from "../support/temporary.ts";

const project = "/work/shop-api";

interface Fixture {
  db: Sqlite;
  live: string;
  keeper: NewsKeeper;
  /** One tick of the monitor at this minute. */
  tick: (at: number) => void;
  claim: (id?: string, kind?: "news" | "git") => PendingNews | null;
  git: (state: GitState, readAt?: number) => void;
}

function aFixture(isOff: (project: string) => boolean = () => false): Fixture {
  const db = temporaryCache();
  const live = temporaryFolder();
  const keeper = createNewsKeeper(db, live, isOff);
  response(db, [aTask()]);
  const git = (state: GitState, readAt = saturday): void =>
    saveGitState(db, { worktree: project, project }, state, readAt);
  git(aGitState({ root: project }));
  return {
    db,
    live,
    keeper,
    git,
    tick: (at) => {
      keeper.recordDeliveries();
      keeper.publish(readLiveSessions(db, 0), at);
    },
    claim: (id = "s1", kind = "news") => claimNews(live, id, kind),
  };
}

/** A session that knows everything there is. */
function brief(
  { db }: Fixture,
  id: string,
  at = saturday,
  git: GitState | null = aGitState({ root: project }),
): void {
  const seq = Number(db.prepare("SELECT coalesce(max(seq), 0) FROM task_changes").pluck().get());
  const delivered = { git, sources: { embedded: null } };
  saveDelivered(db, {
    id,
    project,
    projectName: "shop-api",
    worktree: project,
    at,
    seq,
    delivered,
  });
}

const setSettings = (db: Sqlite, value: unknown): void =>
  setEntry(db, { key: hookSettingsKey, kind: "setting", value, ttlMs: 0 }, saturday);

/** The kinds of news that a session takes now. */
const itemsOf = (fixture: Fixture, id: string): string[] =>
  (fixture.claim(id)?.items ?? []).map((item) => item.kind);

const urgent = aTask({ id: "TASK-060", title: "Server on fire", priority: "urgent" });

describe("the news of a session", () => {
  test("is published only when something has changed", () => {
    const fixture = aFixture();
    brief(fixture, "s1");
    fixture.tick(saturday + 1);
    expect(fixture.claim()).toBeNull();
    response(fixture.db, [aTask(), urgent]);
    fixture.tick(saturday + 2);
    expect(fixture.claim()).toMatchObject({
      at: saturday + 2,
      items: [{ kind: "task", taskId: "TASK-060", what: ["new"], priority: "urgent" }],
    });
  });

  test("is not published again after its delivery", () => {
    const fixture = aFixture();
    brief(fixture, "s1");
    response(fixture.db, [aTask(), urgent]);
    fixture.tick(saturday + 1);
    expect(fixture.claim()).not.toBeNull();
    for (const at of [2, 3, 4]) fixture.tick(saturday + at);
    expect(fixture.claim()).toBeNull();
    expect(readDeliveredNews(fixture.live)).toEqual([]);
  });

  test("reaches each of two sessions once", () => {
    const fixture = aFixture();
    brief(fixture, "s1");
    brief(fixture, "s2");
    response(fixture.db, [aTask(), urgent]);
    fixture.tick(saturday + 1);
    expect(fixture.claim("s1")).not.toBeNull();
    fixture.tick(saturday + 2);
    expect(fixture.claim("s2")).not.toBeNull();
    fixture.tick(saturday + 3);
    expect([fixture.claim("s1"), fixture.claim("s2")]).toEqual([null, null]);
  });

  test("reports the repository to a session whose brief lacked it, from the first reading on", () => {
    const fixture = aFixture();
    brief(fixture, "s1", saturday, null);
    fixture.tick(saturday + 1);
    expect(fixture.claim()).toBeNull();
    const other = aGitState({ root: project, branch: "other" });
    fixture.git(other, saturday + 2);
    fixture.tick(saturday + 3);
    expect(fixture.claim()?.items).toEqual([{ kind: "branch", from: "main", to: "other" }]);
    fixture.tick(saturday + 4);
    expect(fixture.claim()).toBeNull();
    // A brief since then has said all of that.
    brief(fixture, "s1", saturday + 5, null);
    fixture.git(other, saturday + 6);
    fixture.tick(saturday + 7);
    expect(fixture.claim()).toBeNull();
  });

  test("is withdrawn if it is no longer true before the session reads it", () => {
    const fixture = aFixture();
    brief(fixture, "s1");
    response(fixture.db, [aTask(), urgent]);
    fixture.tick(saturday + 1);
    response(fixture.db, [aTask()]);
    fixture.tick(saturday + 2);
    expect(fixture.claim()).toBeNull();
  });

  test("is one file with all changes when more changes are added", () => {
    const fixture = aFixture();
    brief(fixture, "s1");
    response(fixture.db, [aTask(), urgent]);
    fixture.tick(saturday + 1);
    response(fixture.db, [aTask(), urgent, aTask({ id: "TASK-061", priority: "high" })]);
    fixture.tick(saturday + 2);
    expect(fixture.claim()?.items).toHaveLength(2);
  });

  test("does not repeat changes that were claimed between two ticks", () => {
    const fixture = aFixture();
    brief(fixture, "s1");
    response(fixture.db, [aTask(), urgent]);
    fixture.tick(saturday + 1);
    expect(fixture.claim()?.items).toHaveLength(1);
    response(fixture.db, [aTask(), urgent, aTask({ id: "TASK-061", priority: "high" })]);
    // The claim is recorded in the same tick that finds the new task.
    fixture.tick(saturday + 2);
    expect(fixture.claim()?.items).toMatchObject([{ taskId: "TASK-061" }]);
  });

  test("waits for the next tick when earlier news was claimed during a tick, and records that claim first", () => {
    const fixture = aFixture();
    brief(fixture, "s1");
    response(fixture.db, [aTask(), urgent]);
    fixture.tick(saturday + 1);
    fixture.keeper.recordDeliveries();
    const delivered = fixture.claim();
    response(fixture.db, [aTask(), urgent, aTask({ id: "TASK-061", priority: "high" })]);
    fixture.keeper.publish(readLiveSessions(fixture.db, 0), saturday + 2);
    expect(fixture.claim()).toBeNull();
    fixture.tick(saturday + 3);
    expect(fixture.claim()?.items).toMatchObject([{ taskId: "TASK-061" }]);
    expect(delivered?.items).toMatchObject([{ taskId: "TASK-060" }]);
  });

  test("does not hide changes after the brief, if it was delivered before the brief", () => {
    const fixture = aFixture();
    brief(fixture, "s1");
    response(fixture.db, [aTask(), urgent]);
    fixture.tick(saturday + 1);
    fixture.claim();
    brief(fixture, "s1", saturday + minute);
    const before = readSession(fixture.db, "s1");
    fixture.tick(saturday + 2 * minute);
    expect(readSession(fixture.db, "s1")).toEqual(before);
  });

  test("replaces a file that an earlier monitor left", () => {
    const fixture = aFixture();
    brief(fixture, "s1");
    const delivered = { git: null, sources: {} };
    const items = [{ kind: "conflict", files: 9 }] as const;
    publishNews(fixture.live, "s1", "news", { at: saturday, items, seq: 0, delivered });
    fixture.tick(saturday + 1);
    expect(existsSync(join(fixture.live, "s1.news"))).toBe(false);
  });

  test("does not report the changes of the session's own command", () => {
    const fixture = aFixture();
    brief(fixture, "s1");
    brief(fixture, "s2");
    response(fixture.db, [aTask(), urgent], { bySession: "s1" });
    fixture.tick(saturday + 1);
    expect(itemsOf(fixture, "s1").filter((kind) => kind === "task")).toEqual([]);
    expect(itemsOf(fixture, "s2").filter((kind) => kind === "task")).toEqual(["task"]);
  });
});

describe("the other sessions", () => {
  test("in the same working tree are reported to each other once, even when they start one after another", () => {
    const fixture = aFixture();
    brief(fixture, "s1");
    fixture.tick(saturday + 1);
    expect(itemsOf(fixture, "s1")).toEqual([]);
    brief(fixture, "s2");
    fixture.tick(saturday + 2);
    expect([itemsOf(fixture, "s1"), itemsOf(fixture, "s2")]).toEqual([["session"], ["session"]]);
    for (const at of [3, 4]) fixture.tick(saturday + at);
    expect([itemsOf(fixture, "s1"), itemsOf(fixture, "s2")]).toEqual([[], []]);
  });

  test("are no longer reported after they end, and their files are removed", () => {
    const fixture = aFixture();
    brief(fixture, "s1");
    brief(fixture, "s2");
    writeFileSync(join(fixture.live, "s2.ended"), "");
    writeFileSync(join(fixture.live, "s2"), "");
    findLiveSessions(
      fixture.db,
      fixture.live,
      { now: Date.now(), withinMs: 3_600_000 },
      emptyMemory(),
    );
    fixture.tick(saturday + 1);
    expect(itemsOf(fixture, "s1")).toEqual([]);
    expect(readdirSync(fixture.live).filter((name) => name.startsWith("s2"))).toEqual([]);
  });
});

test("a delivery to a session just before its end is recorded", () => {
  const fixture = aFixture();
  brief(fixture, "s1");
  const before = readSession(fixture.db, "s1")?.deliveredSeq ?? 0;
  response(fixture.db, [aTask(), urgent]);
  fixture.tick(saturday + 1);
  expect(itemsOf(fixture, "s1")).toEqual(["task"]);
  writeFileSync(join(fixture.live, "s1.ended"), "");
  findLiveSessions(
    fixture.db,
    fixture.live,
    { now: Date.now(), withinMs: 3_600_000 },
    emptyMemory(),
  );
  fixture.tick(saturday + 2);
  expect(readSession(fixture.db, "s1")?.deliveredSeq).toBeGreaterThan(before);
});

describe("the files that other sessions change", () => {
  const other = "/work/shop-api-2";
  const paths = { conflicted: [], changed: ["src/cart.ts", "src/login.ts"] };

  const watchedBy = (fixture: Fixture, id: string) => readSessionFiles(fixture.live, id);

  test("are published from its last git state while another session works on the project", () => {
    const fixture = aFixture();
    brief(fixture, "s1");
    brief(fixture, "s2");
    fixture.db.prepare("UPDATE sessions SET worktree = ? WHERE id = 's2'").run(other);
    const state = aGitState({ root: other, branch: "other" });
    const save = (now: GitState, at: number): void =>
      saveGitState(fixture.db, { worktree: other, project }, now, at);
    save({ ...state, paths }, saturday);
    fixture.tick(saturday + 1);
    const tree = { worktree: other, branch: "other", readAt: saturday, ...paths };
    const there = { id: "s2", worktree: other, startedAt: saturday };
    expect(watchedBy(fixture, "s1")).toMatchObject({ own: { id: "s1" }, others: [there] });
    expect(watchedBy(fixture, "s1")?.trees).toContainEqual(tree);
    save(state, saturday + 2);
    fixture.tick(saturday + 3);
    const committed = { ...tree, readAt: saturday + 2, changed: [] };
    expect(watchedBy(fixture, "s1")?.trees).toContainEqual(committed);
    writeFileSync(join(fixture.live, "s2.ended"), "");
    findLiveSessions(
      fixture.db,
      fixture.live,
      { now: Date.now(), withinMs: 3_600_000 },
      emptyMemory(),
    );
    fixture.tick(saturday + 4);
    expect(existsSync(join(fixture.live, "s1.files"))).toBe(false);
  });

  test("are not published for a single session in a clean tree or with its own changes", () => {
    const fixture = aFixture();
    brief(fixture, "s1");
    fixture.git(aGitState({ root: project, paths }));
    fixture.tick(saturday + 1);
    expect(watchedBy(fixture, "s1")).toBeNull();
  });

  test("are published for a guard when news is switched off, and not without a guard", () => {
    const fixture = aFixture();
    brief(fixture, "s1");
    fixture.git(aGitState({ root: project, paths: { conflicted: ["a.ts"], changed: [] } }));
    setSettings(fixture.db, { news: { file: false }, guards: { edit: true } });
    fixture.tick(saturday + 1);
    expect(readSessionFiles(fixture.live, "s1")).toMatchObject({ isNews: false });
    setSettings(fixture.db, { news: { file: false } });
    fixture.tick(saturday + 2);
    expect(readSessionFiles(fixture.live, "s1")).toBeNull();
  });

  test("include files in conflict even if the project has one session", () => {
    const fixture = aFixture();
    brief(fixture, "s1");
    fixture.git(aGitState({ root: project, paths: { conflicted: ["a.ts"], changed: ["b.ts"] } }));
    fixture.tick(saturday + 1);
    expect(watchedBy(fixture, "s1")).toMatchObject({
      others: [],
      trees: [{ conflicted: ["a.ts"] }],
    });
  });
});

describe("a project that switched news off", () => {
  const allKinds = (fixture: Fixture): string[] => {
    brief(fixture, "s1");
    response(fixture.db, [aTask(), urgent]);
    fixture.git(aGitState({ root: project, branch: "other" }));
    fixture.tick(saturday + 1);
    const news = itemsOf(fixture, "s1");
    return [...news, ...(fixture.claim("s1", "git") === null ? [] : ["git"])];
  };

  test("for one kind gets the other kinds", () => {
    const fixture = aFixture();
    setSettings(fixture.db, { projects: { [project]: { news: { branch: false } } } });
    expect(allKinds(fixture)).toEqual(["task"]);
  });

  test("for every kind gets none, whether by its settings or by a command", () => {
    const bySettings = aFixture();
    setSettings(bySettings.db, { projects: { [project]: { off: true } } });
    expect(allKinds(bySettings)).toEqual([]);
    expect(allKinds(aFixture((path) => path === project))).toEqual([]);
    expect(allKinds(aFixture())).toEqual(["task", "branch", "git"]);
  });
});

test("a delivery by a tool call's hook is recorded word for word", () => {
  const fixture = aFixture();
  const delivery = {
    sessionId: "s1",
    project: null,
    at: saturday,
    event: "PreToolUse",
    cause: "news: task",
    text: "Sitrep, 10:02.",
    data: { sources: [], gitReadAt: null, foundAt: saturday },
  };
  postDelivery(fixture.live, delivery);
  fixture.tick(saturday + 1);
  expect(readDeliveries(fixture.db, "s1", 10)).toEqual([delivery]);
  expect(readdirSync(fixture.live)).toEqual([]);
  fixture.tick(saturday + 2);
  expect(readDeliveries(fixture.db, "s1", 10)).toHaveLength(1);
});

describe("the news of the repository and the sources", () => {
  test("reports a branch that another process updated, and conflicts", () => {
    const fixture = aFixture();
    brief(fixture, "s1");
    const counts = { staged: 0, modified: 0, untracked: 0, conflicted: 2 };
    fixture.git(aGitState({ root: project, branch: "other", counts }));
    fixture.tick(saturday + 1);
    expect(fixture.claim()?.items).toEqual([
      { kind: "branch", from: "main", to: "other" },
      { kind: "conflict", files: 2 },
    ]);
    fixture.tick(saturday + 2);
    expect(fixture.claim()).toBeNull();
  });

  test("reports new conflicts after earlier ones were resolved", () => {
    const fixture = aFixture();
    brief(fixture, "s1");
    const conflicts = (conflicted: number): void => {
      const counts = { staged: 0, modified: 0, untracked: 0, conflicted };
      fixture.git(aGitState({ root: project, counts }));
    };
    const delivered: unknown[] = [];
    for (const [tick, files] of [3, 3, 0, 2, 2].entries()) {
      conflicts(files);
      fixture.tick(saturday + tick);
      delivered.push(fixture.claim()?.items ?? null);
    }
    const one = (files: number) => [{ kind: "conflict", files }];
    expect(delivered).toEqual([one(3), null, null, one(2), null]);
  });

  test("reports a source that failed, and one that works again", () => {
    const fixture = aFixture();
    brief(fixture, "s1");
    const failure = {
      code: "ECONNREFUSED",
      at: saturday,
      since: saturday,
      count: 1,
      nextTryAt: saturday,
    };
    saveFailure(fixture.db, aKey(), failure);
    fixture.tick(saturday + 1);
    expect(fixture.claim()?.items).toEqual([
      { kind: "source", source: "embedded", code: "ECONNREFUSED" },
    ]);
    fixture.tick(saturday + 2);
    response(fixture.db, [aTask()]);
    fixture.tick(saturday + 3);
    expect(fixture.claim()?.items).toEqual([{ kind: "source", source: "embedded", code: null }]);
  });
});

describe("the state of the repository for git-related calls", () => {
  test("is not lost when its reading ends after other news was published", () => {
    const fixture = aFixture();
    brief(fixture, "s1");
    response(fixture.db, [aTask(), urgent]);
    fixture.tick(saturday + 10);
    expect(fixture.claim()).not.toBeNull();
    // It began before that news and is stored after it.
    fixture.git(aGitState({ root: project, branch: "other" }), saturday + 9);
    fixture.tick(saturday + 20);
    expect(fixture.claim()?.items).toMatchObject([{ kind: "branch", to: "other" }]);
  });

  test("is news to sessions that did not make the change, except for the counts of files", () => {
    const fixture = aFixture();
    for (const id of ["s1", "s2"]) brief(fixture, id);
    const counts = { staged: 0, modified: 2, untracked: 0, conflicted: 0 };
    fixture.git(aGitState({ root: project, branch: "other", counts }), saturday + 1);
    noteOwnChange(fixture.db, "s1");
    noteOwnChange(fixture.db, "nobody");
    fixture.tick(saturday + 2);
    expect(itemsOf(fixture, "s1")).toEqual(["session"]);
    expect(itemsOf(fixture, "s2")).toEqual(["branch", "session"]);
    expect(fixture.claim("s1", "git")?.delivered.git?.counts.modified).toBe(2);
  });

  test("is not news to the session that changed it, even if the brief of that session lacked git", () => {
    const fixture = aFixture();
    brief(fixture, "s1", saturday, null);
    fixture.tick(saturday + 1);
    fixture.git(aGitState({ root: project, branch: "other" }), saturday + 2);
    noteOwnChange(fixture.db, "s1");
    fixture.tick(saturday + 3);
    expect(itemsOf(fixture, "s1")).toEqual([]);
  });

  test("is news to the session that fetched new upstream commits, without that session's own commits", () => {
    const fixture = aFixture();
    brief(fixture, "s1");
    const at = (ahead: number, behind: number, commit: string): void => {
      const upstream = { name: "origin/main", ahead, behind, gone: false, commit };
      fixture.git(aGitState({ root: project, head: `${ahead}`, upstream }), saturday + 1);
      noteOwnChange(fixture.db, "s1");
      fixture.tick(saturday + 2);
    };
    at(0, 0, "a");
    at(1, 0, "a");
    expect([fixture.claim(), fixture.claim("s1", "git")]).toEqual([null, null]);
    at(1, 2, "b");
    expect(itemsOf(fixture, "s1")).toEqual(["upstream"]);
  });

  test("is not news when it was read before the session's brief", () => {
    const fixture = aFixture();
    const moved = aGitState({ root: project, branch: "other" });
    fixture.git(moved, saturday - 1);
    brief(fixture, "s1");
    fixture.tick(saturday + 1);
    expect([fixture.claim("s1", "git"), fixture.claim("s1")]).toEqual([null, null]);
    fixture.git(moved, saturday + 2);
    fixture.tick(saturday + 3);
    expect(fixture.claim("s1", "git")).toMatchObject({ at: saturday + 3, gitReadAt: saturday + 2 });
    expect(fixture.claim("s1")?.items).toMatchObject([{ kind: "branch", to: "other" }]);
  });

  test("is published when it differs from what the session knows, and delivered once", () => {
    const fixture = aFixture();
    brief(fixture, "s1");
    fixture.tick(saturday + 1);
    expect(fixture.claim("s1", "git")).toBeNull();
    const counts = { staged: 1, modified: 0, untracked: 0, conflicted: 0 };
    fixture.git(aGitState({ root: project, counts }));
    fixture.tick(saturday + 2);
    expect(fixture.claim("s1", "git")?.delivered.git?.counts.staged).toBe(1);
    fixture.tick(saturday + 3);
    expect(fixture.claim("s1", "git")).toBeNull();
  });

  test("does not hide other pending news after its delivery, in either order", () => {
    for (const order of [
      ["git", "news"],
      ["news", "git"],
    ] as const) {
      const fixture = aFixture();
      brief(fixture, "s1");
      response(fixture.db, [aTask(), urgent]);
      fixture.tick(saturday + 1);
      fixture.git(aGitState({ root: project, stashes: 1 }));
      fixture.tick(saturday + 2);
      expect(order.map((kind) => fixture.claim("s1", kind))).not.toContain(null);
      fixture.tick(saturday + 3);
      expect(order.map((kind) => fixture.claim("s1", kind))).toEqual([null, null]);
    }
  });
});
