// A released migration is never edited. Hooks only read the version: their bundles lack the tables.

import { SitrepError } from "../../core/errors.ts";
import { writing, type Sqlite } from "../sqlite/sqlite.ts";

/** The number of migrations, and the schema that this version reads and writes. */
export const currentSchema = 1;

/** Throws when the file's schema is not the current one: `cache-newer` or `database-unreadable`. */
export function requireSchema(db: Sqlite): void {
  const version = schemaVersion(db);
  if (version === currentSchema) return;
  if (version > currentSchema) throw newer(db.name, version, currentSchema);
  throw new SitrepError("database-unreadable", `${db.name} has an older schema (${version}).`, {
    hint: 'Run "sitrep start": the monitor updates it.',
  });
}

export function schemaVersion(db: Sqlite): number {
  return Number(db.pragma("user_version", { simple: true }));
}

const newer = (file: string, version: number, known: number): SitrepError =>
  new SitrepError(
    "cache-newer",
    `${file} was written by a newer Sitrep (schema ${version}; this version supports up to ${known}).`,
    { hint: 'Install the newer version again, or remove the cache with "sitrep cache clear".' },
  );

const migrations = [
  `
  CREATE TABLE projects (
    path TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    last_seen INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- One response of one source for one project. The key has everything that a response depends on.
  CREATE TABLE task_snapshots (
    id INTEGER PRIMARY KEY,
    project TEXT NOT NULL,
    source TEXT NOT NULL,
    origin TEXT NOT NULL,
    subject TEXT NOT NULL,
    position INTEGER,            -- order among the configured sources; NULL: no longer configured
    fallback INTEGER NOT NULL,   -- 1: shown only while the others fail
    fetched_at INTEGER,          -- NULL: never answered
    counts TEXT NOT NULL,
    notes TEXT,                  -- what the response says besides its tasks
    failure TEXT,
    UNIQUE (project, source, origin, subject)
  ) STRICT;

  CREATE TABLE tasks (
    snapshot INTEGER NOT NULL REFERENCES task_snapshots (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    status TEXT NOT NULL,
    priority_rank INTEGER NOT NULL,
    due_at INTEGER,
    created_at TEXT NOT NULL,    -- '~', which sorts last, when unknown
    branch TEXT,
    assignee TEXT,               -- the first one, as personKey spells it
    value TEXT NOT NULL,
    PRIMARY KEY (snapshot, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tasks_by_rank ON tasks (snapshot, status, priority_rank, created_at);
  CREATE INDEX tasks_by_rank_due ON tasks (snapshot, status, due_at) WHERE due_at IS NOT NULL;
  CREATE INDEX tasks_by_branch ON tasks (snapshot, branch) WHERE branch IS NOT NULL;
  CREATE INDEX tasks_by_owner ON tasks (snapshot, status, assignee, priority_rank, created_at);
  CREATE INDEX tasks_by_owner_due ON tasks (snapshot, status, assignee, due_at) WHERE due_at IS NOT NULL;

  CREATE TABLE task_changes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    project TEXT NOT NULL,
    source TEXT NOT NULL,
    tree TEXT,                   -- the working tree whose files changed; NULL: the same for all
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
    transcript TEXT,
    started_at INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    ended_at INTEGER,
    briefed_at INTEGER NOT NULL, -- its last brief, which covers earlier news
    briefed_seq INTEGER NOT NULL, -- the last change in task_changes that this brief covered
    briefed_git TEXT,            -- NULL: as in delivered
    delivered_at INTEGER NOT NULL,
    delivered_seq INTEGER NOT NULL, -- the last change in task_changes that the session knows
    delivered TEXT NOT NULL,     -- what it knows of git, sources and other sessions
    reported_tasks TEXT NOT NULL -- named by news since its last brief, by their last change
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sessions_by_project ON sessions (project, last_seen);

  -- What each session read, word for word.
  CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY,
    session TEXT NOT NULL,
    project TEXT,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    cause TEXT NOT NULL,
    text TEXT NOT NULL,
    data TEXT NOT NULL           -- the age of what it was made from
  ) STRICT;
  CREATE INDEX deliveries_by_session ON deliveries (session);

  -- What sessions left for the next one.
  CREATE TABLE handoffs (
    project TEXT NOT NULL,
    place TEXT NOT NULL,         -- the branch, or the working tree when detached
    session TEXT NOT NULL,       -- '': the notes of the branch
    task TEXT,
    at INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (project, place, session)
  ) STRICT, WITHOUT ROWID;

  -- Free keys, settings, and what a server says of a project on a branch.
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
] as const satisfies readonly string[] & { length: typeof currentSchema };

/** Runs the migrations that the file has not had. Throws `cache-newer`. `all`: others than ours, in a test. */
export function migrate(db: Sqlite, all: readonly string[] = migrations): void {
  if (schemaVersion(db) === all.length) return;
  writing(db, () => {
    const version = schemaVersion(db);
    if (version > all.length) throw newer(db.name, version, all.length);
    for (const sql of all.slice(version)) db.exec(sql);
    db.pragma(`user_version = ${all.length}`);
  });
}
