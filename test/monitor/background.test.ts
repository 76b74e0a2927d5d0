// What the monitor does in the background: each thing once at a time, with a log line only when a state changes.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SitrepError } from "../../src/core/errors.ts";
import { noNotes } from "../../src/core/ports.ts";
import type { OnChange } from "../../src/monitor/folder-watch.ts";
import { logFileName, openMonitorLog } from "../../src/monitor/monitor-log.ts";
import type { MonitorLog } from "../../src/monitor/monitor-log.ts";
import { createTaskRefresher } from "../../src/monitor/task-refresher.ts";
import { createWorktreeWatcher } from "../../src/monitor/worktree-watcher.ts";
import { aSessionRecord, aTask, minute, saturday } from "../support/builders.ts";
import { temporaryCache } from "../support/cache.ts";
import { temporaryFolder } from "../support/temporary.ts";

function aLog(): { log: MonitorLog; messages: () => unknown[] } {
  const folder = temporaryFolder();
  const lines = (): string[] => readFileSync(join(folder, logFileName), "utf8").split("\n");
  return {
    log: openMonitorLog(folder, "info"),
    messages: () =>
      lines()
        .filter((line) => line !== "")
        .map((line) => (JSON.parse(line) as { msg: unknown }).msg),
  };
}

interface ResultExtras {
  now: number;
  /** Reports a change in a folder. */
  change: OnChange;
  followed: string[];
  reads: (string | null)[];
  isCallingGit: (id: string) => boolean;
}

/** A watcher with a clock, a watch of folders and a log of the test's. */
function aWatcher(read: () => Promise<string | null>) {
  const { log, messages } = aLog();
  const beside: ResultExtras = {
    now: 0,
    change: () => undefined,
    followed: [],
    reads: [],
    isCallingGit: () => false,
  };
  const watcher = createWorktreeWatcher({
    read: (_, switcher) => {
      beside.reads.push(switcher);
      return read();
    },
    foldersOf: (worktree) => [`${worktree}/.git`],
    watchFolders: (onChange) => {
      beside.change = onChange;
      return { follow: (folders) => (beside.followed = [...folders]) };
    },
    isCallingGit: (id) => beside.isCallingGit(id),
    clock: () => beside.now,
    log,
  });
  return { watcher, beside, messages };
}

