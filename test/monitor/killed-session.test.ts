// A session whose Claude Code was killed no longer works, and left no mark of that. Real processes, and stamps as the gate writes.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { isClaudeCodeGone } from "../../src/config/claude-code-process.ts";
import {
  emptyMemory,
  findLiveSessions,
  isAnyKilled,
  type SessionMemory,
} from "../../src/monitor/live-sessions.ts";
import { readPeers } from "../../src/state/cache/peers.ts";
import { readProjects, readSession, saveDelivered } from "../../src/state/cache/sessions.ts";
import { temporaryCache } from "../support/cache.ts";
import { temporaryFolder } from "../support/temporary.ts";

const project = "/work/shop-api";

function aClaudeCode(): ChildProcess & { pid: number } {
  const child = spawn("sleep", ["60"]);
  onTestFinished(() => void child.kill("SIGKILL"));
  if (child.pid === undefined) throw new Error("sleep did not start");
  return Object.assign(child, { pid: child.pid });
}

function aFixture() {
  const db = temporaryCache();
  const live = join(temporaryFolder(), "live");
  mkdirSync(live);
  const ownMemory: SessionMemory = emptyMemory();
  const stamp = (name: string, pid: number): void =>
    writeFileSync(join(live, name), `${project}\0${project}\0${pid}\0`);
  const brief = (id: string): void => {
    const delivered = { git: null, sources: {} };
    const where = { project, projectName: "shop-api", worktree: project };
    saveDelivered(db, { id, ...where, at: Date.now(), seq: 0, delivered });
  };
  /** Those beside `me`, after a tick of the monitor. */
  const peers = (known = ownMemory): string[] => {
    findLiveSessions(db, live, { now: Date.now(), withinMs: 3_600_000 }, known);
    const query = { project, id: "me", worktree: project, branch: null, now: Date.now() };
    return readPeers(db, query).map(({ sessionId }) => sessionId);
  };
  return { db, live, stamp, brief, peers };
}

async function kill(claudeCode: ChildProcess): Promise<void> {
  const ended = once(claudeCode, "exit");
  claudeCode.kill("SIGKILL");
  await ended;
}

test.each(["other", "other.start"])(
  "a killed session with the file %s is not a peer",
  async (name) => {
    const { live, stamp, brief, peers } = aFixture();
    const claudeCode = aClaudeCode();
    brief("other");
    stamp(name, claudeCode.pid);
    expect([peers(), peers()]).toEqual([["other"], ["other"]]);
    await kill(claudeCode);
    expect(peers()).toEqual([]);
    expect(existsSync(join(live, name))).toBe(false);
  },
);

test("a killed session that another Claude Code resumes is a peer again, even with its old stamp", async () => {
  const { stamp, brief, peers } = aFixture();
  const [before, after] = [aClaudeCode(), aClaudeCode()];
  brief("other");
  stamp("other", before.pid);
  peers();
  await kill(before);
  expect(peers()).toEqual([]);
  stamp("other", before.pid);
  stamp("other.start", after.pid);
  brief("other");
  expect([peers(), peers()]).toEqual([["other"], ["other"]]);
});

describe.skipIf(process.platform !== "linux")("while no monitor runs", () => {
  const seen = (peers: ReturnType<typeof aFixture>["peers"]): string[] => peers(emptyMemory());

  test("a session that was killed is not a peer for the next hook and monitor", async () => {
    const { live, stamp, brief, peers } = aFixture();
    const claudeCode = aClaudeCode();
    brief("other");
    stamp("other", claudeCode.pid);
    expect([seen(peers), isClaudeCodeGone(live, "other")]).toEqual([["other"], false]);
    await kill(claudeCode);
    expect(isClaudeCodeGone(live, "other")).toBe(true);
    expect(seen(peers)).toEqual([]);
  });

  test("a session that was killed and resumed is a peer", async () => {
    const { live, stamp, brief, peers } = aFixture();
    const [before, after] = [aClaudeCode(), aClaudeCode()];
    brief("other");
    stamp("other", before.pid);
    seen(peers);
    await kill(before);
    utimesSync(join(live, "other"), new Date(), new Date(Date.now() - 1000));
    stamp("other.start", after.pid);
    brief("other");
    expect(isClaudeCodeGone(live, "other")).toBe(false);
    expect([seen(peers), seen(peers)]).toEqual([["other"], ["other"]]);
    await kill(after);
    expect([isClaudeCodeGone(live, "other"), seen(peers)]).toEqual([true, []]);
  });

  test("a pid of another container or machine is ignored", async () => {
    const { live, stamp, brief, peers } = aFixture();
    const claudeCode = aClaudeCode();
    brief("other");
    stamp("other", claudeCode.pid);
    seen(peers);
    await kill(claudeCode);
    const file = join(live, "other.process");
    writeFileSync(file, readFileSync(file, "utf8").replace(/pid:\[\d+\]$/, "pid:[1]"));
    expect([isClaudeCodeGone(live, "other"), seen(peers)]).toEqual([false, ["other"]]);
  });
});

