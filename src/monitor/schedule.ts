// A timer of our own: node-cron's follows the wall clock, and walks through every missed run.

import { createTask } from "node-cron";

export interface Schedule extends Disposable {
  /** To be called at each tick of the monitor: calls `onDue` when the clock was set or the machine slept over a run. */
  check(): void;
  nextAt(): number;
  set(expression: string): void;
}

/** So that the machines of a team do not ask one server in the same second. */
const maxRandomDelayMs = 30_000;
const maxTimerMs = 2 ** 31 - 1;

/** `monotonic` and `wall`: clocks in milliseconds; a run is due when either of them has reached it. */
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
    // One more, since a timer may fire a millisecond early and the next tick is seconds away.
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
