// What the monitor does in the background: each thing once at a time, and a line in the log when a state changes, not at
// each turn.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SitrepError } from "../../src/core/errors.ts";
import { noNotes } from "../../src/core/ports.ts";
import { logFileName, openMonitorLog } from "../../src/monitor/log.ts";
import type { MonitorLog } from "../../src/monitor/log.ts";
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

describe("watching a working tree", () => {
  const session = aSessionRecord({ worktree: "/work/shop-api", lastSeen: saturday });

  test("logs that git fails, and that it answers again, once each", async () => {
    const { log, messages } = aLog();
    const answers = [null, "git-failed", "git-failed", new Error("lost"), null, null];
    let now = 0;
    const read = async (): Promise<string | null> => {
      const answer = answers.shift() ?? null;
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const watcher = createWorktreeWatcher(read, () => now, log);
    while (answers.length > 0) {
      await new Promise<void>((done) => watcher.watch([session], saturday, done));
      now += minute;
    }
    expect(messages()).toEqual(["git failed", "git failed", "git answers again"]);
  });

  test("reads it for two sessions once, and not again while that is under way", async () => {
    const { log } = aLog();
    let reads = 0;
    let answer = (): void => undefined;
    const read = (): Promise<null> => {
      reads += 1;
      return new Promise((resolve) => (answer = () => resolve(null)));
    };
    const watcher = createWorktreeWatcher(read, () => 0, log);
    const other = aSessionRecord({ ...session, id: "session-2" });
    const ended = new Promise<void>((done) => watcher.watch([session, other], saturday, done));
    watcher.watch([session], saturday, () => undefined);
    answer();
    await ended;
    expect(reads).toBe(1);
  });
});

describe("refreshing a project's tasks", () => {
  test("logs that a source does not answer, and that it does again, once each", async () => {
    const { log, messages } = aLog();
    const answers = ["good", "bad", "bad", "good", "good"];
    const source = {
      name: "linear",
      origin: "test:linear",
      subject: "",
      listPending: async () => {
        if (answers.shift() === "bad") throw new SitrepError("source-timeout", "No answer.");
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
    while (answers.length > 0) {
      await new Promise<void>((done) => refresher.start(scope, { force: true }, done));
    }
    expect(messages()).toEqual(["source answers", "source does not answer", "source answers"]);
  });
});
