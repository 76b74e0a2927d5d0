// The schedule on a real node-cron, its monotonic clock set by hand.

import { describe, expect, onTestFinished, test } from "vitest";
import { createSchedule } from "../../src/monitor/schedule.ts";
import type { Schedule } from "../../src/monitor/schedule.ts";
import { day, minute } from "../support/builders.ts";

const everyYear = "0 0 1 1 *";
const everyMinute = "* * * * *";

/** A schedule whose clock stands still until it is set. `ticks` counts. */
function aSchedule(expression: string): {
  schedule: Schedule;
  ticks: () => number;
  at: (ms: number) => void;
} {
  let [now, ticks] = [0, 0];
  const count = (): void => void (ticks += 1);
  const schedule = createSchedule(expression, count, () => now);
  onTestFinished(() => schedule[Symbol.dispose]());
  return { schedule, ticks: () => ticks, at: (ms) => (now = ms) };
}

describe("a schedule", () => {
  test("waits for its time", () => {
    const { schedule, ticks, at } = aSchedule(everyYear);
    at(minute);
    schedule.check();
    expect(ticks()).toBe(0);
  });

  test("ticks once by itself when the wall clock has swallowed a tick", () => {
    const { schedule, ticks, at } = aSchedule(everyYear);
    at(367 * day);
    schedule.check();
    schedule.check();
    expect(ticks()).toBe(1);
  });

  test("goes by another expression from when it is set", () => {
    const { schedule, ticks, at } = aSchedule(everyYear);
    schedule.set(everyMinute);
    at(2 * minute);
    schedule.check();
    expect(ticks()).toBe(1);
  });

  test("does not begin anew at the same expression", () => {
    const { schedule, ticks, at } = aSchedule(everyMinute);
    at(2 * minute);
    schedule.set(everyMinute);
    schedule.check();
    expect(ticks()).toBe(1);
  });
});
