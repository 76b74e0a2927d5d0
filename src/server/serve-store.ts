// The store that `sitrep serve` and its verbs for keys work on.

import { resolve } from "node:path";
import type { Environment } from "../config/folders.ts";
import { SitrepError } from "../core/errors.ts";
import { openStore } from "../store/open-store.ts";
import type { StoreAddress } from "../store/open-store.ts";
import type { StoreConnection } from "../store/connection.ts";
import type { CommandContext } from "../config/context.ts";

const scheme = /^([a-z][a-z0-9+.-]+):/i;

/** `--database`, else `DATABASE_URL`, else the embedded store. Throws `usage` for what is neither a file nor PostgreSQL. */
export function storeAddress(
  context: CommandContext,
  env: Environment,
  given?: string,
): StoreAddress {
  const named = given ?? env["DATABASE_URL"];
  if (named === undefined || named === "") return { file: context.files.store };
  const [, kind] = scheme.exec(named) ?? [];
  if (kind === "postgres" || kind === "postgresql") return { url: named };
  if (kind === undefined) return { file: resolve(context.cwd, named) };
  throw new SitrepError("usage", `A database of the kind ${kind} is not supported.`, {
    hint: "Give postgres://user@host/database, or the path of an SQLite file.",
  });
}

/** As `openStore`. */
export const openServeStore = (
  context: CommandContext,
  env: Environment,
  given?: string,
): Promise<StoreConnection> => openStore(storeAddress(context, env, given));
