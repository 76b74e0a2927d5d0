// The sessions, and what each knows by its last delivery.

import { withoutPaths } from "../../core/git-state.ts";
import type { DeliveredState, SessionRecord } from "../../core/session.ts";
import { parseJson, parseObject } from "../../core/read.ts";
import { writing } from "../sqlite/sqlite.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";
import { addDelivery } from "./deliveries.ts";
import type { Delivery } from "../../core/delivery.ts";
import { readDeliveredState } from "../../core/pending-news.ts";

interface Row {
  id: string;
  project: string;
  worktree: string;
  started_at: number;
  last_seen: number;
  delivered_at: number;
  briefed_at: number;
  delivered_seq: number;
  delivered_git: string | null;
  delivered_sources: string;
  delivered_peers: string;
  ended_at: number | null;
}

function record(row: Row): SessionRecord {
  return {
    id: row.id,
    project: row.project,
    worktree: row.worktree,
    startedAt: row.started_at,
    lastSeen: row.last_seen,
    deliveredAt: row.delivered_at,
    briefedAt: row.briefed_at,
    deliveredSeq: row.delivered_seq,
    delivered: readDeliveredState({
      git: parseObject(row.delivered_git),
      sources: parseObject(row.delivered_sources),
      peers: parseJson(row.delivered_peers) ?? [],
    }),
    endedAt: row.ended_at,
  };
}

export function readSession(db: Sqlite, id: string): SessionRecord | null {
  const row = db.prepare<[string], Row>("SELECT * FROM sessions WHERE id = ?").get(id);
  return row === undefined ? null : record(row);
}

/** The sessions seen since `since` (epoch milliseconds) that have not ended, the latest first. */
export function readLiveSessions(db: Sqlite, since: number): SessionRecord[] {
  return db
    .prepare<[number], Row>(
      "SELECT * FROM sessions WHERE last_seen >= ? AND ended_at IS NULL ORDER BY last_seen DESC",
    )
    .all(since)
    .map(record);
}

/** The session of a project that was seen last, other than `exceptId`. */
export function readPreviousSession(
  db: Sqlite,
  project: string,
  exceptId: string | null,
): SessionRecord | null {
  const row = db
    .prepare<[string, string | null], Row>(
      "SELECT * FROM sessions WHERE project = ? AND id IS NOT ? ORDER BY last_seen DESC LIMIT 1",
    )
    .get(project, exceptId);
  return row === undefined ? null : record(row);
}

/** What a session knows after a brief, and where it is. */
export interface DeliveredRecord {
  id: string;
  project: string;
  projectName: string;
  worktree: string;
  at: number;
  seq: number;
  delivered: DeliveredState;
  /** The text, where there was one. */
  delivery?: Delivery;
}

/** The files of a working tree are no part of what a session knows. */
function gitText({ git }: DeliveredState): string | null {
  return git === null ? null : JSON.stringify(withoutPaths(git));
}

/** Records what a session knows, and that its project is in use. One short transaction. */
export function saveDelivered(db: Sqlite, delivered: DeliveredRecord): void {
  writing(db, () => {
    db.prepare(
      `INSERT INTO sessions (id, project, worktree, started_at, last_seen, delivered_at, briefed_at, delivered_seq, delivered_git, delivered_sources, delivered_peers)
       VALUES (@id, @project, @worktree, @at, @at, @at, @at, @seq, @git, @sources, @peers)
       ON CONFLICT (id) DO UPDATE SET project = @project, worktree = @worktree, last_seen = @at,
         delivered_at = @at, briefed_at = @at, delivered_seq = @seq, delivered_git = @git, delivered_sources = @sources,
         delivered_peers = @peers, ended_at = NULL`,
    ).run({
      id: delivered.id,
      project: delivered.project,
      worktree: delivered.worktree,
      at: delivered.at,
      seq: delivered.seq,
      git: gitText(delivered.delivered),
      sources: JSON.stringify(delivered.delivered.sources),
      peers: JSON.stringify(delivered.delivered.peers ?? []),
    });
    touchProject(db, delivered.project, delivered.projectName, delivered.at);
    if (delivered.delivery !== undefined) addDelivery(db, delivered.delivery);
  });
}

/** Records what was delivered to a known session while it runs. */
export function updateDelivered(
  db: Sqlite,
  id: string,
  change: { at: number; seq: number; delivered: DeliveredState },
): void {
  writing(db, () =>
    db
      .prepare(
        "UPDATE sessions SET delivered_at = ?, delivered_seq = ?, delivered_git = ?, delivered_sources = ?, delivered_peers = ? WHERE id = ?",
      )
      .run(
        change.at,
        change.seq,
        gitText(change.delivered),
        JSON.stringify(change.delivered.sources),
        JSON.stringify(change.delivered.peers ?? []),
        id,
      ),
  );
}

/** Notes that a session has ended. One that is unknown is left alone. */
export function endSession(db: Sqlite, id: string, at: number): void {
  writing(db, () => db.prepare("UPDATE sessions SET ended_at = ? WHERE id = ?").run(at, id));
}

/** Notes that a project is in use. To be called in a transaction or alone. */
export function touchProject(db: Sqlite, path: string, name: string, at: number): void {
  db.prepare(
    `INSERT INTO projects (path, name, last_seen) VALUES (?, ?, ?)
     ON CONFLICT (path) DO UPDATE SET name = excluded.name, last_seen = max(last_seen, excluded.last_seen)`,
  ).run(path, name, at);
}

/** Notes that a session lives and in which worktree. Unknown sessions are left alone. */
export function touchSession(db: Sqlite, id: string, worktree: string, at: number): void {
  db.prepare(
    "UPDATE sessions SET last_seen = max(last_seen, ?), worktree = ? WHERE id = ? AND (last_seen < ? OR worktree <> ?)",
  ).run(at, worktree, id, at, worktree);
}

export interface ProjectRecord {
  path: string;
  name: string;
  lastSeen: number;
}

/** The projects seen since `since` (epoch milliseconds), the latest first. */
export function readProjects(db: Sqlite, since: number): ProjectRecord[] {
  return db
    .prepare<[number], ProjectRecord>(
      "SELECT path, name, last_seen AS lastSeen FROM projects WHERE last_seen >= ? ORDER BY last_seen DESC, path",
    )
    .all(since);
}
