// What was delivered to each session, word for word, for `sitrep last`.

import { parseObject } from "../../core/read.ts";
import { readDeliveryData, type Delivery } from "../../core/news/delivery.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";

/** Call it in a transaction or alone. */
export function addDelivery(db: Sqlite, delivery: Delivery): void {
  db.prepare(
    `INSERT INTO deliveries (session, project, at, event, cause, text, data)
     VALUES (@sessionId, @project, @at, @event, @cause, @text, @data)`,
  ).run({ ...delivery, data: JSON.stringify(delivery.data) });
}

type Row = Omit<Delivery, "data"> & { data: string };

/** The last `most` deliveries, to one session or to all, in the order in which they were recorded. */
export function readDeliveries(db: Sqlite, session: string | null, most: number): Delivery[] {
  return db
    .prepare<[string | null, number], Row>(
      `SELECT session AS sessionId, project, at, event, cause, text, data FROM deliveries
       WHERE ${session === null ? "? IS NULL" : "session = ?"} ORDER BY id DESC LIMIT ?`,
    )
    .all(session, most)
    .toReversed()
    .map((row) => ({ ...row, data: readDeliveryData(parseObject(row.data)) }));
}
