// Which sessions count as started without a brief, by the files of their start, and get one later.

import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createNewsKeeper } from "../../src/monitor/news-keeper.ts";
import { emptyMemory, findLiveSessions } from "../../src/monitor/live-sessions.ts";
import { saveGitState } from "../../src/state/cache/git-states.ts";
import { readSession, saveDelivered } from "../../src/state/cache/sessions.ts";
import { claimNews } from "../../src/state/live/pending-news.ts";
import { aGitState, aTask, minute, saturday } from "../support/builders.ts";
import { aKey, response, temporaryCache } from "../support/cache.ts";
import { temporaryRepository } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary.ts";

function aSession() {
  const db = temporaryCache();
  const live = temporaryFolder();
  const { folder } = temporaryRepository();
  const keeper = createNewsKeeper(db, live, () => false);
  response(db, [aTask({ title: "Fix the till" })], { key: aKey({ project: folder }) });
  saveGitState(db, { worktree: folder, project: folder }, aGitState({ root: folder }), saturday);
  const leave = (name: string, at: number): void => {
    writeFileSync(join(live, name), `${folder}\0${folder}\0\0`);
    utimesSync(join(live, name), at / 1000, at / 1000);
  };
  const delivered = { git: null, sources: {} };
  const place = { project: folder, projectName: "shop-api", worktree: folder };
  const brief = (at: number): void =>
    saveDelivered(db, { id: "s1", ...place, at, seq: 0, delivered });
  /** The brief that waits for the session after a tick at this instant. */
  const late = (now: number): string | null => {
    keeper.recordDeliveries();
    const about = { now, withinMs: 30 * minute };
    keeper.publish(findLiveSessions(db, live, about, emptyMemory()), now);
    return claimNews(live, "s1", "news")?.brief ?? null;
  };
  return { db, live, folder, leave, brief, late };
}

const start = saturday;
const later: number = saturday + 5000;

test("a session whose start hook gave no response for four seconds gets a late brief", () => {
  const { leave, late, db } = aSession();
  leave("s1.start", start);
  expect(late(start + 3000)).toBeNull();
  expect(late(later)).toContain("Fix the till");
  expect(late(later + 1000)).toBeNull();
  expect(readSession(db, "s1")?.briefedAt).toBe(later);
});

test("a session gets its late brief even when it has already called a tool", () => {
  const { leave, late } = aSession();
  leave("s1.start", start);
  leave("s1", start + 1000);
  expect(late(start + 2000)).toBeNull();
  expect(late(later)).toContain("Fix the till");
});

test("a session gets its late brief even when its hook was killed before it wrote the session's folder", () => {
  const { leave, late, live, db, folder } = aSession();
  writeFileSync(join(live, "s1.start"), "");
  utimesSync(join(live, "s1.start"), start / 1000, start / 1000);
  expect(late(later)).toBeNull();
  leave("s1", later);
  expect(late(later + 1000)).toContain("Fix the till");
  expect(readSession(db, "s1")?.project).toBe(folder);
});

test("a half-written stamp does not change a session's folder", () => {
  const { leave, late, live, brief, db } = aSession();
  brief(start);
  leave("s1.claim.startup", start);
  leave("s1", later);
  writeFileSync(join(live, "s1"), "");
  utimesSync(join(live, "s1"), later / 1000, later / 1000);
  const before = readSession(db, "s1")?.worktree;
  late(later);
  expect(readSession(db, "s1")).toMatchObject({ worktree: before, lastSeen: later });
});

test("a session gets its late brief at its first call, even an hour after its start", () => {
  const { leave, late } = aSession();
  leave("s1.start", start);
  leave("s1", start + 60 * minute);
  expect(late(start + 60 * minute)).toContain("Fix the till");
});

test("a session gets a late brief after a compaction whose hook was killed", () => {
  const { leave, late, brief } = aSession();
  leave("s1.claim.startup", start - 60_000);
  brief(start - 60_000);
  leave("s1.start", start);
  expect(late(later)).toContain("Fix the till");
});

test("a session whose brief was recorded gets no late brief", () => {
  const { leave, late, brief } = aSession();
  leave("s1.start", start);
  brief(start + 100);
  expect(late(later)).toBeNull();
});

test("a session whose brief was written gets no late brief, even when the cache was emptied", () => {
  const { leave, late } = aSession();
  leave("s1.start", start);
  leave("s1.claim.startup", start + 100);
  leave("s1", start + 1000);
  expect(late(later)).toBeNull();
});

test("a subagent's brief does not count as the brief of its session", () => {
  const { leave, late } = aSession();
  leave("s1.start", start);
  leave("s1.claim.agent-1", start + 100);
  expect(late(later)).toContain("Fix the till");
});
