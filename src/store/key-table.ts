// The table of API keys: never the keys themselves, only what tells one when it is shown.

import type { Kysely } from "kysely";

/** `id` is the beginning of the hash; permissions are JSON text; `act_as` is 0 or 1; instants are ISO 8601 in UTC. */
export interface KeyTable {
  id: string;
  hash: string;
  name: string;
  organization: string;
  user_id: string;
  permissions: string;
  act_as: number;
  created_at: string;
  revoked_at: string | null;
}

export async function createKeys(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("api_keys")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("hash", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("organization", "text", (column) => column.notNull())
    .addColumn("user_id", "text", (column) => column.notNull())
    .addColumn("permissions", "text", (column) => column.notNull())
    .addColumn("act_as", "integer", (column) => column.notNull())
    .addColumn("created_at", "text", (column) => column.notNull())
    .addColumn("revoked_at", "text")
    .execute();
}
