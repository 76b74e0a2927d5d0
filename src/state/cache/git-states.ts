// The last git state of each working tree, and its failure. The key is the worktree, because a repository may have several.

import { parseGitState, type GitState } from "../../core/git/git-state.ts";
import { parseObject } from "../../core/read.ts";
import type { GitRecord } from "../../core/session.ts";
import { readFailure, type Failure } from "../../core/snapshot.ts";
import { queryRow, queryRows, run } from "../sqlite/query.ts";
import { writing, type Sqlite } from "../sqlite/sqlite.ts";

interface Row {
  worktree: string;
  project: string;
  value: string | null;
  read_at: number | null;
  failure: string | null;
}

function record({ worktree, project, value, read_at: fetchedAt, failure }: Row): GitRecord {
  const state = parseGitState(parseObject(value));
  const snapshot = state === null || fetchedAt === null ? null : { value: state, fetchedAt };
  return { worktree, project, snapshot, failure: readFailure(parseObject(failure)) };
}

export function readGitRecord(db: Sqlite, worktree: string): GitRecord | null {
  const row = queryRow<Row>(db, "SELECT * FROM git_states WHERE worktree = ?", worktree);
  return row === undefined ? null : record(row);
}

export const readGitRecords = (db: Sqlite): GitRecord[] =>
  queryRows<Row>(db, "SELECT * FROM git_states ORDER BY worktree").map(record);

interface GitPlace {
  worktree: string;
  project: string;
}

export function saveGitState(db: Sqlite, place: GitPlace, state: GitState, at: number): void {
  const put = `INSERT INTO git_states (worktree, project, value, read_at, failure) VALUES (?, ?, ?, ?, NULL)
    ON CONFLICT (worktree) DO UPDATE
    SET project = excluded.project, value = excluded.value, read_at = excluded.read_at, failure = NULL`;
  writing(db, () => run(db, put, place.worktree, place.project, JSON.stringify(state), at));
}

export function saveGitFailure(db: Sqlite, place: GitPlace, failure: Failure): void {
  const put = `INSERT INTO git_states (worktree, project, failure) VALUES (?, ?, ?)
    ON CONFLICT (worktree) DO UPDATE SET failure = excluded.failure`;
  writing(db, () => run(db, put, place.worktree, place.project, JSON.stringify(failure)));
}
