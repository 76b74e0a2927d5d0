// What sixty days of use leave in the cache and the live folder: as much as a month of them, and no more than is said here.

import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { noData } from "../../../src/core/news/delivery.ts";
import { saveGitState } from "../../../src/state/cache/git-states.ts";
import { saveHandoff } from "../../../src/state/cache/handoffs.ts";
import { saveDelivered } from "../../../src/state/cache/sessions.ts";
import { cleanUp } from "../../../src/state/cache/statistics.ts";
import { lastChangeSeq } from "../../../src/state/cache/task-changes.ts";
import { removeOldLiveFiles } from "../../../src/state/live/stamps.ts";
import type { Sqlite } from "../../../src/state/sqlite/sqlite.ts";
import { writing } from "../../../src/state/sqlite/sqlite.ts";
import { aGitState, aTask, day, hour, minute, saturday } from "../../support/builders.ts";
import { response, temporaryCache } from "../../support/cache.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const project = "/work/shop-api";
const sessionsADay = 30;

/** A session in a working tree of its own, with a brief, a handoff, a changed task and its files. */
function useOnce(db: Sqlite, live: string, at: number, number: number): void {
  const id = `session-${number}`;
  const worktree = `${project}-${number}`;
  saveGitState(db, { project, worktree }, aGitState({ root: worktree }), at);
  saveDelivered(db, {
    id,
    project,
    projectName: "shop-api",
    worktree,
    at,
    seq: lastChangeSeq(db),
    delivered: { git: aGitState(), sources: { embedded: null } },
    delivery: {
      sessionId: id,
      project,
      at,
      event: "SessionStart",
      cause: "startup",
      text: "What it was told. ".repeat(60),
      data: noData,
    },
  });
  const left = { taskId: null, said: "Done.", failed: "", files: ["src/a.ts"], notes: [] };
  saveHandoff(db, id, { project, worktree, branch: `task-${number}` }, left, at);
  response(db, [aTask({ title: `Title ${number}` }), aTask({ id: `TASK-${number}` })], { at });
  for (const name of [id, `${id}.start`, `${id}.claim.startup`, `${id}.files`, `${id}.edits`]) {
    writeFileSync(join(live, name), "x".repeat(200));
    utimesSync(join(live, name), at / 1000, at / 1000);
  }
}

test("sixty days of 30 sessions leave at most forty days in the cache", () => {
  const db = temporaryCache();
  const live = join(temporaryFolder(), "live");
  mkdirSync(live);
  const count = (table: string): unknown =>
    db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  const pages = (): number => Number(db.pragma("page_count", { simple: true }));
  const sizes: number[] = [];
  for (let date = 0; date < 60; date += 1) {
    const morning = saturday + date * day;
    writing(db, () => {
      for (let at = 0; at < sessionsADay; at += 1)
        useOnce(db, live, morning + at * 20 * minute, date * sessionsADay + at);
    });
    cleanUp(db, morning + 12 * hour);
    removeOldLiveFiles(live, morning + 12 * hour - day);
    sizes.push(pages());
  }
  // Rows are kept for thirty days at most; the pages that they leave fill up within ten more.
  const [settled = 0, last = 0] = [sizes[39], sizes.at(-1)];
  expect(last).toBeLessThanOrEqual(settled * 1.02);
  expect(last * Number(db.pragma("page_size", { simple: true }))).toBeLessThan(8 * 1024 * 1024);
  expect(count("sessions")).toBeLessThanOrEqual(2000);
  expect(count("deliveries")).toBeLessThanOrEqual(4000);
  // Those of the last month's sessions, and no more than 500.
  expect(count("git_states")).toBeLessThanOrEqual(500);
  expect(count("handoffs")).toBeLessThanOrEqual(8 * sessionsADay);
  expect(count("task_changes")).toBeLessThanOrEqual(20_000);
  // Those of the last two days.
  expect(readdirSync(live).length).toBeLessThanOrEqual(2 * 5 * sessionsADay);
});
