// The pull request of each branch, as the monitor last read it. Hooks read it here without a request.

import { readPullRecord, type PullRecord } from "../../core/pull-request/pull-request.ts";
import { parseJson } from "../../core/read.ts";
import { queryRows } from "../sqlite/query.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";
import { getStaleEntry, setEntry } from "./cache-entries.ts";

const prefix = "pull request:";
const keyOf = (project: string, branch: string): string => `${prefix}${project}\n${branch}`;
const keptMs = 14 * 86_400_000;

export const readPullRequest = (db: Sqlite, project: string, branch: string): PullRecord | null =>
  readPullRecord(getStaleEntry(db, keyOf(project, branch), 0)?.value);

/** `record`: null if no source is asked anymore. */
export const savePullRequest = (
  db: Sqlite,
  { project, branch }: { project: string; branch: string },
  record: PullRecord | null,
  now: number,
): void =>
  setEntry(db, { key: keyOf(project, branch), kind: "free", value: record, ttlMs: keptMs }, now);

export interface BranchPull extends PullRecord {
  project: string;
  branch: string;
}

export const readPullRequests = (db: Sqlite): BranchPull[] =>
  queryRows<{ key: string; value: string }>(
    db,
    "SELECT key, value FROM entries WHERE kind = 'free' AND substr(key, 1, ?) = ? ORDER BY key",
    prefix.length,
    prefix,
  ).flatMap(({ key, value }) => {
    const record = readPullRecord(parseJson(value));
    const [project = "", branch = ""] = key.slice(prefix.length).split("\n");
    return record === null ? [] : [{ ...record, project, branch }];
  });
