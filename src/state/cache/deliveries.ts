import { parseObject } from "../../core/read.ts";
import { readDeliveryData, type Delivery } from "../../core/news/delivery.ts";
import { queryRows, run } from "../sqlite/query.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";

export function addDelivery(db: Sqlite, delivery: Delivery): void {
  const insert = `INSERT INTO deliveries (session, project, at, event, cause, text, data)
    VALUES (@sessionId, @project, @at, @event, @cause, @text, @data)`;
  run(db, insert, { ...delivery, data: JSON.stringify(delivery.data) });
}

type Row = Omit<Delivery, "data"> & { data: string };

const columns = "session AS sessionId, project, at, event, cause, text, data";

const delivery = (row: Row): Delivery => ({
  ...row,
  data: readDeliveryData(parseObject(row.data)),
});

export function readDeliveries(db: Sqlite, session: string | null, most: number): Delivery[] {
  const latest = `SELECT ${columns} FROM deliveries
    WHERE ${session === null ? "? IS NULL" : "session = ?"} ORDER BY id DESC LIMIT ?`;
  return queryRows<Row>(db, latest, session, most).toReversed().map(delivery);
}

/** The deliveries to a project's sessions, oldest first. Some have no project, because not every hook knows it. */
export const readProjectDeliveries = (db: Sqlite, project: string): Delivery[] =>
  queryRows<Row>(
    db,
    `SELECT ${columns} FROM deliveries WHERE coalesce(project,
       (SELECT s.project FROM sessions AS s WHERE s.id = session)) = ? ORDER BY at, id`,
    project,
  ).map(delivery);
