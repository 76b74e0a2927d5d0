// When the tasks of a project last changed, read from SQLite directly: a mere look needs nothing else of the store.

import { closing, openForReading } from "../state/sqlite/sqlite.ts";

const busyTimeoutMs = 1000;

/** Epoch milliseconds, 0 where no change is noted. Throws SQLite's errors. */
export const readLastChangeAt = (file: string, organization: string, project: string): number =>
  closing(openForReading(file, busyTimeoutMs), (db) => {
    const at = db
      .prepare<[string, string], string>(
        "SELECT at FROM task_history WHERE organization = ? AND project = ? ORDER BY seq DESC LIMIT 1",
      )
      .pluck()
      .get(organization, project);
    return at === undefined ? 0 : Date.parse(at);
  });
