// What was delivered to each session, word for word, kept for `sitrep last`.

import { parseObject } from "../../core/read.ts";
import { readDeliveryData } from "../../core/delivery.ts";
import type { Delivery } from "../../core/delivery.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";

/** To be called in a transaction or alone. */
export function addDelivery(db: Sqlite, delivery: Delivery): void {
  db.prepare(
    "INSERT INTO deliveries (session, project, at, event, cause, text, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
  ).run(
    delivery.sessionId,
    delivery.project,
    delivery.at,
    delivery.event,
    delivery.cause,
    delivery.text,
    JSON.stringify(delivery.data),
  );
}

interface Row {
  session: string;
  project: string | null;
  at: number;
  event: string;
  cause: string;
  text: string;
  data: string;
}

/** The last `most` deliveries, to one session or to all, in the order in which they were recorded. */
export function readDeliveries(db: Sqlite, session: string | null, most: number): Delivery[] {
  const sql =
    session === null
      ? "SELECT * FROM deliveries WHERE ? IS NULL ORDER BY id DESC LIMIT ?"
      : "SELECT * FROM deliveries WHERE session = ? ORDER BY id DESC LIMIT ?";
  return db
    .prepare<[string | null, number], Row>(sql)
    .all(session, most)
    .toReversed()
    .map((row) => ({
      sessionId: row.session,
      project: row.project,
      at: row.at,
      event: row.event,
      cause: row.cause,
      text: row.text,
      data: readDeliveryData(parseObject(row.data)),
    }));
}
