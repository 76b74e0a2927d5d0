// What each session was told, word for word, kept for `sitrep last`.

import { parseObject } from "../core/read.ts";
import { readTellingData } from "../core/telling.ts";
import type { Telling } from "../core/telling.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";

export type { Telling };

/** To be called in a transaction or alone. */
export function addTelling(db: Sqlite, telling: Telling): void {
  db.prepare(
    "INSERT INTO tellings (session, project, at, event, cause, text, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
  ).run(
    telling.sessionId,
    telling.project,
    telling.at,
    telling.event,
    telling.cause,
    telling.text,
    JSON.stringify(telling.data),
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

/** What was told, in the order in which it was noted: the last `most` to one session, or of all. */
export function readTellings(db: Sqlite, session: string | null, most: number): Telling[] {
  const sql =
    session === null
      ? "SELECT * FROM tellings WHERE ? IS NULL ORDER BY id DESC LIMIT ?"
      : "SELECT * FROM tellings WHERE session = ? ORDER BY id DESC LIMIT ?";
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
      data: readTellingData(parseObject(row.data)),
    }));
}
