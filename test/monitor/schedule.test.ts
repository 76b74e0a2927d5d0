// The schedule, with node-cron reading the expressions and the clocks set by hand.

import { describe, expect, onTestFinished, test } from "vitest";
import { createSchedule } from "../../src/monitor/schedule.ts";
import { day, minute } from "../support/builders.ts";

const everyYear = "0 0 1 1 *";
const everyMinute = "* * * * *";
const hour = 60 * minute;
const year = 367 * day;

/** A schedule whose clocks stand still until they are set. `ticks` counts. */
function aSchedule(expression: string) {
  const start = Date.now();
  let [monotonic, wall, ticks] = [0, start, 0];
  const clocks = { monotonic: () => monotonic, wall: () => wall };
  const schedule = createSchedule(expression, () => void (ticks += 1), clocks);
  onTestFinished(() => schedule[Symbol.dispose]());
  return {
    schedule,
    ticks: () => ticks,
    /** Both clocks go on by `ms`; the wall clock is set to another time besides. */
    pass: (ms: number, step = 0) => {
      monotonic += ms;
      wall += ms + step;
      schedule.check();
    },
  };
}

describe("a schedule", () => {
  test("runs at its time, and not earlier", () => {
    const { ticks, pass } = aSchedule(everyYear);
    pass(minute);
    expect(ticks()).toBe(0);
  });

  test("uses another expression as soon as it is set", () => {
    const { schedule, ticks, pass } = aSchedule(everyYear);
    schedule.set(everyMinute);
    pass(2 * minute);
    expect(ticks()).toBe(1);
  });

  test("does not restart when the same expression is set", () => {
    const { schedule, ticks, pass } = aSchedule(everyMinute);
    schedule.set(everyMinute);
    pass(2 * minute);
    expect(ticks()).toBe(1);
  });

  test("runs without a tick of the monitor", async () => {
    const { ticks } = (() => {
      let count = 0;
      const clocks = { monotonic: () => performance.now(), wall: Date.now };
      const schedule = createSchedule("* * * * * *", () => void (count += 1), clocks);
      onTestFinished(() => schedule[Symbol.dispose]());
      return { ticks: () => count };
    })();
    await expect.poll(ticks, { timeout: 4000 }).toBeGreaterThan(1);
  });
});

test("F70: a hundred monitors with one schedule spread over half a minute", () => {
  const seconds = Array.from({ length: 100 }, () => {
    const { schedule } = aSchedule("*/5 * * * *");
    return Math.floor((schedule.nextAt() / 1000) % 300);
  });
  expect(Math.max(...seconds)).toBeLessThanOrEqual(30);
  const counts = seconds.map((second) => seconds.filter((other) => other === second).length);
  // Three or four a second on average; a hundred with no delay, twenty with one of up to five seconds.
  expect(Math.max(...counts)).toBeLessThanOrEqual(15);
});

describe("the schedule, when the clock is set to another time", () => {
  test.for([
    ["an hour back", -hour],
    ["to 1970", -Date.now()],
  ] as const)("a clock set %s does not delay the run", ([, step]) => {
    const { ticks, pass } = aSchedule(everyMinute);
    pass(0, step);
    expect(ticks()).toBe(0);
    pass(2 * minute);
    expect(ticks()).toBe(1);
  });

  test.for([
    ["an hour ahead", hour],
    ["ten years ahead, to 2036 and more", 10 * year],
  ] as const)(
    "F37: a clock set %s gives one run at once, not one for each that was missed",
    ([, step]) => {
      const { schedule, ticks, pass } = aSchedule(everyMinute);
      const begin = performance.now();
      pass(0, step);
      expect(ticks()).toBe(1);
      schedule.check();
      expect(ticks()).toBe(1);
      expect(performance.now() - begin).toBeLessThan(2000);
    },
  );

  test("F36: a run that a sleeping machine missed comes when it wakes", () => {
    const { ticks, pass } = aSchedule("0 * * * *");
    // The monotonic clock of Linux stands still meanwhile.
    pass(0, 3 * hour);
    expect(ticks()).toBe(1);
  });
});
