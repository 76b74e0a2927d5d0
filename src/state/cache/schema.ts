// The tables of cache.db, as migrations by `user_version`. A migration is only ever added, never edited; `currentSchema`
// counts them. Hooks read the version and never migrate: the build leaves the tables out of their bundles.

import { SitrepError } from "../../core/errors.ts";
import { writing, type Sqlite } from "../sqlite/sqlite.ts";

/** What this version reads and writes: the number of migrations. */
export const currentSchema = 7;

/** Throws when the file's schema is not the one that this version reads: `cache-newer` or `database-unreadable`. */
export function requireSchema(db: Sqlite): void {
  const version = schemaVersion(db);
  if (version === currentSchema) return;
  if (version > currentSchema) throw newer(db.name, version);
  throw new SitrepError("database-unreadable", `${db.name} has an older schema (${version}).`, {
    hint: 'Run "sitrep start": the monitor brings it up to date.',
  });
}

export function schemaVersion(db: Sqlite): number {
  return Number(db.pragma("user_version", { simple: true }));
}

export function newer(file: string, version: number): SitrepError {
  return new SitrepError(
    "cache-newer",
    `${file} was written by a newer Sitrep (schema ${version}, this one knows ${currentSchema}).`,
    { hint: 'Install the newer version again, or remove the cache with "sitrep cache clear".' },
  );
}

const migrations = [
  `
  CREATE TABLE projects (
    path TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    last_seen INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- One answer of one source for one project. The key is all that an answer depends on.
  CREATE TABLE task_snapshots (
    id INTEGER PRIMARY KEY,
    project TEXT NOT NULL,
    source TEXT NOT NULL,
    origin TEXT NOT NULL,
    subject TEXT NOT NULL,
    query TEXT NOT NULL,
    position INTEGER,            -- order among the configured sources; NULL: no longer configured
    fetched_at INTEGER,          -- NULL: never answered
    counts TEXT NOT NULL,
    failure TEXT,
    UNIQUE (project, source, origin, subject, query)
  ) STRICT;

  CREATE TABLE tasks (
    snapshot INTEGER NOT NULL REFERENCES task_snapshots (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    status TEXT NOT NULL,
    priority_rank INTEGER NOT NULL,
    due_at INTEGER,
    created_at TEXT NOT NULL,    -- '~', which comes last, where it is not known
    branch TEXT,
    value TEXT NOT NULL,
    PRIMARY KEY (snapshot, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tasks_by_rank ON tasks (snapshot, status, priority_rank, created_at);
  CREATE INDEX tasks_by_due ON tasks (snapshot, status, due_at) WHERE due_at IS NOT NULL;
  CREATE INDEX tasks_by_branch ON tasks (snapshot, branch) WHERE branch IS NOT NULL;

  CREATE TABLE task_changes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    project TEXT NOT NULL,
    source TEXT NOT NULL,
    task_id TEXT NOT NULL,
    before TEXT,
    after TEXT,
    at INTEGER NOT NULL,
    by_session TEXT              -- the session whose own command made the change
  ) STRICT;
  CREATE INDEX task_changes_by_project ON task_changes (project, seq);

  CREATE TABLE git_states (
    worktree TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    value TEXT,                  -- NULL: never read
    read_at INTEGER,
    failure TEXT
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    worktree TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    told_at INTEGER NOT NULL,
    briefed_at INTEGER NOT NULL, -- its last brief; news found before that is covered by it
    told_seq INTEGER NOT NULL,   -- the last change in task_changes that it knows
    told_git TEXT,
    told_sources TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sessions_by_project ON sessions (project, last_seen);

  -- Free keys, and what a server says of a project on a branch.
  CREATE TABLE entries (
    key TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    stored_at INTEGER NOT NULL,
    ttl_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE requests (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    project TEXT,
    at INTEGER NOT NULL
  ) STRICT;
  `,
  `
  ALTER TABLE sessions ADD COLUMN ended_at INTEGER;
  ALTER TABLE sessions ADD COLUMN told_peers TEXT NOT NULL DEFAULT '[]';

  -- What each session was told, word for word.
  CREATE TABLE tellings (
    id INTEGER PRIMARY KEY,
    session TEXT NOT NULL,
    project TEXT,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    cause TEXT NOT NULL,
    text TEXT NOT NULL,
    data TEXT NOT NULL           -- how old what it was made from was
  ) STRICT;
  CREATE INDEX tellings_by_session ON tellings (session);
  `,
  `
  ALTER TABLE task_snapshots ADD COLUMN notes TEXT;                          -- what the answer says beside its tasks
  ALTER TABLE task_snapshots ADD COLUMN fallback INTEGER NOT NULL DEFAULT 0; -- 1: shown only while the others fail
  `,
  `
  ALTER TABLE sessions RENAME COLUMN told_at TO delivered_at;
  ALTER TABLE sessions RENAME COLUMN told_seq TO delivered_seq;
  ALTER TABLE sessions RENAME COLUMN told_git TO delivered_git;
  ALTER TABLE sessions RENAME COLUMN told_sources TO delivered_sources;
  ALTER TABLE sessions RENAME COLUMN told_peers TO delivered_peers;
  ALTER TABLE tellings RENAME TO deliveries;
  DROP INDEX tellings_by_session;
  CREATE INDEX deliveries_by_session ON deliveries (session);
  `,
  `
  ALTER TABLE tasks ADD COLUMN assignee TEXT;     -- the first of them, in one spelling
  UPDATE tasks SET assignee = lower(ltrim(trim(json_extract(value, '$.assignees[0]')), '@'));
  CREATE INDEX tasks_by_owner ON tasks (snapshot, status, assignee, priority_rank, created_at);
  CREATE INDEX tasks_by_owner_due ON tasks (snapshot, status, assignee, due_at) WHERE due_at IS NOT NULL;
  `,
  `
  ALTER TABLE sessions ADD COLUMN transcript TEXT;

  -- What sessions left for the next one.
  CREATE TABLE handoffs (
    project TEXT NOT NULL,
    place TEXT NOT NULL,         -- the branch, or the working tree where none is checked out
    session TEXT NOT NULL,       -- '': the notes of the branch
    task TEXT,
    at INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (project, place, session)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE sessions ADD COLUMN briefed_seq INTEGER NOT NULL DEFAULT 0;       -- the last change that its last brief covered
  ALTER TABLE sessions ADD COLUMN briefed_git TEXT;                             -- NULL: as delivered_git
  ALTER TABLE sessions ADD COLUMN delivered_tasks TEXT NOT NULL DEFAULT '{}';   -- named by news since, by their last change
  UPDATE sessions SET briefed_seq = delivered_seq;
  `,
] as const satisfies readonly string[] & { length: typeof currentSchema };

/** Brings the file to the current schema; does nothing when it is there. Throws `cache-newer`. */
export function migrate(db: Sqlite): void {
  if (schemaVersion(db) === currentSchema) return;
  writing(db, () => {
    const version = schemaVersion(db);
    if (version > currentSchema) throw newer(db.name, version);
    for (const sql of migrations.slice(version)) db.exec(sql);
    db.pragma(`user_version = ${currentSchema}`);
  });
}
