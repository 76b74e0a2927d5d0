// When the store's tasks of a project were last changed, asked of SQLite itself: whoever only looks needs no more of the store.

import { closing, openForReading } from "../state/sqlite/sqlite.ts";

const busyTimeoutMs = 1000;

/** Epoch milliseconds, 0 where no change is noted. Throws SQLite's errors, also for a store of an older version. */
export const lastChangeAt = (file: string, organization: string, project: string): number =>
  closing(openForReading(file, busyTimeoutMs), (db) => {
    const newest = db
      .prepare<[string, string, number, number], number | null>(
        `SELECT max(seq) FROM task_history
         WHERE organization = ? AND project = ? AND is_undo = ? AND is_undone = ?`,
      )
      .pluck();
    // Each by itself is one step in an index, however many changes there are.
    const kinds = [
      [0, 0],
      [0, 1],
      [1, 0],
    ] as const;
    const seqs = kinds.map(([isUndo, isUndone]) =>
      Number(newest.get(organization, project, isUndo, isUndone) ?? 0),
    );
    const at = db
      .prepare<[number], string>("SELECT at FROM task_history WHERE seq = ?")
      .pluck()
      .get(Math.max(...seqs));
    return at === undefined ? 0 : Date.parse(at);
  });
