import type { CommandContext } from "../config/context.ts";
import { forgetServerKey } from "../config/server-keys.ts";
import { SitrepError } from "../core/errors.ts";
import {
  createApiKeys,
  type ApiKey,
  type ApiKeys,
  type KeyHolder,
  type RateLimit,
} from "../store/api-keys.ts";
import type { StoreConnection } from "../store/database/connection.ts";
import { createKey, hashKey, isSendable, shortestSafeKey } from "./access/keys.ts";
import { requireName, requirePermissions, defaultPermissions } from "./access/key-options.ts";
import { readKeyRows, type KeyRow, type RowDefaults } from "./key-table.ts";
import { openServerStore, type StorePlace } from "./server-store.ts";

export type { ApiKey };

export interface NewKey extends StorePlace {
  user?: string;
  organization?: string;
  permission?: string[];
  actAs?: boolean;
  anyOrganization?: boolean;
  requestsPerMinute?: string;
  metadata?: string[];
}

export type ImportOptions = StorePlace & RowDefaults;

export type AskOrganization = (known: readonly string[]) => Promise<string | null>;

export interface AddedKey {
  readonly key: ApiKey;
  readonly secret: string | null;
  readonly isShort: boolean;
  /** True if nobody named its organization: it is the only one. */
  readonly hasOnlyOrganization: boolean;
}

async function withKeys<T>(
  context: CommandContext,
  place: StorePlace,
  work: (keys: ApiKeys, kind: StoreConnection["kind"]) => Promise<T>,
): Promise<T> {
  await using store = await openServerStore(context, place);
  return await work(createApiKeys(store), store.kind);
}

function perMinute(given: string | undefined): RateLimit | null {
  if (given === undefined) return null;
  const requests = Number(given);
  if (Number.isInteger(requests) && requests > 0) return { requests, seconds: 60 };
  throw new SitrepError("usage", `--requests-per-minute must be 1 or more, not "${given}".`);
}

function metadataOf(given: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    given.map((one) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(one) ?? [];
      if (name !== undefined && value !== undefined)
        return [name, requireName("--metadata", value)];
      throw new SitrepError("usage", `--metadata must be NAME=VALUE, not "${one}".`);
    }),
  );
}

function holderOf(name: string, row: KeyRow): KeyHolder {
  const { actAs = false, anyOrganization = false } = row;
  if (anyOrganization && !actAs) {
    throw new SitrepError("usage", "--any-organization needs --act-as.");
  }
  return {
    name: requireName("The key's name", name),
    organization: requireName("--organization", row.organization ?? ""),
    user: requireName("--user", row.user ?? name),
    permissions: row.permission ?? defaultPermissions,
    mayActAs: actAs,
    inAnyOrganization: anyOrganization,
    rateLimit: row.rateLimit,
    metadata: row.metadata,
  };
}

function requireSendable(secret: string): string {
  if (isSendable(secret)) return secret;
  throw new SitrepError("usage", "A key must be 1 to 1024 visible ASCII characters, no spaces.");
}

/** The response, else the only organization. Throws `usage` if there are several, or none. */
async function organizationOf(
  keys: ApiKeys,
  kind: StoreConnection["kind"],
  ask: AskOrganization,
): Promise<{ organization: string; isOnly: boolean }> {
  // Commands on this machine add tasks without an organization.
  const own = kind === "sqlite" ? [""] : [];
  const known = [...new Set([...own, ...(await keys.organizations())])];
  const response = await ask(known);
  if (response !== null && (response !== "" || known.includes(""))) {
    return { organization: response, isOnly: false };
  }
  const [only] = known;
  if (only !== undefined && known.length === 1) return { organization: only, isOnly: true };
  const named = known.map((one) => (one === "" ? '"" (this machine)' : one)).join(", ");
  throw new SitrepError(
    "usage",
    "--organization is required: it sets whose tasks the key can see.",
    {
      hint:
        known.length === 0
          ? "Choose any name: no organization exists yet."
          : `Known organizations: ${named}.`,
    },
  );
}

/** `given`: the key to add; null to make one. Throws `usage` and `key-exists`. */
export async function addKey(
  context: CommandContext,
  name: string,
  options: NewKey,
  given: string | null,
  ask: AskOrganization,
): Promise<AddedKey> {
  const { requestsPerMinute, metadata, ...named } = options;
  const rateLimit = perMinute(requestsPerMinute);
  const row = { ...named, rateLimit, metadata: metadataOf(metadata) };
  // Mistakes in other options are reported before the question.
  holderOf(name, row);
  await requirePermissions(row.permission);
  const secret = given === null ? createKey() : requireSendable(given);
  return withKeys(context, options, async (keys, kind) => {
    const { organization, isOnly } =
      row.organization === undefined
        ? await organizationOf(keys, kind, ask)
        : { organization: row.organization, isOnly: false };
    const holder = holderOf(name, { ...row, organization });
    const [key] = await keys.add([{ ...holder, hash: hashKey(secret) }], new Date());
    if (key === undefined) throw new Error("no key was added");
    return {
      key,
      secret: given === null ? secret : null,
      isShort: secret.length < shortestSafeKey,
      hasOnlyOrganization: isOnly,
    };
  });
}

function uniqueName(user: string, taken: Set<string>): string {
  let name = user;
  for (let number = 2; taken.has(name); number += 1) name = `${user}-${number}`;
  taken.add(name);
  return name;
}

/** Adds the keys of a table by their tokens, all or none. Throws `usage` and `key-exists`. */
export async function importKeys(
  context: CommandContext,
  file: string,
  options: ImportOptions,
): Promise<readonly AddedKey[]> {
  const rows = readKeyRows(file, options);
  for (const [, { permission }] of rows) {
    // oxlint-disable-next-line no-await-in-loop -- the first mistake is reported
    await requirePermissions(permission);
  }
  return withKeys(context, options, async (keys) => {
    const inForce = (await keys.list()).filter(({ revokedAt }) => revokedAt === null);
    const taken = new Set(inForce.map(({ name }) => name));
    const added = await keys.add(
      rows.map(([secret, row]) => ({
        ...holderOf(uniqueName(row.user ?? "", taken), row),
        hash: hashKey(requireSendable(secret)),
      })),
      new Date(),
    );
    return added.map((key, at) => ({
      key,
      secret: null,
      isShort: (rows[at]?.[0].length ?? 0) < shortestSafeKey,
      hasOnlyOrganization: false,
    }));
  });
}

export const listKeys = (context: CommandContext, place: StorePlace): Promise<ApiKey[]> =>
  withKeys(context, place, (keys) => keys.list());

/** Throws `key-unknown`. */
export const revokeKey = (
  context: CommandContext,
  nameOrId: string,
  place: StorePlace,
): Promise<ApiKey> =>
  withKeys(context, place, async (keys) => {
    const key = await keys.revoke(nameOrId, new Date());
    forgetServerKey(context.files.serverKeys, key.id);
    return key;
  });
