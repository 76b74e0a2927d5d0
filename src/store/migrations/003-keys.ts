// The table of API keys: never the keys themselves, only what tells one when it is shown.

import { sql } from "kysely";
import type { Kysely } from "kysely";
import type { StoreKind } from "../schema.ts";

const texts = ["hash", "name", "organization", "user_id", "permissions", "created_at"];

export async function createKeys(db: Kysely<unknown>, kind: StoreKind): Promise<void> {
  // Bytewise on PostgreSQL too, as the other tables.
  const type = kind === "postgres" ? sql`text collate "C"` : "text";
  let table = db.schema
    .createTable("api_keys")
    .addColumn("id", type, (column) => column.primaryKey())
    .addColumn("act_as", "integer", (column) => column.notNull())
    .addColumn("revoked_at", type);
  for (const name of texts) table = table.addColumn(name, type, (column) => column.notNull());
  await table.execute();
}
