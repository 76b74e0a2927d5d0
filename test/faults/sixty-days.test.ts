// Sixty days of use, made by the product itself while libfaketime lets the days go by: what lies in the state folder is bounded, and
// a session's start takes as long as on the first day.

import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openCache, quarantine } from "../../src/state/cache/cache-file.ts";
import { contextOf, isRunning, monitorOf, toolInput } from "../support/installation.ts";
import { install } from "../support/installed.ts";
import { faketime, moveClockOf } from "../support/moved-clock.ts";
import { repositoryAt } from "../support/repository.ts";

const day = 86_400_000;
const days = 60;

interface Lying {
  path: string;
  bytes: number;
}

function filesIn(folder: string): Lying[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).flatMap((path) => {
    const stats = lstatSync(join(folder, path), { throwIfNoEntry: false });
    return stats === undefined || stats.isDirectory() ? [] : [{ path, bytes: stats.size }];
  });
}

/** Files by the folder that they lie in. */
function countsOf(files: readonly Lying[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { path } of files) {
    const [kind = ""] = path.split("/");
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

test.skipIf(faketime === null)(
  "60 days of sessions, worktrees, kills and logs leave no more files than three weeks do",
  async () => {
    const installation = await install({ monitor: false });
    const { home, state, live, project, env } = installation;
    const clock = moveClockOf(installation);
    const { preToolUse, sessionStart } = installation.commands();
    /** The kernel dates files by the machine's clock. */
    const dateAll = (since: number): void => {
      for (const path of ["", ...readdirSync(state, { recursive: true, encoding: "utf8" })]) {
        const stats = lstatSync(join(state, path), { throwIfNoEntry: false });
        if (stats === undefined || stats.isSymbolicLink()) continue;
        const isOfToday = stats.mtimeMs >= since && stats.mtimeMs < Date.now() + 1000;
        if (isOfToday) utimesSync(join(state, path), clock.now() / 1000, clock.now() / 1000);
      }
    };
    const startMs: number[] = [];
    const seen: { counts: Record<string, number>; bytes: number }[] = [];
    for (let today = 0; today < days; today += 1) {
      const since = Date.now();
      clock.set(today * day);
      // A worktree for one task, taken away in the evening every other day, else left behind with its repository.
      const folder = join(home, `clone-${today}`);
      mkdirSync(folder);
      const clone = repositoryAt(folder);
      clone.git("init", "-q", "-b", "main");
      clone.commit("README.md", "# Clone\n", "Begin");
      for (const [at, cwd] of [project.folder, folder].entries()) {
        const id = `day-${today}-${at}`;
        const own = { CLAUDE_CODE_SESSION_ID: id, CLAUDE_PROJECT_DIR: cwd };
        const input = { ...toolInput(installation), session_id: id, cwd };
        const start = { ...input, hook_event_name: "SessionStart", source: "startup" };
        const ran = await installation.hook(sessionStart, start, own);
        expect(contextOf(ran)).toContain("Sitrep ");
        if (at === 0) startMs.push(ran.ms);
        await installation.hook(preToolUse, input, own);
      }
      const pid = await monitorOf(installation);
      if (today % 2 === 0) rmSync(folder, { recursive: true });
      installation.ok("task", "add", `Task of day ${today}`);
      installation.ok("task", "done", String(today + 1));
      // Processes that were killed while they wrote, and once a month a cache that was spoilt.
      writeFileSync(join(state, `.installation.json.9-x${today}-1.draft`), "{");
      mkdirSync(join(state, `warm-${String(today).padStart(6, "0")}`));
      writeFileSync(join(live, `day-${today}-0.news.draft.9-x-1`), "{");
      process.kill(pid, "SIGTERM");
      await expect.poll(() => isRunning(pid)).toBe(false);
      if (today % 30 === 10) {
        quarantine(join(state, "cache.db"));
        openCache(join(state, "cache.db")).close();
      }
      dateAll(since);
      const files = filesIn(state);
      // SQLite writes its log from the beginning again once it has a thousand pages.
      const isLog = ({ path }: Lying): boolean => path.endsWith("-wal");
      expect(files.filter(isLog).every(({ bytes }) => bytes < 4_300_000)).toBe(true);
      const lasting = files.filter((one) => !isLog(one));
      const bytes = lasting.reduce((sum, one) => sum + one.bytes, 0);
      seen.push({ counts: countsOf(files), bytes });
    }
    const [settled, last] = [seen[20], seen.at(-1)];
    if (settled === undefined || last === undefined) throw new Error("no days");
    const middle = (ms: readonly number[]): number => ms.toSorted((a, b) => a - b)[3] ?? 0;
    const [early, late] = [middle(startMs.slice(1, 8)), middle(startMs.slice(-7))];
    for (const [kind, count] of Object.entries(last.counts)) {
      // Copies of settings stay for a session's month and two weeks: those of 22 clones in the end, for 60 days' 30.
      const most = 2 * (settled.counts[kind] ?? 0) + 10;
      expect([kind, count]).toEqual([kind, Math.min(count, most)]);
    }
    expect(last.bytes).toBeLessThan(2 * settled.bytes);
    expect(late).toBeLessThan(1.5 * early + 50);
    expect(readFileSync(join(state, "installation.json"), "utf8")).toContain(env["HOME"] ?? "");
  },
  900_000,
);
