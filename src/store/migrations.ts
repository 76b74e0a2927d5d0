// The store's versions. They run on SQLite and PostgreSQL and are only ever added.

import type { Migration } from "kysely/migration";
import { createTasks } from "./migrations/001-tasks.ts";
import { addOrganizations } from "./migrations/002-organizations.ts";
import { createKeys } from "./migrations/003-keys.ts";
import type { StoreKind } from "./schema.ts";

/** By name, in order; the name is what a store remembers. */
export const migrationsFor = (kind: StoreKind): Record<string, Migration> => ({
  "001-tasks": { up: createTasks },
  "002-organizations": { up: (db) => addOrganizations(db, kind) },
  "003-keys": { up: (db) => createKeys(db, kind) },
});
