// The keys and tokens of the task server, for the verbs of `sitrep serve key` and `token`.

import type { Environment } from "../config/folders.ts";
import { SitrepError } from "../core/errors.ts";
import { createKey, hashKey, isSendable, shortestSafeKey } from "./access/keys.ts";
import { ownAudience, signToken, tokenLifeSeconds } from "./access/tokens.ts";
import { rowsOf, uniqueName, type KeyRow, type RowDefaults } from "./key-table.ts";
import { organizationFor, type AskOrganization } from "./key-organization.ts";
import {
  createApiKeys,
  type ApiKey,
  type ApiKeys,
  type KeyHolder,
  type RateLimit,
} from "../store/api-keys.ts";
import type { StoreConnection } from "../store/database/connection.ts";
import type { CommandContext } from "../config/context.ts";
import { forgetServerKey } from "../config/server-keys.ts";
import { withEnvFile } from "../config/environment.ts";
import { openServerStore, publicUrlOf, tokenSecret, tokenSettings } from "./settings.ts";

export type { ApiKey };

export interface KeyPlace {
  envFile?: string;
  database?: string;
}

export interface NewKey extends KeyPlace {
  user?: string;
  organization?: string;
  permission?: string[];
  actAs?: boolean;
  anyOrganization?: boolean;
  requestsPerMinute?: string;
  metadata?: string[];
}

export type ImportOptions = KeyPlace & RowDefaults;

async function withKeys<T>(
  context: CommandContext,
  place: KeyPlace,
  work: (keys: ApiKeys, kind: StoreConnection["kind"]) => Promise<T>,
): Promise<T> {
  const env = withEnvFile(context.env, place.envFile);
  await using store = await openServerStore(context, env, place.database);
  return await work(createApiKeys(store), store.kind);
}

const usual = ["tools", "resources"];
const longestName = 200;

/** Throws `usage` for a permission that nothing asks for: a typing mistake would show only when a call is refused. */
async function requirePermissions(given: readonly string[] = usual): Promise<void> {
  const groups = [...usual, "admin"];
  const named = given.filter((one) => !groups.includes(one) && !one.includes("://"));
  if (named.length === 0) return;
  // A tool: what they are made of is loaded for that alone.
  const { toolsFor } = await import("./tools/tool-server.ts");
  const known = [...groups, ...toolsFor(null).map(({ name }) => name)];
  const unknown = named.find((one) => !known.includes(one));
  if (unknown === undefined) return;
  throw new SitrepError("usage", `There is no permission ${unknown}.`, {
    hint: `There are: ${known.join(", ")}.`,
  });
}

function requireName(what: string, name: string): string {
  if (name.length <= longestName && !/\p{Cc}/u.test(name)) return name;
  throw new SitrepError("usage", `${what} is too long or holds control characters.`);
}

function perMinute(given: string | undefined): RateLimit | null {
  if (given === undefined) return null;
  const requests = Number(given);
  if (Number.isInteger(requests) && requests > 0) return { requests, seconds: 60 };
  throw new SitrepError("usage", `--requests-per-minute ${given} is no number from 1.`);
}

function metadataOf(given: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    given.map((one) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(one) ?? [];
      if (name !== undefined && value !== undefined)
        return [name, requireName("--metadata", value)];
      throw new SitrepError("usage", `--metadata ${one} is not NAME=VALUE.`);
    }),
  );
}

function inAnyOrganization({ actAs, anyOrganization = false }: KeyRow): boolean {
  if (actAs === true || !anyOrganization) return anyOrganization;
  throw new SitrepError("usage", "--any-organization goes with --act-as.");
}

const holderOf = (name: string, options: KeyRow): KeyHolder => ({
  name: requireName("The key's name", name),
  organization: requireName("--organization", options.organization ?? ""),
  user: requireName("--user", options.user ?? name),
  permissions: options.permission ?? usual,
  mayActAs: options.actAs === true,
  inAnyOrganization: inAnyOrganization(options),
  rateLimit: options.rateLimit,
  metadata: options.metadata,
});

