// The line by project that tells a person about tasks that no source shows, and whether it has been read.

import { parseObject, readFlag, readString } from "../../core/read.ts";
import { run, queryValue } from "../sqlite/query.ts";
import { writing, type Sqlite } from "../sqlite/sqlite.ts";
import { setEntry } from "./cache-entries.ts";

export interface DiscoveryNotice {
  /** Null if no source is missing. */
  line: string | null;
  /** A session has shown it. */
  isShown: boolean;
  /** An install has asked about each place. */
  isAsked: boolean;
}

const prefix = "unshown:";

export function readNotice(db: Sqlite, project: string): DiscoveryNotice {
  const text = queryValue<string>(db, "SELECT value FROM entries WHERE key = ?", prefix + project);
  const from = parseObject(text ?? null);
  return {
    line: readString(from?.["line"]) ?? null,
    isShown: readFlag(from?.["isShown"]),
    isAsked: readFlag(from?.["isAsked"]),
  };
}

/** Saved as a setting, which survives `sitrep cache clear`, so that nobody is told twice. */
export const saveNotice = (
  db: Sqlite,
  project: string,
  value: DiscoveryNotice,
  now: number,
): void => setEntry(db, { key: prefix + project, kind: "setting", value, ttlMs: 0 }, now);

/** Records permanently that a person has read the line. */
export const markNoticeShown = (db: Sqlite, project: string, now: number): void =>
  saveNotice(db, project, { ...readNotice(db, project), isShown: true }, now);

export const hasOpenTasks = (db: Sqlite, project: string): boolean =>
  queryValue<number>(
    db,
    `SELECT EXISTS (SELECT 1 FROM task_snapshots JOIN tasks ON snapshot = task_snapshots.id
     WHERE project = ? AND position IS NOT NULL)`,
    project,
  ) === 1;

/** Removes the notices of unknown projects. Returns the number of rows removed. */
export const removeOldNotices = (db: Sqlite, before: number): number =>
  writing(db, () =>
    run(
      db,
      `DELETE FROM entries WHERE key LIKE '${prefix}%' AND stored_at < ?
       AND substr(key, ${prefix.length + 1}) NOT IN (SELECT path FROM projects)`,
      before,
    ),
  );
