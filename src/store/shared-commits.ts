// Writers on SQLite that come together share one commit: what costs is the disk, not the rows. Each is a part of its own, so
// that its failure is nobody else's, and none is told of an outcome before the commit.

import { setImmediate } from "node:timers/promises";
import { sql } from "kysely";
import type { StoreConnection, StoreDatabase, StoreTransaction } from "./connection.ts";

type Work = (trx: StoreTransaction) => Promise<unknown>;
type Outcome = PromiseSettledResult<unknown>;

interface Writer {
  readonly work: Work;
  readonly settle: (outcome: Outcome) => void;
}

async function outcomeOf(work: Promise<unknown>): Promise<Outcome> {
  const [outcome] = await Promise.allSettled([work]);
  return outcome;
}

/** Rejects where SQLite has rolled back the whole transaction, as it does when the disk is full. */
async function inSavepoint(trx: StoreTransaction, work: Work): Promise<Outcome> {
  await sql`savepoint one`.execute(trx);
  const outcome = await outcomeOf(work(trx));
  if (outcome.status === "rejected") await sql`rollback to one`.execute(trx);
  await sql`release one`.execute(trx);
  return outcome;
}

/** `write` of a store over its one connection that writes. */
export function sharingCommits(db: StoreDatabase): StoreConnection["write"] {
  let waiting: Writer[] = [];
  let isAtWork = false;

  const alone = ({ work }: Writer): Promise<Outcome> => outcomeOf(db.transaction().execute(work));

  const together = (group: readonly Writer[]): Promise<Outcome[]> =>
    db.transaction().execute(async (trx) => {
      const outcomes: Outcome[] = [];
      // oxlint-disable-next-line no-await-in-loop -- one after the other, in their order
      for (const { work } of group) outcomes.push(await inSavepoint(trx, work));
      return outcomes;
    });

  async function writeAll(): Promise<void> {
    isAtWork = true;
    // oxlint-disable no-await-in-loop -- one transaction after the other
    while (waiting.length > 0) {
      // Whoever has asked by now is read and heard first.
      await setImmediate();
      const group = waiting;
      waiting = [];
      // Where all of it was lost, nothing of it is there, and each tries for itself.
      const outcomes = group.length === 1 ? [] : await together(group).catch(() => []);
      for (const [at, writer] of group.entries()) {
        writer.settle(outcomes[at] ?? (await alone(writer)));
      }
    }
    // oxlint-enable no-await-in-loop
    isAtWork = false;
  }

  return <T>(work: (trx: StoreTransaction) => Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      const settle = (outcome: Outcome): void => {
        if (outcome.status === "fulfilled") resolve(outcome.value as T);
        else reject(outcome.reason as Error);
      };
      waiting.push({ work, settle });
      if (!isAtWork) void writeAll();
    });
}
