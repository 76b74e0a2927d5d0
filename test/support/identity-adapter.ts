// The in-memory storage of the tests' OpenID provider, so that a test can revoke what the provider issued.

import type { Adapter, AdapterPayload, ClientMetadata } from "oidc-provider";

export interface IdentityMemory {
  /** The storage adapter for the provider's configuration. */
  readonly adapter: (model: string) => Adapter;
  /** The clients by client id. */
  readonly clients: Map<string, ClientMetadata>;
  /** Revokes everything of this kind, as an administrator can. */
  forgetAll(model: "RefreshToken" | "AccessToken" | "Grant" | "Session"): void;
}

/** Creates a storage that contains only `clients`. */
export function createIdentityMemory(clients: readonly ClientMetadata[]): IdentityMemory {
  const kept = new Map<string, Map<string, AdapterPayload>>();
  const known = new Map(clients.map((client) => [client.client_id, client]));

  const rowsOf = (model: string): Map<string, AdapterPayload> => {
    const rows = kept.get(model) ?? new Map<string, AdapterPayload>();
    kept.set(model, rows);
    return rows;
  };

  const adapter = (model: string): Adapter => {
    const rows = rowsOf(model);
    const findBy = (name: "userCode" | "uid", value: string): AdapterPayload | undefined =>
      [...rows.values()].find((row) => row[name] === value);
    return {
      upsert: async (id, row) => {
        if (model === "Client") known.set(id, row as ClientMetadata);
        else rows.set(id, row);
      },
      find: async (id) => (model === "Client" ? known.get(id) : rows.get(id)) as AdapterPayload,
      findByUserCode: async (code) => findBy("userCode", code),
      findByUid: async (uid) => findBy("uid", uid),
      consume: async (id) => {
        const row = rows.get(id);
        if (row !== undefined) row.consumed = Math.floor(Date.now() / 1000);
      },
      destroy: async (id) => void rows.delete(id),
      revokeByGrantId: async (grantId) => {
        for (const [id, row] of rows) if (row.grantId === grantId) rows.delete(id);
      },
    };
  };

  return { adapter, clients: known, forgetAll: (model) => rowsOf(model).clear() };
}
