import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { CommandContext } from "../config/context.ts";
import { withEnvFile } from "../config/environment.ts";
import { SitrepError } from "../core/errors.ts";
import { backUp, restore, type RowCounts } from "../store/database/store-backup.ts";
import type { OnQuery, StoreConnection } from "../store/database/connection.ts";
import { openStore, type StoreAddress } from "../store/database/database.ts";

export type { RowCounts };

export interface StorePlace {
  envFile?: string;
  /** `postgres://…`, or the path of an SQLite file. Default: `DATABASE_URL`, else the embedded store. */
  database?: string;
}

function storeAddress({ cwd, files }: CommandContext, named: string | undefined): StoreAddress {
  if (named === undefined || named === "") return { file: files.store };
  const [, kind] = /^([a-z][a-z0-9+.-]+):/i.exec(named) ?? [];
  if (kind === "postgres" || kind === "postgresql") return { url: named };
  if (kind === undefined) return { file: resolve(cwd, named) };
  throw new SitrepError("usage", `${kind} databases are not supported.`, {
    hint: "Use postgres://user@host/database, or the path of an SQLite file.",
  });
}

/** Throws `usage` for an address that is neither a file nor PostgreSQL, and as `openStore`. */
export function openServerStore(
  context: CommandContext,
  { envFile, database }: StorePlace,
  onQuery: OnQuery | null = null,
): Promise<StoreConnection> {
  const env = withEnvFile(context.env, envFile);
  return openStore(storeAddress(context, database ?? env["DATABASE_URL"]), onQuery);
}

export async function backUpStore(
  context: CommandContext,
  file: string,
  place: StorePlace,
): Promise<RowCounts> {
  await using store = await openServerStore(context, place);
  return await backUp(store, resolve(context.cwd, file));
}

export async function restoreStore(
  context: CommandContext,
  file: string,
  place: StorePlace & { replace?: boolean },
): Promise<RowCounts> {
  await using store = await openServerStore(context, place);
  const folder = dirname(context.files.store);
  // Only the embedded store creates this folder.
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const scratch = join(folder, `${randomBytes(4).toString("hex")}.draft`);
  const replace = place.replace === true;
  return await restore(store, resolve(context.cwd, file), { replace, scratch });
}
