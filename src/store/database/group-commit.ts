// Writers on SQLite that come together share one commit: what costs is the disk, not the rows. Each is a part of its own, so
// that its failure is nobody else's, and none is told of an outcome before the commit.

import { sql } from "kysely";
import type { StoreConnection, StoreDatabase, StoreTransaction } from "./connection.ts";
import { inGroups, outcomeOf, type Outcome } from "./write-batches.ts";

type Work = (trx: StoreTransaction) => Promise<unknown>;

/** Rejects where SQLite has rolled back the whole transaction, as it does when the disk is full. */
async function inSavepoint(trx: StoreTransaction, work: Work): Promise<Outcome<unknown>> {
  await sql`savepoint one`.execute(trx);
  const outcome = await outcomeOf(work(trx));
  if (outcome.status === "rejected") await sql`rollback to one`.execute(trx);
  await sql`release one`.execute(trx);
  return outcome;
}

/** `write` of a store over its one connection that writes. */
export function sharingCommits(db: StoreDatabase): StoreConnection["write"] {
  const together = (works: readonly Work[]): Promise<Outcome<unknown>[]> =>
    db.transaction().execute(async (trx) => {
      const outcomes: Outcome<unknown>[] = [];
      // oxlint-disable-next-line no-await-in-loop -- one after the other, in their order
      for (const work of works) outcomes.push(await inSavepoint(trx, work));
      return outcomes;
    });
  const alone = async (work: Work): Promise<Outcome<unknown>[]> => [
    { status: "fulfilled", value: await db.transaction().execute(work) },
  ];
  const write = inGroups<Work, unknown>({
    keyOf: () => "",
    sizeOf: () => 1,
    most: Infinity,
    write: (works) => {
      const [first, ...others] = works;
      return first !== undefined && others.length === 0 ? alone(first) : together(works);
    },
  });
  return <T>(work: (trx: StoreTransaction) => Promise<T>) => write(work) as Promise<T>;
}
