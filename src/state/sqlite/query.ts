import type { Sqlite } from "./sqlite.ts";

export const queryRows = <Row>(db: Sqlite, sql: string, ...values: unknown[]): Row[] =>
  db.prepare(sql).all(...values) as Row[];

export const queryRow = <Row>(db: Sqlite, sql: string, ...values: unknown[]): Row | undefined =>
  db.prepare(sql).get(...values) as Row | undefined;

export const queryValues = <Value>(db: Sqlite, sql: string, ...values: unknown[]): Value[] =>
  db
    .prepare(sql)
    .pluck()
    .all(...values) as Value[];

export const queryValue = <Value>(
  db: Sqlite,
  sql: string,
  ...values: unknown[]
): Value | undefined =>
  db
    .prepare(sql)
    .pluck()
    .get(...values) as Value | undefined;

export const run = (db: Sqlite, sql: string, ...values: unknown[]): number =>
  db.prepare(sql).run(...values).changes;
