// The sessions, and what each knows by its last delivery.

import { readGitState } from "../../core/git/git-state.ts";
import { withoutPaths } from "../../core/git/git-state.ts";
import type { GitState } from "../../core/git/git-state.ts";
import { readDeliveredState } from "../../core/session.ts";
import type { DeliveredState, SessionRecord } from "../../core/session.ts";
import { parseJson, parseObject, readNumber } from "../../core/read.ts";
import { writing, type Sqlite } from "../sqlite/sqlite.ts";
import { addDelivery } from "./deliveries.ts";
import type { Delivery } from "../../core/news/delivery.ts";

type Row = Omit<SessionRecord, "delivered" | "briefedGit" | "reportedTasks"> & {
  git: string | null;
  sources: string;
  peers: string;
  briefedGit: string | null;
  reportedTasks: string;
};

const selectSessions = `SELECT id, project, worktree, started_at AS startedAt, last_seen AS lastSeen,
  delivered_at AS deliveredAt, briefed_at AS briefedAt, delivered_seq AS deliveredSeq, ended_at AS endedAt,
  delivered_git AS git, delivered_sources AS sources, delivered_peers AS peers,
  briefed_seq AS briefedSeq, briefed_git AS briefedGit, delivered_tasks AS reportedTasks FROM sessions`;

function readNamed(text: string): Record<string, number> {
  const named: Record<string, number> = {};
  for (const [id, seq] of Object.entries(parseObject(text) ?? {})) named[id] = readNumber(seq) ?? 0;
  return named;
}

function record({ git, sources, peers, briefedGit, reportedTasks, ...row }: Row): SessionRecord {
  const delivered = readDeliveredState({
    git: parseObject(git),
    sources: parseObject(sources),
    peers: parseJson(peers) ?? [],
  });
  return {
    ...row,
    delivered,
    briefedGit: briefedGit === null ? delivered.git : readGitState(parseObject(briefedGit)),
    reportedTasks: readNamed(reportedTasks),
  };
}

export function readSession(db: Sqlite, id: string): SessionRecord | null {
  const row = db.prepare<[string], Row>(`${selectSessions} WHERE id = ?`).get(id);
  return row === undefined ? null : record(row);
}

/** The sessions seen since `since` (epoch milliseconds) that have not ended, the latest first. */
export function readLiveSessions(db: Sqlite, since: number): SessionRecord[] {
  return db
    .prepare<[number], Row>(
      `${selectSessions} WHERE last_seen >= ? AND ended_at IS NULL ORDER BY last_seen DESC`,
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
      `${selectSessions} WHERE project = ? AND id IS NOT ? ORDER BY last_seen DESC LIMIT 1`,
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
  /** Where the client writes the conversation down; null where it did not say. */
  transcript?: string | null;
  /** The text, where there was one. */
  delivery?: Delivery | null;
}

/** The files of a working tree are no part of what a session knows. */
const gitColumn = (git: GitState | null): string | null =>
  git === null ? null : JSON.stringify(withoutPaths(git));

const columnsOf = ({
  git,
  sources,
  peers,
}: DeliveredState): Pick<Row, "git" | "sources" | "peers"> => ({
  git: gitColumn(git),
  sources: JSON.stringify(sources),
  peers: JSON.stringify(peers ?? []),
});

/** Records what a session knows, and that its project is in use. One short transaction. */
export function saveDelivered(
  db: Sqlite,
  {
    id,
    project,
    projectName,
    worktree,
    at,
    seq,
    delivered,
    delivery,
    transcript = null,
  }: DeliveredRecord,
): void {
  writing(db, () => {
    db.prepare(
      `INSERT INTO sessions (id, project, worktree, started_at, last_seen, delivered_at, briefed_at, delivered_seq, delivered_git, delivered_sources, delivered_peers, briefed_seq, transcript)
       VALUES (@id, @project, @worktree, @at, @at, @at, @at, @seq, @git, @sources, @peers, @seq, @transcript)
       ON CONFLICT (id) DO UPDATE SET project = @project, worktree = @worktree, last_seen = @at,
         delivered_at = @at, briefed_at = @at, delivered_seq = @seq, delivered_git = @git, delivered_sources = @sources,
         delivered_peers = @peers, briefed_seq = @seq, briefed_git = NULL, delivered_tasks = '{}', ended_at = NULL, transcript = coalesce(@transcript, transcript)`,
    ).run({ id, project, worktree, at, seq, transcript, ...columnsOf(delivered) });
    touchProject(db, project, projectName, at);
    if (delivery != null) addDelivery(db, delivery);
  });
}

/** Records what was delivered to a known session while it runs. A brief given since covers all of it. */
export function updateDelivered(
  db: Sqlite,
  { id, deliveredAt, briefedAt, deliveredSeq, delivered, ...rest }: SessionRecord,
): void {
  const { briefedSeq, reportedTasks } = rest;
  const briefedGit = rest.briefedGit === delivered.git ? null : gitColumn(rest.briefedGit);
  const named = JSON.stringify(reportedTasks);
  writing(db, () =>
    db
      .prepare(
        `UPDATE sessions SET delivered_at = @deliveredAt, delivered_seq = @deliveredSeq, delivered_git = @git,
           briefed_at = @briefedAt, delivered_sources = @sources, delivered_peers = @peers,
           briefed_seq = @briefedSeq, briefed_git = @briefedGit, delivered_tasks = @named
         WHERE id = @id AND briefed_at <= @briefedAt`,
      )
      .run({
        id,
        deliveredAt,
        briefedAt,
        deliveredSeq,
        briefedSeq,
        briefedGit,
        named,
        ...columnsOf(delivered),
      }),
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

/** So exactly is known when a project was last worked in: it is asked for days. */
const projectSeenMs = 3_600_000;

/**
 * Notes that a session lives, whatever was taken for its end, and in which worktree, and that its project is in use: it may go
 * on for days without another start. Unknown sessions are left alone.
 */
export function touchSession(db: Sqlite, id: string, worktree: string, at: number): void {
  db.prepare(
    `UPDATE sessions SET last_seen = max(last_seen, @at), worktree = @worktree,
       ended_at = CASE WHEN ended_at >= @at THEN ended_at END
     WHERE id = @id AND (last_seen < @at OR worktree <> @worktree)`,
  ).run({ at, worktree, id });
  db.prepare(
    `UPDATE projects SET last_seen = @at
     WHERE path IN ((SELECT project FROM sessions WHERE id = @id), @worktree)
       AND last_seen < @at - ${projectSeenMs}`,
  ).run({ at, id, worktree });
}

/** Dates what was seen later than `now` and a slack as of `now`: the clock ran ahead then. */
export function bringBack(db: Sqlite, now: number, slackMs: number): void {
  for (const table of ["sessions", "projects"] as const) {
    const ahead = `FROM ${table} WHERE last_seen > ?`;
    const isAhead = db.prepare(`SELECT 1 ${ahead} LIMIT 1`).get(now + slackMs) !== undefined;
    if (!isAhead) continue;
    db.prepare(`UPDATE ${table} SET last_seen = ? WHERE last_seen > ?`).run(now, now + slackMs);
  }
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