test("a Claude Code that exits after the end of its session did not kill the session", async () => {
  const claudeCode = aClaudeCode();
  const { live, stamp, brief, peers } = aFixture();
  const memory = emptyMemory();
  brief("other");
  stamp("other", claudeCode.pid);
  peers(memory);
  writeFileSync(join(live, "other.ended"), "");
  peers(memory);
  await kill(claudeCode);
  expect(isAnyKilled(memory)).toBe(false);
});

test("a session does not count as killed if its Claude Code was never seen alive", async () => {
  const { stamp, brief, peers } = aFixture();
  const claudeCode = aClaudeCode();
  await kill(claudeCode);
  brief("other");
  stamp("other", claudeCode.pid);
  expect([peers(), peers(emptyMemory())]).toEqual([["other"], ["other"]]);
});

test.skipIf(process.platform !== "linux")(
  "another process that reuses Claude Code's pid does not count as Claude Code",
  () => {
    const { stamp, brief, peers } = aFixture();
    const claudeCode = aClaudeCode();
    brief("other");
    stamp("other", claudeCode.pid);
    const mark = "the process that had this number before";
    expect(
      peers({ ...emptyMemory(), processes: new Map([["other", { pid: claudeCode.pid, mark }]]) }),
    ).toEqual([]);
  },
);

test("a killed session gets a mark, and its handoff is saved because of that mark", async () => {
  const { live, stamp, brief, peers } = aFixture();
  const claudeCode = aClaudeCode();
  brief("other");
  stamp("other", claudeCode.pid);
  peers();
  expect(existsSync(join(live, "other.turn"))).toBe(false);
  await kill(claudeCode);
  peers();
  expect(existsSync(join(live, "other.turn"))).toBe(true);
});

test("a session that wrongly counted as killed is live again when it calls a tool", async () => {
  const { db, live, stamp, brief, peers } = aFixture();
  const claudeCode = aClaudeCode();
  brief("other");
  stamp("other", claudeCode.pid);
  peers();
  await kill(claudeCode);
  expect(peers()).toEqual([]);
  const endedAt = readSession(db, "other")?.endedAt ?? 0;
  stamp("other", claudeCode.pid);
  // A file's time may lie a few milliseconds back.
  utimesSync(join(live, "other"), new Date(endedAt + 1000), new Date(endedAt + 1000));
  expect(peers()).toEqual(["other"]);
});

test("F37: a session whose time is hours ahead counts as seen now", () => {
  const { db, live, stamp } = aFixture();
  const [now, ahead] = [Date.now(), Date.now() + 3 * 3_600_000];
  const delivered = { git: null, sources: {} };
  const where = { project, projectName: "shop-api", worktree: project };
  saveDelivered(db, { id: "other", ...where, at: ahead, seq: 0, delivered });
  stamp("other", 0);
  utimesSync(join(live, "other"), ahead / 1000, ahead / 1000);
  const lastSeen = (at: number): number[] =>
    findLiveSessions(db, live, { now: at, withinMs: 3_600_000 }, emptyMemory()).map(
      (session) => session.lastSeen,
    );
  expect(lastSeen(now)).toEqual([now]);
  expect(lastSeen(now + 1000)).toEqual([now]);
  expect(lastSeen(now + 2 * 3_600_000)).toEqual([]);
  expect(readProjects(db, 0)).toMatchObject([{ lastSeen: now }]);
});
