// When tasks are refreshed: a cron expression, run by node-cron, with a monotonic watchdog beside it. node-cron goes by
// the wall clock and, when that is put back by an hour, stays silent for an hour.

import { schedule } from "node-cron";

/** True when a scheduled run has not come although its time is well past: the wall clock was moved. */
export function isRunOverdue(dueAt: number, now: number, slackMs = 30_000): boolean {
  return now > dueAt + slackMs;
}

export interface Schedule extends Disposable {
  /** To be called at each tick of the monitor: calls `onDue` itself when the clock has swallowed a run. */
  check(): void;
  /** Takes another expression; nothing happens when it is the same. */
  set(expression: string): void;
}

const silent = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} };
/** So that many machines do not ask one server at the same second. */
const longestRandomDelayMs = 5000;

/** `clock` is monotonic, in milliseconds. */
export function createSchedule(
  expression: string,
  onDue: () => void,
  clock: () => number,
): Schedule {
  let current = expression;
  let dueAt = Number.POSITIVE_INFINITY;
  const begin = () => {
    const task = schedule(current, run, {
      name: "refresh",
      noOverlap: true,
      suppressMissedWarning: true,
      maxRandomDelay: longestRandomDelayMs,
      logger: silent,
    });
    dueAt = clock() + (task.msToNext() ?? 0);
    return task;
  };
  let task = begin();

  function run(): void {
    onDue();
    dueAt = clock() + (task.msToNext() ?? 0);
  }

  function restart(): void {
    void task.destroy();
    task = begin();
  }

  return {
    check: () => {
      if (!isRunOverdue(dueAt, clock())) return;
      restart();
      onDue();
    },
    set: (next) => {
      if (next === current) return;
      current = next;
      restart();
    },
    [Symbol.dispose]: () => void task.destroy(),
  };
}
