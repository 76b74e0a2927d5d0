// Statements that are prepared once: in a process that asks the same again and again, preparing costs more than asking.

import type { Sqlite } from "./sqlite.ts";

/** More than there are in all; one with values in its text would have no end. */
const mostKept = 200;

/** Has the connection give the statement that it prepared before. Each text must be read in one mode (`pluck`, `raw`). */
export function keepStatements(db: Sqlite): Sqlite {
  const kept = new Map<string, unknown>();
  const prepare = db.prepare.bind(db);
  const prepareOnce = (sql: string): unknown => {
    const known = kept.get(sql);
    if (known !== undefined) return known;
    if (kept.size >= mostKept) kept.clear();
    const statement = prepare(sql);
    kept.set(sql, statement);
    return statement;
  };
  db.prepare = prepareOnce as Sqlite["prepare"];
  return db;
}
