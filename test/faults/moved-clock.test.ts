// Steps of the clock under a built monitor, made by libfaketime: nothing comes later than an interval, nothing is done for the time
// that was leapt over, and nothing old passes as new.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { isLeaseRunning } from "../../src/state/live/lease.ts";
import { isRunning, monitorOf } from "../support/installation.ts";
import { install } from "../support/installed.ts";
import { startMisbehavingServer } from "../support/misbehaving-server.ts";
import { faketime, moveClockOf } from "../support/moved-clock.ts";

const hour = 3_600_000;
const intervalMs = 4000;
/** Of a machine that does other things too. */
const slackMs = 6000;

/** Processor time, milliseconds. */
function usedBy(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** A monitor on a clock that can be moved, a server of whose tasks it asks, and a session at work. */
async function aWorkday() {
  const installation = await install({ monitor: false });
  const titles = ["Begin"];
  const askedAt: number[] = [];
  const server = await startMisbehavingServer((request, response) => {
    // One of the three questions of a round.
    const isFirst = request.url?.includes("status=pending") === true;
    if (isFirst) askedAt.push(performance.now());
    const tasks = titles.map((title, at) => ({
      id: `T-${at}`,
      title,
      status: "pending",
      priority: "critical",
    }));
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({ tasks: isFirst ? tasks : [], total: isFirst ? tasks.length : 0 }),
    );
  });
  const sources = [{ name: "team", type: "task-tracking", url: server.origin }];
  const refresh = { heartbeatSeconds: 0.5, schedule: `*/${intervalMs / 1000} * * * * *` };
  writeFileSync(join(installation.sitrepHome, "config.json"), JSON.stringify({ sources, refresh }));
  const clock = moveClockOf(installation);
  installation.ok("start");
  const pid = await monitorOf(installation);
  await expect.poll(() => clock.begin()).toContain("Begin");
  return {
    ...clock,
    installation,
    pid,
    askedAt,
    add: (title: string) => void titles.push(title),
    isAlive: () => isLeaseRunning(installation.live, clock.now()),
  };
}

type Workday = Awaited<ReturnType<typeof aWorkday>>;

/** What must hold after the clock was moved. */
async function isOnTime(day: Workday, what: string): Promise<true> {
  const { installation, pid, askedAt, call, add, isAlive } = day;
  const [begin, before, used] = [performance.now(), askedAt.length, usedBy(pid)];
  add(`After ${what}`);
  let heard = "";
  await expect
    .poll(async () => (heard += (await call()) ?? ""), { interval: 200 })
    .toContain(`After ${what}`);
  const heardMs = performance.now() - begin;
  expect([what, heardMs < 2 * intervalMs + slackMs, heardMs]).toEqual([what, true, heardMs]);
  expect([what, heard.match(/clock|year|month/gi)]).toEqual([what, null]);
  await expect.poll(isAlive).toBe(true);
  const gaps = askedAt.slice(before).map((at, index) => at - (askedAt[before + index - 1] ?? at));
  const longest = Math.max(...gaps);
  expect([what, longest < 2 * intervalMs + slackMs, longest]).toEqual([what, true, longest]);
  // No run is made up for.
  const rounds = (performance.now() - begin) / intervalMs;
  expect(askedAt.length - before).toBeLessThan(2 * rounds + 3);
  expect(usedBy(pid) - used).toBeLessThan(2500);
  expect(installation.monitorPid()).toBe(pid);
  expect(installation.ok("status")).toContain(`running, process ${pid}`);
  return true;
}

describe.skipIf(faketime === null)("the monitor keeps its schedule when the clock is set", () => {
  test("F37: the monitor keeps its schedule when the clock is set an hour ahead and back", async () => {
    const day = await aWorkday();
    for (const hours of [1, 0, -1, 0]) {
      day.set(hours * hour);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await isOnTime(day, `${hours} hours`)).toBe(true);
    }
  });

  test("F37: the monitor keeps its schedule when the clock is set to 1970, to 2038, past the end of 32 bits, and back", async () => {
    const day = await aWorkday();
    for (const then of ["1970-01-01T00:02:00Z", "2038-01-19T03:14:00Z"]) {
      day.set(Date.parse(then) - Date.now());
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await isOnTime(day, then.slice(0, 4))).toBe(true);
    }
    await sleep(Math.max(0, 2 ** 31 * 1000 + 1000 - day.now()));
    expect(await isOnTime(day, "32 bits")).toBe(true);
    day.set(0);
    expect(await isOnTime(day, "all of that")).toBe(true);
  });

  test("F36: the monitor keeps its schedule after a night during which the machine slept", async () => {
    const day = await aWorkday();
    process.kill(day.pid, "SIGSTOP");
    await sleep(2 * intervalMs);
    day.set(9 * hour);
    process.kill(day.pid, "SIGCONT");
    expect(await isOnTime(day, "a night")).toBe(true);
  });
});

describe.skipIf(faketime === null)("a session that starts with a wrong clock", () => {
  test.each([
    ["an hour back", -hour],
    ["in 1970", Date.parse("1970-01-01T00:02:00Z") - Date.now()],
  ])("reads no wrong age: %s", async (_what, offset) => {
    const day = await aWorkday();
    process.kill(day.pid, "SIGSTOP");
    day.set(offset);
    const text = await day.begin("other");
    expect(text).toContain("the clock was changed");
    expect(text).not.toMatch(/\d+ (?:s|min|h|days?) ago|as of \d/);
    day.set(0);
    process.kill(day.pid, "SIGCONT");
    expect(isRunning(day.pid)).toBe(true);
  });
});
