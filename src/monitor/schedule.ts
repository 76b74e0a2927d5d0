// Uses its own timer, because node-cron's follows the wall clock and walks through every missed run.

import { createTask } from "node-cron";

export interface Schedule extends Disposable {
  /** Call at each tick. Calls `onDue` if the clock was changed, or the machine was asleep when a run was due. */
  check(): void;
  nextAt(): number;
  set(expression: string): void;
}

/** Keeps the machines of a team from querying one server in the same second. */
const maxRandomDelayMs = 30_000;
const maxTimerMs = 2 ** 31 - 1;

/** `monotonic` and `wall`: clocks in milliseconds. A run is due when either clock has reached its time. */
export function createSchedule(
  expression: string,
  onDue: () => void,
  { monotonic, wall }: { monotonic: () => number; wall: () => number },
): Schedule {
  let current = expression;
  let due = { monotonic: 0, wall: 0 };
  let timer: NodeJS.Timeout | undefined;

  function plan(): void {
    const task = createTask(current, () => undefined);
    // node-cron counts from the machine's clock, not from `wall`.
    const [next = new Date(), second = next] = task.getNextRuns(2);
    void task.destroy();
    const interval = second.getTime() - next.getTime();
    const delay = Math.random() * Math.min(maxRandomDelayMs, interval / 10);
    const ms = Math.max(0, next.getTime() - Date.now()) + delay;
    due = { monotonic: monotonic() + ms, wall: wall() + ms };
    clearTimeout(timer);
    // Add 1 ms: a timer may fire a millisecond early, and the next tick is seconds away.
    timer = setTimeout(check, Math.min(Math.ceil(ms) + 1, maxTimerMs));
  }

  function check(): void {
    if (monotonic() < due.monotonic && wall() < due.wall) return;
    plan();
    onDue();
  }

  plan();
  return {
    check,
    nextAt: () => Math.round(due.wall),
    set: (next) => {
      if (next === current) return;
      current = next;
      plan();
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