export interface AddedKey {
  readonly key: ApiKey;
  /** The key itself where it was made here, to be shown once; null for one that was given. */
  readonly secret: string | null;
  /** True for a given key that is short enough to be guessed. */
  readonly isShort: boolean;
  /** True where nobody named its organisation. */
  readonly hasOnlyOrganization: boolean;
}

function requireSendable(secret: string): string {
  if (isSendable(secret)) return secret;
  throw new SitrepError("usage", "A key is 1 to 1024 visible ASCII characters without blanks.");
}

/** `given`: the key to take; null to make one. Throws `usage` and `key-exists`. */
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
  // What is wrong with the rest is said before anybody is asked.
  holderOf(name, row);
  await requirePermissions(row.permission);
  const secret = given === null ? createKey() : requireSendable(given);
  return withKeys(context, options, async (keys, kind) => {
    const { organization, isOnly } =
      row.organization === undefined
        ? await organizationFor(keys, kind, ask)
        : { organization: row.organization, isOnly: false };
    const holder = holderOf(name, { ...row, organization });
    const [key] = await keys.add([{ ...holder, hash: hashKey(secret) }], new Date());
    if (key === undefined) throw new Error("no key was added");
    // One that was made here is never short.
    return {
      key,
      secret: given === null ? secret : null,
      isShort: secret.length < shortestSafeKey,
      hasOnlyOrganization: isOnly,
    };
  });
}

/**
 * Takes over a table in which a token names user_id, organization_id and permissions, and perhaps rate_limit and metadata:
 * all of it or nothing. Throws `usage`, and `key-exists`.
 */
export async function importKeys(
  context: CommandContext,
  file: string,
  options: ImportOptions,
): Promise<readonly AddedKey[]> {
  const rows = rowsOf(file, options);
  for (const [, { permission }] of rows) {
    // oxlint-disable-next-line no-await-in-loop -- the first mistake is told
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
    const isShort = (index: number): boolean => (rows[index]?.[0].length ?? 0) < shortestSafeKey;
    return added.map((key, index) => ({
      key,
      secret: null,
      isShort: isShort(index),
      hasOnlyOrganization: false,
    }));
  });
}

export const listKeys = (context: CommandContext, place: KeyPlace): Promise<ApiKey[]> =>
  withKeys(context, place, (keys) => keys.list());

/** Throws `key-unknown`. */
export const revokeKey = (
  context: CommandContext,
  nameOrId: string,
  place: KeyPlace,
): Promise<ApiKey> =>
  withKeys(context, place, async (keys) => {
    const key = await keys.revoke(nameOrId, new Date());
    forgetServerKey(context.files.serverKeys, key.id);
    return key;
  });

export interface NewTokenOptions extends Pick<NewKey, "organization" | "permission" | "envFile"> {
  user: string;
  seconds?: string;
  publicUrl?: string;
}

function secondsOf(given: string | undefined): number {
  const seconds = Number(given ?? tokenLifeSeconds);
  if (Number.isInteger(seconds) && seconds > 0 && seconds <= 366 * 24 * 3600) return seconds;
  throw new SitrepError("usage", `--seconds ${given} is no number of seconds up to a year.`);
}

function requireSecret(env: Environment): Uint8Array {
  const secret = tokenSecret(env);
  if (secret !== null) return secret;
  throw new SitrepError("secret-missing", "SITREP_TOKEN_SECRET is not set.", {
    hint: "Set it for this command and for the server. Make one with: openssl rand -base64 48",
  });
}

/** Throws `secret-missing` and `config-invalid`. */
export async function createToken(
  context: CommandContext,
  options: NewTokenOptions,
): Promise<string> {
  const env = withEnvFile(context.env, options.envFile);
  const secret = requireSecret(env);
  await requirePermissions(options.permission);
  const token = {
    organization: requireName("--organization", options.organization ?? ""),
    user: requireName("--user", options.user),
    permissions: options.permission ?? usual,
    audience: ownAudience(tokenSettings(env, publicUrlOf(env, options.publicUrl))),
    lifeSeconds: secondsOf(options.seconds),
  };
  return signToken(token, secret, new Date());
}
