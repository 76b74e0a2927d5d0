// The tables of the task store, as migrations that run on SQLite and PostgreSQL. A migration is only ever added.

import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import { createKeys } from "./key-table.ts";
import type { KeyTable } from "./key-table.ts";

/** Lists are JSON text; instants are ISO 8601 in UTC. */
export interface TaskTable {
  project: string;
  id: string;
  title: string;
  description: string | null;
  status: string;
  raw_status: string | null;
  priority: string;
  assignees: string;
  labels: string;
  due: string | null;
  created_at: string;
  updated_at: string;
  completed_at: string | null;
  url: string | null;
  branch: string | null;
  parent: string | null;
  depends_on: string;
  category: string | null;
  estimated_effort: string | null;
  inputs: string;
  outputs: string;
  completion_notes: string | null;
}

/** The last number given out for a kind of id, by project. */
interface IdTable {
  project: string;
  type: string;
  last: number;
}

export interface StoreTables {
  tasks: TaskTable;
  ids: IdTable;
  api_keys: KeyTable;
}

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

export const migrations: Record<string, Migration> = {
  "001-tasks": { up: createTasks },
  "003-keys": { up: createKeys },
};
