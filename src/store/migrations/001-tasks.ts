// The tables of the first version.

import type { Kysely } from "kysely";

export async function createTasks(db: Kysely<unknown>): Promise<void> {
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
