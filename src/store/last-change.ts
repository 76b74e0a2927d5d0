// Reads when a project's tasks last changed, directly from SQLite, without the rest of the store.

import { closing, openForReading } from "../state/sqlite/sqlite.ts";

const busyTimeoutMs = 1000;

/** Epoch milliseconds; 0 if no change is recorded. Throws SQLite's errors. */
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
