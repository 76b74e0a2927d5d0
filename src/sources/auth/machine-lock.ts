// A queue within the process; between processes a lock that ends with its holder.

import { setTimeout } from "node:timers/promises";
import { SourceError } from "../../core/source-error.ts";
import { tryLock } from "../../state/sqlite/exclusive-lock.ts";

const queues = new Map<string, Promise<unknown>>();

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
      const message = `Another process has been requesting a token for ${waitMs} ms.`;
      throw new SourceError("source-timeout", message);
    }
    // Random, so that many processes do not poll at the same moment.
    await setTimeout(pollMs * (0.5 + Math.random()));
  }
}

/** Polls `isDoneByOther` while it waits; that may give the result. Throws `source-timeout`. */
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
