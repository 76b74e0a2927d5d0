// An invented next migration of the store, for tests of migration itself.

import { sql } from "kysely";
import type { StoreConnection, StoreKind } from "../../src/store/database/connection.ts";
import { openStoreDatabase } from "../../src/store/database/database.ts";
import { createMigrations, type Migrations } from "../../src/store/database/migrations.ts";

/** Adds `tasks.initial`, the first letter of the title. */
export const withSecondMigration = (kind: StoreKind): Migrations => ({
  ...createMigrations(kind),
  "003-initials": {
    up: async (db) => {
      await sql`alter table tasks add column initial text`.execute(db);
      await sql`update tasks set initial = substr(title, 1, 1)`.execute(db);
    },
  },
});

/** Opens an SQLite store with both migrations. */
export const openMigrated = (file: string): Promise<StoreConnection> =>
  openStoreDatabase(file, withSecondMigration("sqlite"));
