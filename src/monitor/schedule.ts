// When tasks are refreshed: a cron expression that node-cron reads, on a timer of ours. node-cron's own timer goes by the
// wall clock: put back by an hour it stays silent for an hour, and put ahead by a year it walks every run in between.

import { createTask } from "node-cron";

export interface Schedule extends Disposable {
  /** To be called at each tick of the monitor: calls `onDue` itself when the clock was moved or the machine slept. */
  check(): void;
  /** When the next run comes, epoch milliseconds. */
  nextAt(): number;
  /** Takes another expression; nothing happens when it is the same. */
  set(expression: string): void;
}

/** So that the machines of a team do not ask one server at the same second. */
const longestRandomDelayMs = 30_000;
const longestTimerMs = 2 ** 31 - 1;

/** `monotonic` and `wall`: clocks in milliseconds; a run comes when either of them has reached it. */
export function createSchedule(
  expression: string,
  onDue: () => void,
  { monotonic, wall }: { monotonic: () => number; wall: () => number },
): Schedule {
  let current = expression;
  let due = { monotonic: 0, wall: 0 };
  let timer: NodeJS.Timeout | undefined;

  /** Exactly one run lies ahead, whatever has passed. */
  function plan(): void {
    const task = createTask(current, () => undefined);
    // Asked of the machine's clock, from which node-cron counts.
    const [next = new Date(), second = next] = task.getNextRuns(2);
    void task.destroy();
    const interval = second.getTime() - next.getTime();
    const delay = Math.random() * Math.min(longestRandomDelayMs, interval / 10);
    const ms = Math.max(0, next.getTime() - Date.now()) + delay;
    due = { monotonic: monotonic() + ms, wall: wall() + ms };
    clearTimeout(timer);
    // A timer may come a millisecond early; the next tick of the monitor would be seconds later.
    timer = setTimeout(check, Math.min(Math.ceil(ms) + 1, longestTimerMs));
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
