import { parseGitState, withoutPaths } from "../../core/git/git-state.ts";
import { readDeliveredState, type DeliveredState, type SessionRecord } from "../../core/session.ts";
import { orElse, parseObject, readNumber, recordOf } from "../../core/read.ts";
import { queryRow, queryRows, run, queryValue } from "../sqlite/query.ts";
import { writing, type Sqlite } from "../sqlite/sqlite.ts";
import { markNoticeShown } from "./discovery-notices.ts";
import { addDelivery } from "./deliveries.ts";
import type { SessionSpan } from "../../core/report/report.ts";
import type { Delivery } from "../../core/news/delivery.ts";

type Row = Omit<SessionRecord, "delivered" | "briefedGit" | "reportedTasks"> & {
  delivered: string;
  briefedGit: string | null;
  reportedTasks: string;
};

const selectSessions = `SELECT id, project, worktree, started_at AS startedAt, last_seen AS lastSeen, ended_at AS endedAt,
  briefed_at AS briefedAt, briefed_seq AS briefedSeq, briefed_git AS briefedGit,
  delivered_at AS deliveredAt, delivered_seq AS deliveredSeq, delivered, reported_tasks AS reportedTasks FROM sessions`;

const readReported = orElse(recordOf(readNumber), {});

function record({ delivered: text, briefedGit, reportedTasks, ...row }: Row): SessionRecord {
  const delivered = { peers: [], ...readDeliveredState(parseObject(text)) };
  return {
    ...row,
    delivered,
    briefedGit: briefedGit === null ? delivered.git : parseGitState(parseObject(briefedGit)),
    reportedTasks: readReported(parseObject(reportedTasks)),
  };
}

export function readSession(db: Sqlite, id: string): SessionRecord | null {
  const row = queryRow<Row>(db, `${selectSessions} WHERE id = ?`, id);
  return row === undefined ? null : record(row);
}

/** The sessions seen since `since` (epoch milliseconds) that have not ended, the latest first. */
export const readLiveSessions = (db: Sqlite, since: number): SessionRecord[] =>
  queryRows<Row>(
    db,
    `${selectSessions} WHERE last_seen >= ? AND ended_at IS NULL ORDER BY last_seen DESC`,
    since,
  ).map(record);

const maxTrees = 20;

/** The working trees of a project that sessions worked in since `since`, the latest first. */
export const readTreesInUse = (db: Sqlite, project: string, since: number): string[] =>
  queryRows<{ worktree: string }>(
    db,
    `SELECT worktree FROM sessions WHERE project = ? AND last_seen >= ? AND ended_at IS NULL
     GROUP BY worktree ORDER BY max(last_seen) DESC LIMIT ${maxTrees}`,
    project,
    since,
  ).map(({ worktree }) => worktree);

/** With `worktree`, a session of that tree if there is one, because others had deliveries that nobody read here. */
export function readPreviousSession(
  db: Sqlite,
  project: string,
  exceptId: string | null,
  worktree: string | null = null,
): SessionRecord | null {
  const last = `${selectSessions} WHERE project = ? AND id IS NOT ?
    ORDER BY worktree IS ? DESC, last_seen DESC LIMIT 1`;
  const row = queryRow<Row>(db, last, project, exceptId, worktree);
  return row === undefined ? null : record(row);
}

export interface DeliveredRecord {
  id: string;
  project: string;
  projectName: string;
  worktree: string;
  at: number;
  seq: number;
  delivered: DeliveredState;
  transcript?: string | null;
  delivery?: Delivery | null;
  /** True if the person was told about tasks that no source shows. */
  hasShownPlaces?: boolean;
}

/** Without the files of the working tree, which are not part of what a session knows. */
const deliveredText = ({ git, ...known }: DeliveredState): string =>
  JSON.stringify({ peers: [], ...known, git: git && withoutPaths(git) });

