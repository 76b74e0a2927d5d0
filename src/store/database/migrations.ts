// The store's migrations, for SQLite and PostgreSQL. A released one is never edited, so this file and what it imports import no rules.

import { sql, type Kysely } from "kysely";
import { Migrator, type Migration } from "kysely/migration";
import type { StoreDatabase, StoreKind } from "./connection.ts";
import { countTriggers } from "./count-triggers.ts";
import { commentNotices, noticeTriggers } from "./notice-triggers.ts";

const tables = `
  create table tasks (
    organization text not null,
    project text not null,
    id text not null,
    title text not null,
    description text,
    status text not null,
    raw_status text,
    priority text not null,
    priority_rank integer not null,
    assignees text not null,
    labels text not null,
    due text,
    due_key text not null,
    created_at text not null,
    updated_at text not null,
    completed_at text,
    url text,
    branch text,
    parent text,
    depends_on text not null,
    held integer not null,
    category text,
    estimated_effort text,
    inputs text not null,
    outputs text not null,
    completion_notes text,
    primary key (organization, project, id));
  create index tasks_next on tasks
    (organization, project, status, held, priority_rank, due_key, created_at, id);
  create index tasks_by_age on tasks (organization, project, created_at, id);
  create index tasks_by_status_and_age on tasks (organization, project, status, created_at, id);
  create index tasks_by_id on tasks (organization, id);

  create table task_dependencies (
    organization text not null,
    project text not null,
    task_id text not null,
    depends_on text not null,
    primary key (organization, project, task_id, depends_on));
  create index task_dependencies_on on task_dependencies (organization, project, depends_on);

  create table task_history (
    seq integer primary key autoincrement,
    organization text not null,
    project text not null,
    change text not null,
    task_id text not null,
    at text not null,
    author text,
    before text,
    is_undo integer not null,
    is_undone integer not null);
  create index task_history_by_task on task_history (organization, project, task_id, seq);
  create index task_history_latest on task_history (organization, project, seq);
  create index task_history_by_change on task_history (organization, project, change);
  create index task_history_by_age on task_history (at);

  create table ids (
    organization text not null,
    project text not null,
    type text not null,
    last integer not null,
    primary key (organization, project, type));
  create table id_reservations (
    id text primary key,
    organization text not null,
    project text not null,
    type text not null,
    first integer not null,
    last integer not null,
    reserved_by text not null,
    created_at text not null,
    expires_at text not null);
  create index id_reservations_by_end on id_reservations (expires_at);

  create table tickets (
    organization text not null,
    id text not null,
    title text not null,
    description text not null,
    status text not null,
    category text not null,
    priority text not null,
    created_by text not null,
    created_at text not null,
    updated_at text not null,
    search_text text not null,
    primary key (organization, id));
  create index tickets_by_age on tickets (organization, created_at, id);

  create table api_keys (
    id text primary key,
    hash text not null,
    name text not null,
    organization text not null,
    user_id text not null,
    permissions text not null,
    act_as integer not null,
    created_at text not null,
    revoked_at text,
    rate_limit text,
    metadata text not null)`;

/** Text is compared bytewise on PostgreSQL too: its default collation depends on the machine. */
const inPostgres = (ddl: string): string =>
  ddl
    .replaceAll("integer primary key autoincrement", "bigserial primary key")
    .replaceAll(/\btext\b/g, 'text collate "C"');

async function run(
  db: Kysely<unknown>,
  kind: StoreKind,
  ddl: string,
  more: readonly string[],
): Promise<void> {
  const statements = (kind === "postgres" ? inPostgres(ddl) : ddl).split(";");
  // oxlint-disable-next-line no-await-in-loop -- in order
  for (const statement of [...statements, ...more]) await sql.raw(statement).execute(db);
}

const createTables = (db: Kysely<unknown>, kind: StoreKind): Promise<void> =>
  run(db, kind, tables, [...countTriggers(kind), ...(kind === "postgres" ? noticeTriggers : [])]);

/** The board's tables: its sessions, and comments on tasks. */
const boardTables = `
  create table web_sessions (
    id text primary key,
    principal text not null,
    expires_at text not null);
  create index web_sessions_by_end on web_sessions (expires_at);

  create table task_comments (
    id text primary key,
    organization text not null,
    project text not null,
    task_id text not null,
    at text not null,
    author text,
    body text not null);
  create index task_comments_by_task on task_comments (organization, project, task_id, at);

  create index tasks_completed on tasks (organization, project, (coalesce(completed_at, updated_at)))
    where status = 'completed'`;

const createBoardTables = (db: Kysely<unknown>, kind: StoreKind): Promise<void> =>
  run(db, kind, boardTables, kind === "postgres" ? commentNotices : []);

/** By name, in order; the store keeps the names. */
export type Migrations = Readonly<Record<string, Migration>>;

export const createMigrations = (kind: StoreKind): Migrations => ({
  "001-tables": { up: (db) => createTables(db, kind) },
  "002-board": { up: (db) => createBoardTables(db, kind) },
});

/** Runs the migrations that the database has not had. Of several processes that start at once, one migrates. */
export async function runMigrations(db: StoreDatabase, migrations: Migrations): Promise<void> {
  const provider = { getMigrations: async () => migrations };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error !== undefined) throw error;
}
