// When tasks are refreshed: a cron expression, run by node-cron, with a monotonic watchdog beside it. node-cron goes by
// the wall clock and, when that is put back by an hour, stays silent for an hour.

import { schedule } from "node-cron";

/** True when a schedule's tick has not come although its time is well past: the wall clock was moved. */
export function isTickOverdue(dueAt: number, now: number, slackMs = 30_000): boolean {
  return now > dueAt + slackMs;
}

export interface Schedule extends Disposable {
  /** To be called at each turn: ticks by itself when the clock has swallowed a tick. */
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
  onTick: () => void,
  clock: () => number,
): Schedule {
  let current = expression;
  let dueAt = Number.POSITIVE_INFINITY;
  const begin = () => {
    const task = schedule(current, tick, {
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

  function tick(): void {
    onTick();
    dueAt = clock() + (task.msToNext() ?? 0);
  }

  function restart(): void {
    void task.destroy();
    task = begin();
  }

  return {
    check: () => {
      if (!isTickOverdue(dueAt, clock())) return;
      restart();
      onTick();
    },
    set: (next) => {
      if (next === current) return;
      current = next;
      restart();
    },
    [Symbol.dispose]: () => void task.destroy(),
  };
}
