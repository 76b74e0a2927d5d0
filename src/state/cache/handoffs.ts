// Handoffs: one row for each session on a branch, and one for the branch's notes. Only the latest of the last week are kept.

import { handoffKeptMs, readHandoff } from "../../core/handoff/handoff.ts";
import type { Handoff, HandoffNote, LastHandoff } from "../../core/handoff/handoff.ts";
import { handoffJson } from "../../core/handoff/keep-handoff.ts";
import { peerSeenMs } from "../../core/news/peers.ts";
import { workBranch, type WorkLocation } from "../../core/session.ts";
import { queryRow, queryRows, run, queryValue } from "../sqlite/query.ts";
import { writing, type Sqlite } from "../sqlite/sqlite.ts";
import { readBranchTaskIds } from "./branch-task-ids.ts";

const maxOfProject = 20;
/** The session in the row of a branch's notes. */
const notesOf = "";

export interface HandoffQuery extends WorkLocation {
  id: string | null;
  own: boolean;
  now: number;
  /** Which sessions count. Default: all. */
  accepts?: (session: string) => boolean;
}

interface Row {
  session: string;
  place: string;
  task: string | null;
  at: number;
  value: string;
  worktree: string | null;
  endedAt: number | null;
  lastSeen: number | null;
}

const placeIn = (place: WorkLocation): string => workBranch(place) ?? place.worktree;

const tasksIn = (db: Sqlite, place: WorkLocation): string[] =>
  readBranchTaskIds(db, place.project, workBranch(place));

const insert = `INSERT INTO handoffs (project, place, session, task, at, value) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET task = excluded.task, at = excluded.at, value = excluded.value`;

function trim(db: Sqlite, project: string, now: number): void {
  run(db, "DELETE FROM handoffs WHERE at < ?", now - handoffKeptMs);
  const oldest = "SELECT at FROM handoffs WHERE project = ? ORDER BY at DESC LIMIT 1 OFFSET ?";
  const beyond = `DELETE FROM handoffs WHERE project = ? AND at < (${oldest})`;
  run(db, beyond, project, project, maxOfProject - 1);
}

interface Transcript {
  project: string;
  worktree: string;
  transcript: string;
}

export const readTranscript = (db: Sqlite, session: string): Transcript | null =>
  queryRow<Transcript>(
    db,
    "SELECT project, worktree, transcript FROM sessions WHERE id = ? AND transcript IS NOT NULL",
    session,
  ) ?? null;

/** Saves a handoff. Its task is the branch's, or the last one that the session changed. */
export function saveHandoff(
  db: Sqlite,
  session: string,
  place: WorkLocation,
  handoff: Handoff,
  at: number,
): void {
  const { project } = place;
  const changed =
    "SELECT task_id FROM task_changes WHERE project = ? AND by_session = ? ORDER BY seq DESC LIMIT 1";
  writing(db, () => {
    const task = tasksIn(db, place)[0] ?? queryValue(db, changed, project, session) ?? null;
    const value = handoffJson(handoff, "session");
    run(db, insert, project, placeIn(place), session, task, at, value);
    trim(db, project, at);
  });
}

/** Adds a note to those of the branch, and drops the oldest ones if there are too many. */
export function addHandoffNote(db: Sqlite, place: WorkLocation, note: HandoffNote): void {
  const { project } = place;
  const key = [project, placeIn(place), notesOf] as const;
  const before = "SELECT value FROM handoffs WHERE project = ? AND place = ? AND session = ?";
  writing(db, () => {
    const { notes, ...rest } = readHandoff(queryValue<string>(db, before, ...key) ?? null);
    const kept = notes.filter(({ at }) => at >= note.at - handoffKeptMs);
    const value = handoffJson({ ...rest, notes: [...kept, note] }, "notes");
    run(db, insert, ...key, tasksIn(db, place)[0] ?? null, note.at, value);
    trim(db, project, note.at);
  });
}

/** The latest handoff on this branch or its task, with the branch's notes; null when there is none. */
export function readLastHandoff(db: Sqlite, query: HandoffQuery): LastHandoff | null {
  const { project, worktree, id, own, now, accepts = () => true } = query;
  const rows = queryRows<Row>(
    db,
    `SELECT h.session, h.place, h.task, h.at, h.value, s.worktree, s.ended_at AS endedAt, s.last_seen AS lastSeen
     FROM handoffs AS h LEFT JOIN sessions AS s ON s.id = h.session
     WHERE h.project = ? AND h.at >= ? ORDER BY h.at DESC`,
    project,
    now - handoffKeptMs,
  );
  if (rows.length === 0) return null;
  const place = placeIn(query);
  let tasks: readonly string[] | null = null;
  const isOnTask = ({ task }: Row): boolean =>
    task !== null && (tasks ??= tasksIn(db, query)).includes(task);
  const isRunningElsewhere = (row: Row): boolean =>
    row.endedAt === null && row.worktree !== worktree && now - (row.lastSeen ?? 0) < peerSeenMs;
  const fits = (row: Row): boolean =>
    (row.place === place && !isRunningElsewhere(row)) || isOnTask(row);
  const left = rows.find(
    (row) =>
      row.session !== notesOf && (row.session === id) === own && fits(row) && accepts(row.session),
  );
  const noted = rows.find((row) => row.session === notesOf && fits(row));
  const latest = left ?? noted;
  if (latest === undefined) return null;
  return {
    ...readHandoff(left?.value ?? null),
    notes: readHandoff(noted?.value ?? null).notes.filter(({ at }) => at >= now - handoffKeptMs),
    sessionId: left?.session ?? null,
    place: latest.place,
    taskId: latest.task,
    at: latest.at,
  };
}

/** Replaces the items of Claude Code's own list in the session's handoffs. */
export function saveUnfinished(
  db: Sqlite,
  session: string,
  list: Pick<Handoff, "unfinished" | "unfinishedCount">,
): void {
  const rowsOfSession = "SELECT project, place, value FROM handoffs WHERE session = ?";
  const update = "UPDATE handoffs SET value = ? WHERE project = ? AND place = ? AND session = ?";
  writing(db, () => {
    for (const row of queryRows<Row & { project: string }>(db, rowsOfSession, session)) {
      const { unfinished: _, unfinishedCount: __, ...rest } = readHandoff(row.value);
      const value = handoffJson({ ...rest, ...list }, "session");
      run(db, update, value, row.project, row.place, session);
    }
  });
}

export function clearHandoffs(db: Sqlite): void {
  if (queryValue(db, "SELECT 1 FROM handoffs LIMIT 1") !== undefined)
    writing(db, () => run(db, "DELETE FROM handoffs"));
}
