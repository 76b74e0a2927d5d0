// A key for a server that nobody could sign in to otherwise, so that its port is never open to other users of this machine.

import { keepServerKey, keptServerKeys } from "../config/server-keys.ts";
import { SitrepError } from "../core/errors.ts";
import type { ApiKeys } from "../store/api-keys.ts";
import { createKey, findKey, hashKey } from "./access/keys.ts";
import { localPrincipal } from "./principal.ts";

export interface FirstKey {
  readonly key: string;
  readonly isNew: boolean;
}

async function findKept(keys: ApiKeys, folder: string): Promise<FirstKey | null> {
  for (const key of keptServerKeys(folder)) {
    // oxlint-disable-next-line no-await-in-loop -- usually one key, rarely two
    if ((await findKey(keys, key)) !== null) return { key, isNew: false };
  }
  return null;
}

/** The key that `folder` keeps for this store, or a new one; null if there are others. Throws what the store throws. */
export async function firstKey(keys: ApiKeys, folder: string): Promise<FirstKey | null> {
  const kept = await findKept(keys, folder);
  if (kept !== null || (await keys.list()).some(({ revokedAt }) => revokedAt === null)) return kept;
  const key = createKey();
  // Saved before it is in force: a key that nobody has would lock everybody out.
  keepServerKey(folder, key, null);
  const { organization, user, permissions } = localPrincipal;
  const holder = { name: "first", organization, user, permissions };
  const more = { mayActAs: false, inAnyOrganization: false, rateLimit: null, metadata: {} };
  try {
    await keys.add([{ ...holder, ...more, hash: hashKey(key) }], new Date());
    return { key, isNew: true };
  } catch (error) {
    // Another server on the same store added its key first.
    if (error instanceof SitrepError && error.code === "key-exists") return findKept(keys, folder);
    throw error;
  }
}
