// Prepares each statement once: in a process that repeats the same statements, preparing takes longer than running.

import type { Sqlite } from "./sqlite.ts";

type Statement = ReturnType<Sqlite["prepare"]>;

const maxKept = 200;

/** Makes the connection reuse prepared statements. Each text must always be read in the same mode (`pluck`, `raw`). */
export function keepStatements(db: Sqlite): Sqlite {
  const kept = new Map<string, Statement>();
  const prepare = db.prepare.bind(db);
  const prepareOnce = (text: string): Statement => {
    const found = kept.get(text);
    // A statement that is being read row by row cannot be started again.
    const statement = found === undefined || found.busy ? prepare(text) : found;
    kept.delete(text);
    kept.set(text, statement);
    const [oldest] = kept.keys();
    if (kept.size > maxKept && oldest !== undefined) kept.delete(oldest);
    return statement;
  };
  db.prepare = prepareOnce as Sqlite["prepare"];
  return db;
}
