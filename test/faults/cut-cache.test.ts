// The cache cut off or emptied while a monitor is young and sessions start all the time: the tasks are back within 15 s,
// whatever was under way. SITREP_ROUNDS says how often it is tried.

import { statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { contextOf, sessionStartInput } from "../support/installation.ts";
import { install } from "../support/installed.ts";

const rounds = Number(process.env["SITREP_ROUNDS"] ?? 4);
const maxMs = 15_000;

test("F14: sessions read the tasks again within 15 s after the cache was cut off", async () => {
  const installation = await install();
  installation.ok("task", "add", "Survive the cut");
  const { sessionStart } = installation.commands();
  const file = join(installation.state, "cache.db");
  let sessions = 0;
  const brief = async (): Promise<string> => {
    const id = `session-${(sessions += 1)}`;
    const input = sessionStartInput(installation, { session_id: id });
    return (
      contextOf(await installation.hook(sessionStart, input, { CLAUDE_CODE_SESSION_ID: id })) ?? ""
    );
  };
  const took: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    installation.ok("stop");
    const running = { is: true };
    const briefs: string[] = [];
    const start = (async () => {
      for (; running.is; await sleep(500)) void brief().then((text) => briefs.push(text));
    })();
    // The first of them starts the monitor.
    await sleep((1000 * round) / rounds);
    truncateSync(file, round % 2 === 0 ? 0 : Math.floor(statSync(file).size / 2));
    const cutAt = performance.now();
    // Three in a row: what was begun before the cut says nothing.
    await sleep(500);
    let last = "";
    let good = 0;
    while (good < 3 && performance.now() - cutAt < 60_000) {
      await sleep(250);
      last = await brief();
      good = last.includes("Survive the cut") ? good + 1 : 0;
    }
    took.push(Math.round(performance.now() - cutAt));
    running.is = false;
    await start;
    expect(last).toContain("Survive the cut");
  }
  expect(Math.max(...took)).toBeLessThan(maxMs);
}, 600_000);
