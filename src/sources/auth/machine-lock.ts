// One at a time on the whole machine: within the process a queue, between processes a lock that the operating system
// frees when its holder dies.

import { setTimeout } from "node:timers/promises";
import { SourceError } from "../../core/source-error.ts";
import { tryLock } from "../../state/sqlite/exclusive-lock.ts";

/** Who is last in the queue for each lock file in this process. */
const queues = new Map<string, Promise<unknown>>();

/** True while this process holds a lock or waits for it. */
export const isLockQueued = (file: string): boolean => queues.has(file);

const pollMs = 20;

async function holding<T>(
  file: string,
  waitMs: number,
  work: () => Promise<T>,
  isDoneByOther: () => T | null,
): Promise<T> {
  const until = performance.now() + waitMs;
  for (;;) {
    using lock = tryLock(file);
    if (lock !== null) return await work();
    const done = isDoneByOther();
    if (done !== null) return done;
    if (performance.now() > until) {
      throw new SourceError(
        "source-timeout",
        `Another process has been asking for a token for ${waitMs} ms.`,
      );
    }
    // Apart from each other, so that many that wait do not all look at the same instant.
    await setTimeout(pollMs * (0.5 + Math.random()));
  }
}

/**
 * Does `work` under the lock. While another process holds it, `isDoneByOther` is asked now and then; what it gives is taken
 * instead. Throws `source-timeout` after `waitMs`.
 */
export async function withMachineLock<T>(
  file: string,
  waitMs: number,
  work: () => Promise<T>,
  isDoneByOther: () => T | null = () => null,
): Promise<T> {
  const before = queues.get(file) ?? Promise.resolve();
  const held = before.then(() => holding(file, waitMs, work, isDoneByOther));
  const settled: Promise<unknown> = held
    .catch(() => undefined)
    .finally(() => {
      if (queues.get(file) === settled) queues.delete(file);
    });
  queues.set(file, settled);
  return held;
}
