// Of each project, the line that tells a person of tasks that no source shows, and whether it has been read.

import { parseObject, readFlag, readString } from "../../core/read.ts";
import { run, queryValue } from "../sqlite/query.ts";
import { writing, type Sqlite } from "../sqlite/sqlite.ts";
import { setEntry } from "./entries.ts";

export interface DiscoveryNotice {
  /** Null: there is nothing to tell. */
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

/** As a setting, which outlives `sitrep cache clear`: nobody is to be told twice. */
export const saveNotice = (
  db: Sqlite,
  project: string,
  value: DiscoveryNotice,
  now: number,
): void => setEntry(db, { key: prefix + project, kind: "setting", value, ttlMs: 0 }, now);

/** Notes for good that a person has read the line. */
export const markNoticeShown = (db: Sqlite, project: string, now: number): void =>
  saveNotice(db, project, { ...readNotice(db, project), isShown: true }, now);

export const hasOpenTasks = (db: Sqlite, project: string): boolean =>
  queryValue<number>(
    db,
    `SELECT EXISTS (SELECT 1 FROM task_snapshots JOIN tasks ON snapshot = task_snapshots.id
     WHERE project = ? AND position IS NOT NULL)`,
    project,
  ) === 1;

/** Removes those of projects that are no longer known. Returns rows removed. */
export const removeOldNotices = (db: Sqlite, before: number): number =>
  writing(db, () =>
    run(
      db,
      `DELETE FROM entries WHERE key LIKE '${prefix}%' AND stored_at < ?
       AND substr(key, ${prefix.length + 1}) NOT IN (SELECT path FROM projects)`,
      before,
    ),
  );
