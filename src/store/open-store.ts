// Opens the store that a setting names: a file (SQLite) or the address of a PostgreSQL server.

import type { StoreConnection } from "./connection.ts";
import { openStoreDatabase } from "./database.ts";

/** `url`: `postgres://user@host/database`, as in `DATABASE_URL`. */
export type StoreAddress = { readonly file: string } | { readonly url: string };

/** Made and migrated when needed. Throws `store-busy`, `store-unreachable` or `store-unreadable`. */
export async function openStore(address: StoreAddress): Promise<StoreConnection> {
  if ("file" in address) return await openStoreDatabase(address.file);
  // Loaded when it is asked for: the embedded store needs no driver of a server.
  const { openPostgresStore } = await import("./postgres.ts");
  return await openPostgresStore(address.url);
}
