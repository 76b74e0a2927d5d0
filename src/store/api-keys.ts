// The API keys of the task server, as rows of the store. What comes in and goes out here is a hash, never a key.

import { sql, type Selectable } from "kysely";
import { SitrepError } from "../core/errors.ts";
import { parseObject, readNumber, readStrings } from "../core/read.ts";
import { orStoreError } from "./database/connection.ts";
import type { KeyTable, StoreConnection, StoreDatabase } from "./database/connection.ts";
import { inGroups } from "./database/write-batches.ts";

/** So many requests in so many seconds. */
export interface RateLimit {
  readonly requests: number;
  readonly seconds: number;
}

/** Whom a key stands for. */
export interface KeyHolder {
  /** Unique among the keys that are in force. */
  readonly name: string;
  readonly organization: string;
  readonly user: string;
  readonly permissions: readonly string[];
  /** True when it may name another user and organisation for each request. */
  readonly mayActAs: boolean;
  /** True when that organisation may be another than its own. */
  readonly inAnyOrganization: boolean;
  /** Null: as every user of the server. */
  readonly rateLimit: RateLimit | null;
  /** What people note of it; nothing depends on it. */
  readonly metadata: Readonly<Record<string, string>>;
}

type NewKey = KeyHolder & { readonly hash: string };

export interface ApiKey extends KeyHolder {
  /** The first 16 hexadecimal digits of the hash: tells keys apart, opens nothing. */
  readonly id: string;
  readonly createdAt: string;
  readonly revokedAt: string | null;
}

interface FoundKey {
  readonly key: ApiKey;
  readonly hash: string;
}

export interface ApiKeys {
  /** All or none. Throws `key-exists` for a name in force or a key that is there already. */
  add(keys: readonly NewKey[], now: Date): Promise<ApiKey[]>;
  /** Oldest first, revoked ones too. */
  list(): Promise<ApiKey[]>;
  /** The key in force with this id, and its whole hash to compare with; null when there is none. */
  find(id: string): Promise<FoundKey | null>;
  /** Ends the key of this name or id. Throws `key-unknown` when none is in force. */
  revoke(nameOrId: string, now: Date): Promise<ApiKey>;
  /** The organisations that keys in force or tasks are of. */
  organizations(): Promise<string[]>;
}

export const keyIdOf = (hash: string): string => hash.slice(0, 16);

function rateLimitIn(text: string | null): RateLimit | null {
  const from = parseObject(text);
  const [requests, seconds] = [readNumber(from?.["requests"]), readNumber(from?.["seconds"])];
  return requests === undefined || seconds === undefined ? null : { requests, seconds };
}

const textsIn = (text: string | null): Record<string, string> =>
  Object.fromEntries(
    Object.entries(parseObject(text) ?? {}).filter(
      (one): one is [string, string] => typeof one[1] === "string",
    ),
  );

/** `act_as` of a key that may name any organisation; 1 was that once, and now stands for its own. */
const actsInAny = 2;

const fromRow = (row: Selectable<KeyTable>): ApiKey => ({
  id: row.id,
  name: row.name,
  organization: row.organization,
  user: row.user_id,
  permissions: readStrings(JSON.parse(row.permissions)),
  mayActAs: row.act_as > 0,
  inAnyOrganization: row.act_as === actsInAny,
  rateLimit: rateLimitIn(row.rate_limit),
  metadata: textsIn(row.metadata),
  createdAt: row.created_at,
  revokedAt: row.revoked_at,
});

