// The board's sessions, in the store, so that all servers on it share them. Only the hash of a session's id is stored.

import { withStoreError, type StoreConnection } from "./database/connection.ts";

// oxlint-disable-next-line typescript/consistent-type-definitions -- Kysely needs an index signature
type SessionTables = { web_sessions: { id: string; principal: string; expires_at: string } };

export interface WebSessions {
  /** `principal`: JSON text. */
  add(hash: string, principal: string, expiresAt: Date): Promise<void>;
  /** Null for an unknown or expired session. */
  find(hash: string, now: Date): Promise<{ principal: string } | null>;
  remove(hash: string): Promise<void>;
}

/** These throw the store's errors. */
export function createWebSessions(
  store: Pick<StoreConnection, "db" | "write" | "errorOf">,
): WebSessions {
  const guarded = <T>(work: Promise<T>): Promise<T> =>
    withStoreError(store as StoreConnection, work);
  return {
    add: (hash, principal, expiresAt) =>
      guarded(
        store.write(async (trx) => {
          const db = trx.withTables<SessionTables>();
          const row = { id: hash, principal, expires_at: expiresAt.toISOString() };
          await db.insertInto("web_sessions").values(row).execute();
          const now = new Date().toISOString();
          await db.deleteFrom("web_sessions").where("expires_at", "<", now).execute();
        }),
      ),
    find: async (hash, now) => {
      const rows = store.db.withTables<SessionTables>().selectFrom("web_sessions");
      const found = rows.select("principal").where("id", "=", hash);
      const live = found.where("expires_at", ">", now.toISOString());
      return (await guarded(live.executeTakeFirst())) ?? null;
    },
    remove: (hash) =>
      guarded(
        store.write(async (trx) => {
          const db = trx.withTables<SessionTables>();
          await db.deleteFrom("web_sessions").where("id", "=", hash).execute();
        }),
      ),
  };
}
