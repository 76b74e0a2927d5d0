// The monitor looks once at the thousands of files that sessions left behind.

import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { emptyMemory, findLiveSessions } from "../../src/monitor/live-sessions.ts";
import { triesAll } from "../support/cases.ts";
import { temporaryCache } from "../support/cache.ts";
import { temporaryFolder } from "../support/temporary.ts";

const hour = 3_600_000;

test("stale stamps are removed at once, even ten thousand, and stamps of the last hour stay", () => {
  const live = join(temporaryFolder(), "live");
  mkdirSync(live);
  const now = Date.now();
  const stale = triesAll ? 10_000 : 1000;
  const stamp = (name: string, at: number): void => {
    // This process stands in for a live Claude Code.
    writeFileSync(join(live, name), `/work/shop\0/work/shop\0${process.pid}\0`);
    utimesSync(join(live, name), at / 1000, at / 1000);
  };
  for (let index = 0; index < stale; index += 1) stamp(`stale-${index}`, now - 5 * hour);
  stamp("recent", now - 1000);
  const [db, memory] = [temporaryCache(), emptyMemory()];
  const look = () => findLiveSessions(db, live, { now, withinMs: hour }, memory);
  look();
  expect(readdirSync(live).filter((name) => name.startsWith("stale"))).toEqual([]);
  expect(readdirSync(live)).toContain("recent");
  expect([...memory.processes.keys()]).toEqual(["recent"]);
  db.close();
});
