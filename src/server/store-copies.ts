// The backup of a store and its restoration, for the verbs of `sitrep store`.

import { randomBytes } from "node:crypto";
import { dirname, join, resolve } from "node:path";
import { withEnvFile } from "../config/environment.ts";
import type { CommandContext } from "../config/context.ts";
import { backUp, restore, type RowCounts } from "../store/database/backup.ts";
import { openServerStore } from "./settings.ts";

export type { RowCounts };

export interface StorePlace {
  envFile?: string;
  /** As `DATABASE_URL`, or the path of an SQLite file. */
  database?: string;
}

const openStore = (context: CommandContext, { envFile, database }: StorePlace) =>
  openServerStore(context, withEnvFile(context.env, envFile), database);

/** Throws as `backUp` and `openStore`. */
export async function backUpStore(
  context: CommandContext,
  file: string,
  place: StorePlace,
): Promise<RowCounts> {
  await using store = await openStore(context, place);
  return await backUp(store, resolve(context.cwd, file));
}

/** Throws as `restore` and `openStore`. */
export async function restoreStore(
  context: CommandContext,
  file: string,
  place: StorePlace & { replace?: boolean },
): Promise<RowCounts> {
  await using store = await openStore(context, place);
  const scratch = join(dirname(context.files.store), `${randomBytes(4).toString("hex")}.draft`);
  const replace = place.replace === true;
  return await restore(store, resolve(context.cwd, file), { replace, scratch });
}
