// Requests counted in PostgreSQL, by its clock: for several servers together.

import { createHash } from "node:crypto";
import { sql } from "kysely";
import type { CountRequests, StoreDatabase } from "./database/connection.ts";

/** How often the windows that are over are removed, in counts. */
const trimmedEvery = 1000;

/** A name of any length as one that fits into an index. */
const keyOf = (name: string): string => createHash("sha256").update(name).digest("base64");

export function createRequestCounts(db: StoreDatabase): CountRequests {
  let counted = 0;
  return async (name, amount, seconds) => {
    counted += 1;
    if (counted % trimmedEvery === 0) {
      await sql`delete from request_counts where ends < now()`.execute(db);
    }
    const { rows } = await sql<{ count: string; ms: string }>`
      insert into request_counts as known (name, count, ends)
      values (${keyOf(name)}, ${amount}, clock_timestamp() + ${seconds} * interval '1 second')
      on conflict (name) do update set
        count = case when known.ends <= clock_timestamp() then 0 else known.count end + excluded.count,
        ends = case when known.ends <= clock_timestamp() then excluded.ends else known.ends end
      returning count, extract(epoch from ends - clock_timestamp()) * 1000 as ms`.execute(db);
    return { count: Number(rows[0]?.count), endsInMs: Math.max(0, Number(rows[0]?.ms)) };
  };
}