describe("the watcher of a working tree", () => {
  const session = aSessionRecord({ worktree: "/work/shop-api", lastSeen: saturday });
  const folder = "/work/shop-api/.git";

  test("logs one failure of git, and one recovery", async () => {
    const responses = [null, "git-failed", "git-failed", new Error("lost"), null, null];
    const { watcher, beside, messages } = aWatcher(async () => {
      const response = responses.shift() ?? null;
      if (response instanceof Error) throw response;
      return response;
    });
    while (responses.length > 0) {
      await new Promise<void>((done) => watcher.watch([session], saturday, done));
      beside.now += minute;
    }
    expect(messages()).toEqual(["git failed", "git failed", "git works again"]);
  });

  test("F41: reads the working tree once for two sessions, and not again during a reading", async () => {
    let response = (): void => undefined;
    const { watcher, beside } = aWatcher(
      () => new Promise((done) => (response = () => done(null))),
    );
    const other = aSessionRecord({ ...session, id: "session-2" });
    const ended = new Promise<void>((done) => watcher.watch([session, other], saturday, done));
    watcher.watch([session], saturday, () => undefined);
    response();
    await ended;
    expect(beside.reads).toHaveLength(1);
  });

  test("follows only the folders of working trees in use", async () => {
    const { watcher, beside } = aWatcher(async () => null);
    await new Promise<void>((done) => watcher.watch([session], saturday, done));
    expect(beside.followed).toEqual([folder]);
    watcher.watch([], saturday, () => undefined);
    expect(beside.followed).toEqual([]);
  });

  test("reads the working tree soon after a change, and once a second at most", async () => {
    const { watcher, beside } = aWatcher(async () => null);
    let wake: () => void = () => undefined;
    const look = (): void => watcher.watch([session], saturday, () => wake());
    const woken = (): Promise<void> => new Promise((done) => (wake = done));
    let turn = woken();
    look();
    await turn;
    expect(beside.reads).toHaveLength(1);
    beside.now = 5000;
    turn = woken();
    beside.change(folder, "HEAD.lock");
    for (let one = 0; one < 100; one += 1) beside.change(folder, "HEAD");
    look();
    expect(beside.reads).toHaveLength(1);
    beside.now = 5100;
    await turn;
    for (; beside.now <= 9000; beside.now += 50) {
      beside.change(folder, "index");
      look();
      await Promise.resolve();
    }
    expect(beside.reads.length).toBeGreaterThanOrEqual(4);
    expect(beside.reads.length).toBeLessThanOrEqual(6);
  });

  async function readsOf(durations: number[]): Promise<number> {
    const { watcher, beside } = aWatcher(async () => {
      beside.now += durations.shift() ?? 10;
      return null;
    });
    const look = (): Promise<void> =>
      new Promise((done) => watcher.watch([session], saturday, done));
    await look();
    for (let turn = 0; turn < 2; turn += 1) {
      beside.now += 2000;
      beside.change(folder, "HEAD");
      beside.now += 100;
      await look();
    }
    return beside.reads.length;
  }

  test("F54: a slow reading on a busy machine does not delay the next ones", async () => {
    expect(await readsOf([10, 900, 10])).toBe(3);
  });

  test("F54: a slow first reading does not delay the next ones", async () => {
    expect(await readsOf([4000, 10, 10])).toBe(3);
  });

  test.for([
    ["to the session that calls git", ["session-1"], "HEAD", "session-1"],
    ["to the caller when the file is unknown", ["session-1"], null, "session-1"],
    ["to nobody without a call", [], "HEAD", null],
    ["to nobody when two sessions call git", ["session-1", "session-2"], "HEAD", null],
    ["to nobody when only the index changed", ["session-1"], "index", null],
  ] as const)("attributes a change %s", async ([, calling, name, expected]) => {
    const { watcher, beside } = aWatcher(async () => null);
    const sessions = ["session-1", "session-2"].map((id) => aSessionRecord({ ...session, id }));
    const look = (): Promise<void> =>
      new Promise((done) => watcher.watch(sessions, saturday, done));
    await look();
    beside.isCallingGit = (id) => calling.some((one) => one === id);
    beside.now = 5000;
    beside.change(folder, name);
    beside.isCallingGit = () => false;
    beside.now = 6000;
    await look();
    expect(beside.reads).toEqual([null, expected]);
  });

  test("attributes neither a newly followed folder nor a change after the call to that call", async () => {
    const { watcher, beside } = aWatcher(async () => null);
    const look = (): Promise<void> =>
      new Promise((done) => watcher.watch([session], saturday, done));
    await look();
    beside.isCallingGit = () => true;
    beside.now = 5000;
    beside.change(folder, null, true);
    beside.now = 6000;
    await look();
    beside.now = 9000;
    beside.change(folder, "HEAD");
    beside.isCallingGit = () => false;
    beside.change(folder, "HEAD");
    beside.now = 10_000;
    await look();
    expect(beside.reads).toEqual([null, null, null]);
  });
});

describe("the refresher of a project's tasks", () => {
  test("logs one failure of a source, and one recovery", async () => {
    const { log, messages } = aLog();
    const responses = ["good", "bad", "bad", "good", "good"];
    const source = {
      name: "linear",
      origin: "test:linear",
      subject: "",
      listOpen: async () => {
        if (responses.shift() === "bad") throw new SitrepError("source-timeout", "No response.");
        return { ...noNotes, tasks: [aTask()] };
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
    const deps = {
      db: temporaryCache(),
      sourcesOf: async () => [{ source, isFallback: false }],
      now: () => saturday,
      timeoutMs: 1000,
      bySession: null,
    };
    const refresher = createTaskRefresher(deps, log);
    const scope = { path: "/work/shop-api", name: "shop-api" };
    while (responses.length > 0) {
      await new Promise<void>((done) => refresher.start(scope, { force: true }, done));
    }
    expect(messages()).toEqual(["source ok", "source failed", "source ok"]);
  });
});
