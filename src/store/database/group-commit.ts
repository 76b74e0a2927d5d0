// Concurrent writers on SQLite share one commit, because the disk is the bottleneck. Each can fail alone.

import { sql } from "kysely";
import type { StoreConnection, StoreDatabase, StoreTransaction } from "./connection.ts";
import { inGroups, toOutcome, type Outcome } from "./write-batches.ts";

type Work = (trx: StoreTransaction) => Promise<unknown>;

/** Rejects if SQLite rolled back the whole transaction, as on a full disk. */
async function inSavepoint(trx: StoreTransaction, work: Work): Promise<Outcome<unknown>> {
  await sql`savepoint one`.execute(trx);
  const outcome = await toOutcome(work(trx));
  if (outcome.status === "rejected") await sql`rollback to one`.execute(trx);
  await sql`release one`.execute(trx);
  return outcome;
}

export function createGroupCommit(db: StoreDatabase): StoreConnection["write"] {
  const together = (works: readonly Work[]): Promise<Outcome<unknown>[]> =>
    db.transaction().execute(async (trx) => {
      const outcomes: Outcome<unknown>[] = [];
      // oxlint-disable-next-line no-await-in-loop -- in their order
      for (const work of works) outcomes.push(await inSavepoint(trx, work));
      return outcomes;
    });
  const alone = async (work: Work): Promise<Outcome<unknown>[]> => [
    { status: "fulfilled", value: await db.transaction().execute(work) },
  ];
  const write = inGroups<Work, unknown>({
    write: (works) => {
      const [first, ...others] = works;
      return first !== undefined && others.length === 0 ? alone(first) : together(works);
    },
  });
  return <T>(work: (trx: StoreTransaction) => Promise<T>) => write(work) as Promise<T>;
}
