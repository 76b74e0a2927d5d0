import { existsSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mapTexts } from "../../src/core/read.ts";
import { texts as attacks } from "../support/attack-texts.ts";
import { readPane, type Pane } from "../../src/core/pane.ts";
import { createPanePublisher } from "../../src/monitor/briefs/panes.ts";
import { watchLive } from "../../src/monitor/live-watch.ts";
import { addDelivery } from "../../src/state/cache/deliveries.ts";
import { saveGitState } from "../../src/state/cache/git-states.ts";
import { saveDelivered } from "../../src/state/cache/sessions.ts";
import { saveFailure } from "../../src/state/cache/task-snapshots.ts";
import { noData } from "../../src/core/news/delivery.ts";
import { aGitState, aTask, minute, saturday } from "../support/builders.ts";
import { aKey, response, temporaryCache } from "../support/cache.ts";
import { temporaryRepository } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary.ts";

function aSession() {
  const db = temporaryCache();
  const live = temporaryFolder();
  const { folder } = temporaryRepository();
  const key = aKey({ project: folder });
  const session = { id: "s1", worktree: folder };
  saveGitState(db, { worktree: folder, project: folder }, aGitState({ root: folder }), saturday);
  const publish = createPanePublisher(db, live);
  return {
    db,
    live,
    folder,
    key,
    open: (at: number): void => {
      writeFileSync(join(live, "s1.pane-open"), "");
      utimesSync(join(live, "s1.pane-open"), at / 1000, at / 1000);
    },
    /** What is in the file after a tick at this instant. */
    tick: (at: number): Pane | null => {
      publish([session], at);
      const file = join(live, "s1.pane");
      return existsSync(file) ? readPane(readFileSync(file, "utf8")) : null;
    },
    begin: (id: string, at: number): void =>
      saveDelivered(db, {
        id,
        project: folder,
        projectName: "shop-api",
        worktree: folder,
        at,
        seq: 0,
        delivered: { git: null, sources: {} },
      }),
    tell: (event: string, cause: string, text: string, at: number): void =>
      addDelivery(db, { sessionId: "s1", project: folder, at, event, cause, text, data: noData }),
  };
}

test("a pane's file has the tasks by section, git, the other sessions, failing sources and what Claude read", () => {
  const { db, key, open, tick, begin, tell } = aSession();
  response(
    db,
    [
      aTask({ id: "TASK-1", title: "Rotate the keys", status: "in_progress" }),
      aTask({ id: "TASK-2", title: "Add OIDC login" }),
      aTask({ id: "TASK-3", title: "Remove the old login", dependsOn: ["TASK-2"] }),
    ],
    { key },
  );
  saveFailure(db, key, {
    code: "source-timeout",
    at: saturday,
    since: saturday,
    count: 1,
    nextTryAt: saturday,
  });
  begin("3f2a61c0-other", saturday - minute);
  tell("SessionStart", "startup", "Sitrep Sat 21 Nov 10:01.\nNo open tasks.", saturday - minute);
  tell("PreToolUse", "Bash", 'TASK-2 is new: "Add OIDC login"', saturday);
  open(saturday);
  expect(tick(saturday)).toMatchObject({
    at: saturday,
    time: "10:02",
    tasks: [
      { section: "Now", id: "embedded/TASK-1", name: "TASK-1", title: "Rotate the keys" },
      { section: "Next", id: "embedded/TASK-2", name: "TASK-2", title: "Add OIDC login" },
      { section: "Waiting", name: "TASK-3", why: expect.stringContaining("blocked by TASK-2") },
    ],
    more: 0,
    git: expect.stringMatching(/clean/),
    sessions: ["3f2a61c0 in this worktree, seen 1 min ago"],
    wrong: [expect.stringContaining("embedded: ")],
    read: [
      '10:02 TASK-2 is new: "Add OIDC login"',
      expect.stringMatching(/^10:01 brief \(startup\), \d+ tokens$/),
    ],
  });
});

test("a pane has no file before it is open, minutes after its last sign, or before git was read", () => {
  const { db, live, folder, open, tick } = aSession();
  expect(tick(saturday)).toBeNull();
  open(saturday - 4 * minute);
  expect(tick(saturday)).toBeNull();
  db.exec("DELETE FROM git_states");
  open(saturday);
  expect(tick(saturday)).toBeNull();
  saveGitState(db, { worktree: folder, project: folder }, aGitState({ root: folder }), saturday);
  expect(tick(saturday)).not.toBeNull();
  expect(statSync(join(live, "s1.pane")).mode & 0o777).toBe(0o600);
});

test("the same texts are written again only to show that they are still true", () => {
  const { live, open, tick } = aSession();
  open(saturday);
  tick(saturday);
  rmSync(join(live, "s1.pane"));
  expect(tick(saturday + 5000)).toBeNull();
  expect(tick(saturday + 25_000)?.at).toBe(saturday + 25_000);
});

test("texts of others are one visible line in the pane", () => {
  const { db, key, open, tick, tell } = aSession();
  const evil = "\u001b]0;owned\u0007Fix\nthe \u202etill\u200b\u001b[31m";
  response(db, [aTask({ id: "\u001b[2JT-1", title: evil })], { key });
  tell("PreToolUse", "Bash", evil, saturday);
  open(saturday);
  const pane = tick(saturday);
  expect(pane?.tasks[0]?.title).toBe("Fix the till");
  expect(pane?.read[0]).toBe("10:02 Fix the till");
  const { tasks = [], ...rest } = pane ?? {};
  const shown = JSON.stringify([rest, tasks.map(({ id: _id, ...texts }) => texts)]);
  expect(shown).not.toMatch(/\\u001b|\\n|\u202e|\u200b/);
});

test.each(attacks)("the attack string %j is one visible line in the pane", (attack) => {
  const { db, key, open, tick, tell } = aSession();
  response(db, [aTask({ id: "T-1", title: attack })], { key });
  tell("PreToolUse", "Bash", attack, saturday);
  open(saturday);
  const shown: string[] = [];
  mapTexts(tick(saturday), (text) => {
    shown.push(text);
    return text;
  });
  expect(shown.length).toBeGreaterThan(3);
  expect(shown.filter((text) => /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text))).toEqual([]);
});

test("a pane that opens is a change that the monitor looks at, and its own write is none", async () => {
  const { live, open, tick } = aSession();
  let wakes = 0;
  using watched = watchLive(live, () => (wakes += 1));
  const wake = async (): Promise<void> => {
    const before = wakes;
    writeFileSync(join(live, "monitor.wake"), "");
    await expect.poll(() => wakes).toBeGreaterThan(before);
  };
  await wake();
  watched.takeChange();
  open(saturday);
  await wake();
  expect(watched.takeChange()).toBe(true);
  expect(tick(saturday)).not.toBeNull();
  await wake();
  expect(watched.takeChange()).toBe(false);
});