/** Records what a session knows, and that its project is in use, in one short transaction. */
export function saveDelivered(
  db: Sqlite,
  {
    projectName,
    delivered,
    delivery,
    transcript = null,
    hasShownPlaces,
    ...place
  }: DeliveredRecord,
): void {
  const put = `INSERT INTO sessions (id, project, worktree, transcript, started_at, last_seen, briefed_at, briefed_seq,
      delivered_at, delivered_seq, delivered, reported_tasks)
    VALUES (@id, @project, @worktree, @transcript, @at, @at, @at, @seq, @at, @seq, @delivered, '{}')
    ON CONFLICT (id) DO UPDATE SET project = @project, worktree = @worktree,
      transcript = coalesce(@transcript, transcript), last_seen = @at, ended_at = NULL,
      briefed_at = @at, briefed_seq = @seq, briefed_git = NULL,
      delivered_at = @at, delivered_seq = @seq, delivered = @delivered, reported_tasks = '{}'`;
  writing(db, () => {
    run(db, put, { ...place, transcript, delivered: deliveredText(delivered) });
    touchProject(db, place.project, projectName, place.at);
    if (delivery != null) addDelivery(db, delivery);
    if (hasShownPlaces === true) markNoticeShown(db, place.project, place.at);
  });
}

/** Records a delivery to a running session. If a brief was given since, that one covers it and stays. */
export function updateDelivered(db: Sqlite, session: SessionRecord): void {
  const { id, briefedAt, briefedSeq, briefedGit, deliveredAt, deliveredSeq, delivered } = session;
  const isSameGit = briefedGit === null || briefedGit === delivered.git;
  const values = {
    id,
    briefedAt,
    briefedSeq,
    briefedGit: isSameGit ? null : JSON.stringify(withoutPaths(briefedGit)),
    deliveredAt,
    deliveredSeq,
    delivered: deliveredText(delivered),
    reported: JSON.stringify(session.reportedTasks),
  };
  const put = `UPDATE sessions SET briefed_at = @briefedAt, briefed_seq = @briefedSeq, briefed_git = @briefedGit,
      delivered_at = @deliveredAt, delivered_seq = @deliveredSeq, delivered = @delivered, reported_tasks = @reported
    WHERE id = @id AND briefed_at <= @briefedAt`;
  writing(db, () => run(db, put, values));
}

export function endSession(db: Sqlite, id: string, at: number): void {
  writing(db, () => run(db, "UPDATE sessions SET ended_at = ? WHERE id = ?", at, id));
}

export function touchProject(db: Sqlite, path: string, name: string, at: number): void {
  const put = `INSERT INTO projects (path, name, last_seen) VALUES (?, ?, ?)
    ON CONFLICT (path) DO UPDATE SET name = excluded.name, last_seen = max(last_seen, excluded.last_seen)`;
  run(db, put, path, name, at);
}

/** A project's `last_seen` may lag behind its last use by this much, because readers only compare days. */
const projectSeenMs = 3_600_000;

/** Records that a known session is alive, even after an apparent end, and its project in use. A session may last for days. */
export function touchSession(db: Sqlite, id: string, worktree: string, at: number): void {
  const session = `UPDATE sessions SET last_seen = max(last_seen, @at), worktree = @worktree,
      ended_at = CASE WHEN ended_at >= @at THEN ended_at END
    WHERE id = @id AND (last_seen < @at OR worktree <> @worktree)`;
  const project = `UPDATE projects SET last_seen = @at
    WHERE path IN ((SELECT project FROM sessions WHERE id = @id), @worktree) AND last_seen < @at - ${projectSeenMs}`;
  for (const put of [session, project]) run(db, put, { at, id, worktree });
}

/** After the clock was set back: resets times later than `now` plus the slack to `now`. */
export function clampFutureTimes(db: Sqlite, now: number, slackMs: number): void {
  for (const table of ["sessions", "projects"] as const) {
    // Reads first, because usually there is nothing to write.
    const latest = queryValue<number | null>(db, `SELECT max(last_seen) FROM ${table}`) ?? 0;
    if (latest <= now + slackMs) continue;
    run(db, `UPDATE ${table} SET last_seen = ? WHERE last_seen > ?`, now, now + slackMs);
  }
}

export interface ProjectRecord {
  path: string;
  name: string;
  lastSeen: number;
}

/** The projects seen since `since` (epoch milliseconds), the latest first. */
export const readProjects = (db: Sqlite, since: number): ProjectRecord[] =>
  queryRows(
    db,
    "SELECT path, name, last_seen AS lastSeen FROM projects WHERE last_seen >= ? ORDER BY last_seen DESC, path",
    since,
  );

/** The last `most` sessions of a project, the latest first. */
export const readProjectSessions = (db: Sqlite, project: string, most: number): SessionSpan[] =>
  queryRows(
    db,
    `SELECT id, worktree, started_at AS startedAt, last_seen AS lastSeen, ended_at AS endedAt FROM sessions
     WHERE project = ? ORDER BY last_seen DESC LIMIT ?`,
    project,
    most,
  );
