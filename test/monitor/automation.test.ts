// Tasks are moved by commits and merges, where a person has switched that on: with real histories, and a tracker that notes
// what it is told.

import { rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { stateFiles } from "../../src/config/folders.ts";
import { Config } from "../../src/config/schema.ts";
import { hookSettingsKey } from "../../src/core/hook-settings.ts";
import { renderNews } from "../../src/core/news/news-text.ts";
import { noNotes, type TaskSource } from "../../src/core/ports.ts";
import type { Task, TaskStatus } from "../../src/core/task/task.ts";
import { createSimpleGit } from "../../src/git/simple-git-runner.ts";
import { createAutomation } from "../../src/monitor/automation/automation.ts";
import { refreshGit } from "../../src/monitor/git-refresh.ts";
import type { MonitorLog } from "../../src/monitor/monitor-log.ts";
import { refreshMismatches } from "../../src/monitor/mismatches/refresh-mismatches.ts";
import { createNewsKeeper } from "../../src/monitor/news-keeper.ts";
import { setConsent, type Automation } from "../../src/sources/writing/consent.ts";
import { lastUndoable, readWrites } from "../../src/sources/writing/record.ts";
import { setEntry } from "../../src/state/cache/cache-entries.ts";
import { readGitRecord } from "../../src/state/cache/git-states.ts";
import { savePullRequest } from "../../src/state/cache/pull-requests.ts";
import { readLiveSessions, saveDelivered } from "../../src/state/cache/sessions.ts";
import { claimNews } from "../../src/state/live/pending-news.ts";
import { aTask, day, hour, minute } from "../support/builders.ts";
import { aKey, response, temporaryCache } from "../support/cache.ts";
import { aGitProgram } from "../support/git-reading.ts";
import { clonedRepositories } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** When the commits of test repositories are made. */
const friday = Date.parse("2026-11-20T10:00:00Z");
const branch = "feat/T-1-login";
const log = { info: () => undefined, warn: () => undefined, debug: () => undefined };

interface Options {
  automation?: Automation | null;
  tasks?: Task[];
  statuses?: TaskStatus[];
  refuses?: boolean;
}

const atOnce = { since: friday - hour, dryUntil: friday - hour };
const aPending = (more: Partial<Task> = {}): Task =>
  aTask({ id: "T-1", source: "tracker", ...more });

/** A project with one tracker; `turn` is the monitor's: git, the source, the moves and the news. */
function aFixture({ automation = atOnce, tasks = [aPending()], statuses, refuses }: Options = {}) {
  const { clone, colleague } = clonedRepositories();
  const { folder: project } = clone;
  clone.git("config", "user.email", "ana@example.org");
  const files = stateFiles(temporaryFolder());
  const config = Config.parse({
    sources: [
      {
        name: "tracker",
        type: "json",
        url: "https://tasks.acme.example",
        preset: "github",
        with: { repository: "acme/shop" },
      },
    ],
  });
  const [own] = config.sources;
  if (own === undefined) throw new Error("no source");
  setConsent(files, project, own, true, automation);
  const held = new Map(tasks.map((task) => [task.id, task]));
  const sent: string[] = [];
  const source: TaskSource = {
    name: "tracker",
    origin: "https://tasks.acme.example",
    subject: "",
    listOpen: async () => ({ ...noNotes, tasks: [...held.values()] }),
    get: async (_scope, id) => held.get(id) ?? null,
    update: async (_scope, id, { status }) => {
      sent.push(`${id} ${status}`);
      const before = held.get(id);
      if (refuses === true || before === undefined) throw new Error("refused");
      const after = { ...before, status };
      held.set(id, after);
      return after;
    },
    ...(statuses && { writes: { statuses, notes: false } }),
    [Symbol.asyncDispose]: async () => undefined,
  };
  const db = temporaryCache();
  const live = temporaryFolder();
  const program = aGitProgram();
  const clock = { now: friday };
  const deps = {
    db,
    live,
    files,
    program,
    run: createSimpleGit(program),
    timeoutMs: 10_000,
    config: () => config,
    sourcesOf: async () => [
      {
        source,
        isFallback: false,
      },
    ],
    now: () => clock.now,
    log: log as unknown as MonitorLog,
  };
  const keeper = createNewsKeeper(db, live, () => false);
  const automate = createAutomation(deps);
  const key = aKey({ project, source: "tracker", origin: source.origin });
  const isOpen = ({ status }: Task): boolean => status !== "completed";
  const read = (): void => {
    const all = [...held.values()];
    const ended = all.filter((task) => !isOpen(task));
    response(db, all.filter(isOpen), { key, at: clock.now, ended });
  };
  const turn = async (at: number): Promise<string[]> => {
    clock.now = at - 1;
    await refreshGit(deps, project);
    await refreshMismatches(deps, project);
    clock.now = at;
    read();
    const moved = await automate({ path: project, name: "shop" });
    if (moved.length > 0) read();
    keeper.recordDeliveries();
    keeper.publish(readLiveSessions(db, 0), at);
    return sent.splice(0);
  };
  const news = (): string => {
    const items = claimNews(live, "s1", "news")?.items ?? [];
    return renderNews({ items, git: null, at: "10:02", now: clock.now, gitAgeMs: 0 }) ?? "";
  };
  const begin = async (): Promise<void> => {
    await turn(friday - 30 * minute);
    const git = readGitRecord(db, project)?.snapshot?.value ?? null;
    const delivered = { git, sources: { tracker: null }, mismatches: [] };
    const at = friday - 29 * minute;
    saveDelivered(db, {
      id: "s1",
      project,
      projectName: "shop",
      worktree: project,
      at,
      seq: 0,
      delivered,
    });
  };
  const commit = (): string => {
    clone.git("switch", "-q", "-c", branch);
    clone.commit("login", "1\n", "Add the login");
    return clone.git("rev-parse", "HEAD").trim();
  };
  const land = (): string => {
    clone.git("switch", "-q", "main");
    clone.git("merge", "-q", "--no-ff", "-m", `Merge branch '${branch}'`, branch);
    clone.git("push", "-q", "origin", "main");
    return clone.git("rev-parse", "HEAD").trim();
  };
  return {
    clone,
    colleague,
    db,
    project,
    files,
    held,
    turn,
    news,
    begin,
    commit,
    land,
  };
}

describe("a commit on a task's branch", () => {
  test("sets the task to in progress, once, and is news that says how to undo it", async () => {
    const { begin, commit, turn, news, files, project, held } = aFixture();
    await begin();
    const id = commit();
    expect(await turn(friday + minute)).toEqual(["T-1 in_progress"]);
    expect(news()).toContain(
      `Sitrep set T-1 to in progress because of commit ${id.slice(0, 7)}: "Add OIDC login" To undo: sitrep task undo --anyone`,
    );
    expect(await turn(friday + 2 * minute)).toEqual([]);
    expect(news()).toBe("");
    const [write] = readWrites(files, project);
    expect(write).toMatchObject({ via: "automation", commit: id, before: "pending", task: "T-1" });
    expect(lastUndoable(files, project)?.id).toBe(write?.id);
    // A person has put it back: the same commit says nothing new.
    held.set("T-1", aPending());
    expect(await turn(friday + 3 * minute)).toEqual([]);
  });

  test("by another person leaves the task's status unchanged", async () => {
    const { begin, clone, turn, colleague } = aFixture();
    await begin();
    colleague.git("switch", "-q", "-c", branch);
    const commit = ["commit", "-q", "--allow-empty", "--author", "Jun <jun@acme.example>"];
    colleague.git(...commit, "-m", "Add the login");
    colleague.git("push", "-q", "origin", branch);
    clone.git("fetch", "-q");
    clone.git("switch", "-q", branch);
    expect(await turn(friday + minute)).toEqual([]);
  });

  test("does not set the task of a new branch to in progress if it was made on the branch below", async () => {
    const tasks = [aPending(), aPending({ id: "T-2", title: "Add logout" })];
    const { begin, commit, clone, turn } = aFixture({ tasks });
    await begin();
    commit();
    clone.git("switch", "-q", "-c", "feat/T-2-logout");
    expect(await turn(friday + minute)).not.toContain("T-2 in_progress");
  });

  test("older than the task's last change leaves the task's status unchanged", async () => {
    const updatedAt = new Date(friday + hour).toISOString();
    const { begin, commit, turn } = aFixture({ tasks: [aPending({ updatedAt })] });
    await begin();
    commit();
    expect(await turn(friday + 2 * hour)).toEqual([]);
  });

  test("announces no status change to a tracker that has no such status", async () => {
    const automation = { since: friday - hour, dryUntil: friday + day };
    const { begin, commit, turn, files, project } = aFixture({
      automation,
      statuses: ["pending", "completed"],
    });
    await begin();
    commit();
    expect(await turn(friday + minute)).toEqual([]);
    expect(readWrites(files, project)).toEqual([]);
  });
});

describe("the merge of a task's branch", () => {
  test("completes the task, and is reported instead of the mismatch", async () => {
    const { begin, commit, land, turn, news } = aFixture();
    await begin();
    commit();
    const id = land().slice(0, 7);
    expect(await turn(friday + minute)).toEqual(["T-1 completed"]);
    const text = news();
    expect(text).toContain(`Sitrep set T-1 to completed because ${id} is merged: "Add OIDC login"`);
    expect(text).not.toMatch(/still open|is completed/);
    expect(await turn(friday + 2 * minute)).toEqual([]);
  });

  test("only reports the intended status change in a dry run, and does not make it later", async () => {
    const automation = { since: friday - hour, dryUntil: friday + day };
    const { begin, commit, land, turn, news, files, project } = aFixture({ automation });
    await begin();
    commit();
    const id = land().slice(0, 7);
    expect(await turn(friday + minute)).toEqual([]);
    expect(news()).toContain(
      `Dry run: Sitrep would set T-1 to completed because ${id} is merged: "Add OIDC login"`,
    );
    expect(readWrites(files, project)).toMatchObject([{ outcome: { state: "planned" } }]);
    expect(lastUndoable(files, project)).toBeNull();
    expect(await turn(friday + 2 * minute)).toEqual([]);
    expect(news()).toBe("");
    expect(await turn(friday + 2 * day)).toEqual([]);
    expect(readWrites(files, project)).toHaveLength(1);
  });

  test.for<[string, Options]>([
    ["it was not switched on", { automation: null }],
    ["it happened before", { automation: { since: friday + 30, dryUntil: friday + 30 } }],
    ["the task is another person's", { tasks: [aPending({ assignees: ["Jun"] })] }],
  ])("changes no status where %s", async ([, options]) => {
    const { begin, commit, land, turn, db } = aFixture(options);
    const value = { me: { given: ["Ana"], likely: [] } };
    setEntry(db, { key: hookSettingsKey, kind: "setting", value, ttlMs: 0 }, friday);
    await begin();
    commit();
    land();
    expect(await turn(friday + minute)).toEqual([]);
  });

  test("changes no status after the user withdrew the permission to write", async () => {
    const { begin, commit, land, turn, files } = aFixture();
    await begin();
    commit();
    land();
    rmSync(files.writeConsent);
    expect(await turn(friday + minute)).toEqual([]);
  });

  test("stops setting the status after the tracker refused it three times", async () => {
    const { begin, commit, land, turn, news } = aFixture({ refuses: true });
    await begin();
    commit();
    land();
    const sent: string[] = [];
    for (const at of [1, 2, 3, 4, 5]) sent.push(...(await turn(friday + at * minute)));
    expect(sent).toEqual(Array(3).fill("T-1 completed"));
    expect(news()).not.toContain("Sitrep set");
  });
});

describe("a pull request that is merged at its host", () => {
  const saved = (db: ReturnType<typeof temporaryCache>, project: string, head: string): void =>
    savePullRequest(
      db,
      { project, branch },
      {
        source: "tracker",
        of: branch,
        askedAt: friday,
        readAt: friday,
        failure: null,
        pull: {
          form: "PR",
          number: 7,
          state: "merged",
          head,
          endedAt: friday + 30,
        },
      },
      friday,
    );

  test("completes the task before the merge commit is fetched", async () => {
    const { begin, commit, turn, news, db, project } = aFixture();
    await begin();
    const head = commit();
    saved(db, project, head);
    expect(await turn(friday + minute)).toEqual(["T-1 completed"]);
    expect(news()).toContain("Sitrep set T-1 to completed because PR #7 is merged");
  });

  test("does not complete the task if the branch has newer commits", async () => {
    const { begin, commit, clone, turn, db, project } = aFixture();
    await begin();
    saved(db, project, commit());
    clone.commit("logout", "1\n", "Add the logout");
    expect(await turn(friday + minute)).toEqual(["T-1 in_progress"]);
  });
});
