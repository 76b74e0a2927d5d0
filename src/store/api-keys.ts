// The API keys of the task server, as rows of the store: hashes only, never a key.

import { sql, type Selectable } from "kysely";
import { SitrepError } from "../core/errors.ts";
import { parseObject, readNumber, readString, readStrings } from "../core/read.ts";
import { withStoreError } from "./database/connection.ts";
import type { KeyTable, StoreConnection, StoreDatabase } from "./database/connection.ts";
import { inGroups } from "./database/write-batches.ts";

export interface RateLimit {
  readonly requests: number;
  readonly seconds: number;
}

export interface KeyHolder {
  /** Unique among the keys in force. */
  readonly name: string;
  readonly organization: string;
  readonly user: string;
  readonly permissions: readonly string[];
  /** True when it may name another user and organization for each request. */
  readonly mayActAs: boolean;
  /** True if that organization need not be its own. */
  readonly inAnyOrganization: boolean;
  /** Null: the server's limit for every user. */
  readonly rateLimit: RateLimit | null;
  /** People's notes; nothing depends on them. */
  readonly metadata: Readonly<Record<string, string>>;
}

type NewKey = KeyHolder & { readonly hash: string };

export interface ApiKey extends KeyHolder {
  /** The first 16 hexadecimal digits of the hash: tells keys apart, grants nothing. */
  readonly id: string;
  readonly createdAt: string;
  readonly revokedAt: string | null;
}

interface FoundKey {
  readonly key: ApiKey;
  readonly hash: string;
}

export interface ApiKeys {
  /** Adds all or none. Throws `key-exists` for a key that exists, or a name that is in force. */
  add(keys: readonly NewKey[], now: Date): Promise<ApiKey[]>;
  list(): Promise<ApiKey[]>;
  /** The key in force with this id, and its whole hash to compare with; null when there is none. */
  find(id: string): Promise<FoundKey | null>;
  /** Revokes the key with this name or id. Throws `key-unknown` when none is in force. */
  revoke(nameOrId: string, now: Date): Promise<ApiKey>;
  /** The organizations of the keys in force and of the tasks. */
  organizations(): Promise<string[]>;
}

export const keyId = (hash: string): string => hash.slice(0, 16);

function rateLimitIn(text: string | null): RateLimit | null {
  const from = parseObject(text);
  const [requests, seconds] = [readNumber(from?.["requests"]), readNumber(from?.["seconds"])];
  return requests === undefined || seconds === undefined ? null : { requests, seconds };
}

const textsIn = (text: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(parseObject(text) ?? {}).flatMap(([name, value]) => {
      const note = readString(value);
      return note === undefined ? [] : [[name, note] as const];
    }),
  );

/** `act_as` of a key that may name any organization. */
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
  const id = keyId(hash);
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
    throw new SitrepError("key-exists", `A key named ${same.name} already exists.`, {
      hint: `Use another name or another key, or revoke that one: sitrep serve key revoke ${same.name}`,
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

async function addAll(db: StoreDatabase, keys: readonly NewKey[], now: Date): Promise<ApiKey[]> {
  const added: ApiKey[] = [];
  // oxlint-disable-next-line no-await-in-loop -- the second of two with the same name must see the first
  for (const key of keys) added.push(await addOne(db, key, now));
  return added;
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
  throw new SitrepError("key-unknown", `There is no active key ${nameOrId}.`, {
    hint: '"sitrep serve key list" shows the keys.',
  });
}

async function list(db: StoreDatabase): Promise<ApiKey[]> {
  const rows = db.selectFrom("api_keys").selectAll().orderBy("created_at").orderBy("name");
  return (await rows.execute()).map(fromRow);
}

async function findAll(db: StoreDatabase, ids: readonly string[]): Promise<(FoundKey | null)[]> {
  const wanted = [...new Set(ids)];
  const keys = db.selectFrom("api_keys").selectAll().where("revoked_at", "is", null);
  // On PostgreSQL the list is one parameter, so that lists of any length share one statement.
  const [id = ""] = wanted;
  const rows = keys.where("id", "=", wanted.length === 1 ? id : sql<string>`any(${wanted})`);
  const found = new Map(
    (await rows.execute()).map((row) => [row.id, { key: fromRow(row), hash: row.hash }]),
  );
  return ids.map((one) => found.get(one) ?? null);
}

/** Every request looks a key up. On PostgreSQL, look-ups that arrive during another one share the next query. */
function createFind(store: StoreConnection): ApiKeys["find"] {
  const findSome = (ids: readonly string[]) => withStoreError(store, findAll(store.db, ids));
  if (store.kind === "sqlite") return async (id) => (await findSome([id]))[0] ?? null;
  return inGroups<string, FoundKey | null>({
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

/** The keys in an open store. These throw the store's errors. */
export function createApiKeys(store: StoreConnection): ApiKeys {
  const { db } = store;
  const write = <T>(work: (trx: StoreDatabase) => Promise<T>): Promise<T> =>
    withStoreError(store, store.write(work));
  return {
    add: (keys, now) => write((trx) => addAll(trx, keys, now)),
    list: () => withStoreError(store, list(db)),
    find: createFind(store),
    revoke: (nameOrId, now) => write((trx) => revoke(trx, nameOrId, now)),
    organizations: () => withStoreError(store, organizations(db)),
  };
}
