// How soon a session has its monitor back, by nothing but its own tool calls.

import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { isRunning, monitorOf, toolInput } from "../support/installation.ts";
import { install } from "../support/installed.ts";
import type { TestInstallation } from "../support/installation.ts";

/** Makes tool calls, as a session does, until another monitor has the lease. Gives the milliseconds. */
async function untilReplaced(installation: TestInstallation, before: number): Promise<number> {
  const begin = performance.now();
  const { preToolUse } = installation.commands();
  const env = { CLAUDE_CODE_SESSION_ID: "session-1" };
  while (installation.monitorPid() === before && performance.now() - begin < 20_000) {
    await installation.hook(preToolUse, toolInput(installation), env);
    await sleep(100);
  }
  expect(installation.monitorPid()).not.toBe(before);
  return performance.now() - begin;
}

test("a monitor that is killed during a session is restarted within two seconds", async () => {
  const installation = await install();
  const before = await monitorOf(installation);
  process.kill(before, "SIGKILL");
  expect(await untilReplaced(installation, before)).toBeLessThan(3000);
  // And again: that it was just started keeps nobody from it.
  const next = await monitorOf(installation);
  process.kill(next, "SIGKILL");
  expect(await untilReplaced(installation, next)).toBeLessThan(3000);
});

test("F26: a stuck monitor is reported, and replaced through the calls of the session", async () => {
  const installation = await install();
  const wedged = await monitorOf(installation);
  process.kill(wedged, "SIGSTOP");
  await sleep(2000);
  expect(installation.sitrep("status").stdout).toContain("is not making progress");
  expect(await untilReplaced(installation, wedged)).toBeLessThan(8000);
  expect(isRunning(wedged)).toBe(false);
});