async function addOne(db: StoreDatabase, { hash, ...holder }: NewKey, now: Date): Promise<ApiKey> {
  const id = keyIdOf(hash);
  const same = await db
    .selectFrom("api_keys")
    .select("name")
    .where((eb) =>
      eb.or([
        eb("id", "=", id),
        eb.and([eb("name", "=", holder.name), eb("revoked_at", "is", null)]),
      ]),
    )
    .executeTakeFirst();
  if (same !== undefined) {
    throw new SitrepError("key-exists", `There is a key ${same.name} already.`, {
      hint: `Take another name or another key, or end that one: sitrep serve key revoke ${same.name}`,
    });
  }
  const row = await db
    .insertInto("api_keys")
    .values({
      id,
      hash,
      name: holder.name,
      organization: holder.organization,
      user_id: holder.user,
      permissions: JSON.stringify(holder.permissions),
      act_as: holder.inAnyOrganization ? actsInAny : Number(holder.mayActAs),
      created_at: now.toISOString(),
      revoked_at: null,
      rate_limit: holder.rateLimit === null ? null : JSON.stringify(holder.rateLimit),
      metadata: JSON.stringify(holder.metadata),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return fromRow(row);
}

async function revoke(db: StoreDatabase, nameOrId: string, now: Date): Promise<ApiKey> {
  const row = await db
    .updateTable("api_keys")
    .set({ revoked_at: now.toISOString() })
    .where("revoked_at", "is", null)
    .where((eb) => eb.or([eb("name", "=", nameOrId), eb("id", "=", nameOrId)]))
    .returningAll()
    .executeTakeFirst();
  if (row !== undefined) return fromRow(row);
  throw new SitrepError("key-unknown", `No key ${nameOrId} is in force.`, {
    hint: '"sitrep serve key list" shows the keys.',
  });
}

async function addAll(db: StoreDatabase, keys: readonly NewKey[], now: Date): Promise<ApiKey[]> {
  const added: ApiKey[] = [];
  // oxlint-disable-next-line no-await-in-loop -- the second of two with one name must see the first
  for (const key of keys) added.push(await addOne(db, key, now));
  return added;
}

async function list(db: StoreDatabase): Promise<ApiKey[]> {
  const rows = db.selectFrom("api_keys").selectAll().orderBy("created_at").orderBy("name");
  return (await rows.execute()).map(fromRow);
}

async function findAll(db: StoreDatabase, ids: readonly string[]): Promise<(FoundKey | null)[]> {
  const wanted = [...new Set(ids)];
  const [id = ""] = wanted;
  const keys = db.selectFrom("api_keys").selectAll().where("revoked_at", "is", null);
  const rows = await keys
    .where("id", "=", wanted.length === 1 ? id : sql<string>`any(${wanted})`)
    .execute();
  const found = new Map(rows.map((row) => [row.id, { key: fromRow(row), hash: row.hash }]));
  return ids.map((one) => found.get(one) ?? null);
}

/** Every request asks. On PostgreSQL those that ask while it answers others have one question together, asked after all of them. */
function createFind(store: StoreConnection): ApiKeys["find"] {
  const findSome = (ids: readonly string[]) => orStoreError(store, findAll(store.db, ids));
  if (store.kind === "sqlite") return async (id) => (await findSome([id]))[0] ?? null;
  return inGroups<string, FoundKey | null>({
    keyOf: () => "",
    sizeOf: () => 1,
    most: 100,
    write: async (ids) => (await findSome(ids)).map((value) => ({ status: "fulfilled", value })),
  });
}

async function organizations(db: StoreDatabase): Promise<string[]> {
  const found = await db
    .selectFrom("api_keys")
    .select("organization")
    .where("revoked_at", "is", null)
    .union(db.selectFrom("tasks").select("organization"))
    .orderBy("organization")
    .execute();
  return found.map(({ organization }) => organization);
}

/** The keys in an open store. Its methods throw what the store throws. */
export function createApiKeys(store: StoreConnection): ApiKeys {
  const { db, write } = store;
  return {
    add: (keys, now) =>
      orStoreError(
        store,
        write((trx) => addAll(trx, keys, now)),
      ),
    list: () => orStoreError(store, list(db)),
    find: createFind(store),
    revoke: (nameOrId, now) =>
      orStoreError(
        store,
        write((trx) => revoke(trx, nameOrId, now)),
      ),
    organizations: () => orStoreError(store, organizations(db)),
  };
}
