// The store's migrations. They run on SQLite and PostgreSQL, are only ever added, and must give the same tables for ever:
// so this file imports no rules.

import { sql, type CreateTableBuilder, type Kysely, type RawBuilder } from "kysely";
import type { Migration } from "kysely/migration";
import type { StoreKind } from "./connection.ts";
import { countTasks } from "./migration-counts.ts";
import { tellChanges } from "./migration-servers.ts";

type Type = "text" | RawBuilder<unknown>;

/** Bytewise on PostgreSQL too: its own order of texts depends on the machine. */
const textOf = (kind: StoreKind): Type => (kind === "postgres" ? sql`text collate "C"` : "text");

/** 001: the tables of the first version. */
async function createTasks(db: Kysely<unknown>): Promise<void> {
  let table = db.schema
    .createTable("tasks")
    .addColumn("project", "text", (column) => column.notNull())
    .addColumn("id", "text", (column) => column.notNull());
  const needed = ["title", "status", "priority", "assignees", "labels", "created_at", "updated_at"];
  for (const name of [...needed, "depends_on", "inputs", "outputs"]) {
    table = table.addColumn(name, "text", (column) => column.notNull());
  }
  const optional = [
    "description",
    "due",
    "completed_at",
    "url",
    "branch",
    "parent",
    "category",
    "raw_status",
  ];
  for (const name of [...optional, "estimated_effort", "completion_notes"]) {
    table = table.addColumn(name, "text");
  }
  await table.addPrimaryKeyConstraint("tasks_key", ["project", "id"]).execute();
  await db.schema
    .createIndex("tasks_by_status")
    .on("tasks")
    .columns(["project", "status"])
    .execute();
  await db.schema
    .createTable("ids")
    .addColumn("project", "text", (column) => column.notNull())
    .addColumn("type", "text", (column) => column.notNull())
    .addColumn("last", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("ids_key", ["project", "type"])
    .execute();
}

type Columns = readonly string[];

const columns = (names: string): Columns => names.split(" ");

function makeTable(
  db: Kysely<unknown>,
  name: string,
  type: Type,
  { needed, optional = [] }: { needed: Columns; optional?: Columns },
): CreateTableBuilder<string, string> {
  // A process of the version before may still be writing: it knows no organisation.
  let table: CreateTableBuilder<string, string> = db.schema
    .createTable(name)
    .addColumn("organization", type, (column) => column.notNull().defaultTo(""));
  for (const one of needed) table = table.addColumn(one, type, (column) => column.notNull());
  for (const one of optional) table = table.addColumn(one, type);
  return table;
}

const taskColumns = {
  needed: columns(
    "project id title status priority assignees labels created_at updated_at depends_on inputs outputs",
  ),
  optional: columns(
    "description due completed_at url branch parent category raw_status estimated_effort completion_notes",
  ),
};

async function rebuildTasks(db: Kysely<unknown>, text: Type): Promise<void> {
  await makeTable(db, "new_tasks", text, taskColumns)
    .addColumn("priority_rank", "integer", (column) => column.notNull().defaultTo(4))
    .addColumn("due_key", text, (column) => column.notNull().defaultTo("~"))
    .addColumn("held", "integer", (column) => column.notNull().defaultTo(0))
    .addPrimaryKeyConstraint("tasks_organization_key", ["organization", "project", "id"])
    .execute();
  const kept = sql.join(
    [...taskColumns.needed, ...taskColumns.optional].map((name) => sql.ref(name)),
  );
  await sql`
    insert into new_tasks (${kept}, priority_rank, due_key)
    select ${kept},
      case priority when 'urgent' then 0 when 'high' then 1 when 'medium' then 2 when 'low' then 3 else 4 end,
      coalesce(due, '~')
    from tasks`.execute(db);
  await db.schema.dropTable("tasks").execute();
  await db.schema.alterTable("new_tasks").renameTo("tasks").execute();
}

async function indexTasks(db: Kysely<unknown>): Promise<void> {
  const scope = ["organization", "project"];
  const indexes: Record<string, Columns> = {
    tasks_next: [...scope, "status", "held", "priority_rank", "due_key", "created_at", "id"],
    tasks_by_age: [...scope, "created_at", "id"],
    tasks_by_status_and_age: [...scope, "status", "created_at", "id"],
    tasks_completed: [...scope, "completed_at"],
    tasks_by_id: ["organization", "id"],
  };
  for (const [name, indexed] of Object.entries(indexes)) {
    await db.schema
      .createIndex(name)
      .on("tasks")
      .columns([...indexed])
      .execute();
  }
}

async function createDependencies(db: Kysely<unknown>, text: Type, kind: StoreKind): Promise<void> {
  await makeTable(db, "task_dependencies", text, {
    needed: ["project", "task_id", "depends_on"],
  })
    .addPrimaryKeyConstraint("task_dependencies_key", [
      "organization",
      "project",
      "task_id",
      "depends_on",
    ])
    .execute();
  await db.schema
    .createIndex("task_dependencies_on")
    .on("task_dependencies")
    .columns(["organization", "project", "depends_on"])
    .execute();
  // Only the embedded store, which is SQLite, has tasks from before.
  if (kind !== "sqlite") return;
  await sql`
    insert or ignore into task_dependencies (organization, project, task_id, depends_on)
    select tasks.organization, tasks.project, tasks.id, json_each.value
    from tasks, json_each(case when json_valid(tasks.depends_on) then tasks.depends_on else '[]' end)
    where json_each.type = 'text' and json_each.value <> tasks.id`.execute(db);
  await sql`
    update tasks set held = 1
    where status = 'pending' and exists (
      select 1 from task_dependencies as d join tasks as blocker
        on blocker.organization = d.organization and blocker.project = d.project and blocker.id = d.depends_on
      where d.organization = tasks.organization and d.project = tasks.project and d.task_id = tasks.id
        and blocker.status not in ('completed', 'cancelled'))`.execute(db);
}

async function rebuildIds(db: Kysely<unknown>, text: Type): Promise<void> {
  await makeTable(db, "new_ids", text, { needed: ["project", "type"] })
    .addColumn("last", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("ids_organization_key", ["organization", "project", "type"])
    .execute();
  await sql`insert into new_ids (project, type, last) select project, type, last from ids`.execute(
    db,
  );
  await db.schema.dropTable("ids").execute();
  await db.schema.alterTable("new_ids").renameTo("ids").execute();
  await makeTable(db, "id_reservations", text, {
    needed: ["id", "project", "type", "reserved_by", "created_at", "expires_at"],
  })
    .addColumn("first", "integer", (column) => column.notNull())
    .addColumn("last", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("id_reservations_key", ["id"])
    .execute();
  await db.schema
    .createIndex("id_reservations_by_end")
    .on("id_reservations")
    .columns(["expires_at"])
    .execute();
}

async function createTickets(db: Kysely<unknown>, text: Type): Promise<void> {
  await makeTable(db, "tickets", text, {
    needed: columns(
      "id title description status category priority created_by created_at updated_at search_text",
    ),
  })
    .addPrimaryKeyConstraint("tickets_key", ["organization", "id"])
    .execute();
  await db.schema
    .createIndex("tickets_by_age")
    .on("tickets")
    .columns(["organization", "created_at", "id"])
    .execute();
}

/**
 * 002: organisations, dependencies as rows, the order of the next task, reservations and tickets. A key cannot be
 * changed in SQLite: the tables are made anew and filled.
 */
async function addOrganizations(db: Kysely<unknown>, kind: StoreKind): Promise<void> {
  const text = textOf(kind);
  await rebuildTasks(db, text);
  await indexTasks(db);
  await createDependencies(db, text, kind);
  await rebuildIds(db, text);
  await createTickets(db, text);
}

const keyColumns = ["hash", "name", "organization", "user_id", "permissions", "created_at"];

/** 003: the table of API keys: never the keys themselves, only what a shown one is compared with. */
async function createKeys(db: Kysely<unknown>, kind: StoreKind): Promise<void> {
  const type = textOf(kind);
  let table = db.schema
    .createTable("api_keys")
    .addColumn("id", type, (column) => column.primaryKey())
    .addColumn("act_as", "integer", (column) => column.notNull())
    .addColumn("revoked_at", type);
  for (const name of keyColumns) table = table.addColumn(name, type, (column) => column.notNull());
  await table.execute();
}

/** 004: what a key's holder may ask, and what is noted of it. */
async function addKeyLimits(db: Kysely<unknown>, kind: StoreKind): Promise<void> {
  for (const name of ["rate_limit", "metadata"]) {
    // oxlint-disable-next-line no-await-in-loop -- SQLite adds one column at a time
    await db.schema.alterTable("api_keys").addColumn(name, textOf(kind)).execute();
  }
}

/** 005: what became of tasks, and what they were before. */
async function createHistory(db: Kysely<unknown>, kind: StoreKind): Promise<void> {
  const text = textOf(kind);
  await makeTable(db, "task_history", text, {
    needed: ["project", "change", "task_id", "at"],
    optional: ["author", "before", "became"],
  })
    .addColumn("seq", kind === "postgres" ? "bigserial" : "integer", (column) =>
      kind === "postgres" ? column.primaryKey() : column.primaryKey().autoIncrement(),
    )
    .addColumn("is_undo", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("is_undone", "integer", (column) => column.notNull().defaultTo(0))
    .execute();
  const scope = ["organization", "project"];
  const indexes: Record<string, Columns> = {
    task_history_by_task: [...scope, "task_id", "seq"],
    task_history_latest: [...scope, "is_undo", "is_undone", "seq"],
    task_history_by_change: [...scope, "change"],
    task_history_by_age: ["at"],
  };
  for (const [name, indexed] of Object.entries(indexes)) {
    await db.schema
      .createIndex(name)
      .on("task_history")
      .columns([...indexed])
      .execute();
  }
}

/** By name, in order; the name is what a store remembers. */
export const migrationsFor = (kind: StoreKind): Record<string, Migration> => ({
  "001-tasks": { up: createTasks },
  "002-organizations": { up: (db) => addOrganizations(db, kind) },
  "003-keys": { up: (db) => createKeys(db, kind) },
  "004-key-limits": { up: (db) => addKeyLimits(db, kind) },
  "005-history": { up: (db) => createHistory(db, kind) },
  ...(kind === "postgres" ? { "006-servers": { up: tellChanges } } : {}),
  "007-counts": { up: (db) => countTasks(db, kind) },
});
