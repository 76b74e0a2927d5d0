// A purge contacts no server: only `sitrep logout` revokes tokens.

import { existsSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { SitrepError } from "../core/errors.ts";
import { parseObject, readString } from "../core/read.ts";
import { loadOwnConfig } from "../config/command-config.ts";
import type { CommandContext } from "../config/context.ts";
import { readKeptSources } from "../config/environment-sources.ts";
import { findOwnFiles, type OwnFiles } from "../config/own-files.ts";
import { allowedSources } from "../config/project-file.ts";
import { forgetSecret, findReferences, secretLocation, type SecretUse } from "../config/secrets.ts";
import { sourceOrigin, secretOrigin } from "../config/source-address.ts";
import type { SourceConfig } from "../config/source-config.ts";
import { openSignInRecords } from "../sources/auth/login/sign-in-record.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import { removeIfEmpty } from "./settings-file.ts";

export interface PurgePlan extends OwnFiles {
  readonly keychain: readonly SecretUse[];
  readonly signIns: readonly { source: string; issuer: string; subject: string; label: string }[];
}

export interface Purged {
  readonly removed: readonly string[];
  readonly left: readonly string[];
  readonly keychain: readonly { name: string; origin: string; isRemoved: boolean }[];
  readonly notRevoked: PurgePlan["signIns"];
}

/** None when the configuration cannot be read. */
function configuredSources(context: CommandContext): readonly SourceConfig[] {
  try {
    return loadOwnConfig(context).sources;
  } catch (error) {
    if (error instanceof SitrepError) return [];
    throw error;
  }
}

function projectSources({ files: { allowed } }: CommandContext): readonly SourceConfig[] {
  const records = existsSync(allowed) ? readdirSync(allowed) : [];
  return records.flatMap((name) => {
    const file = readString(parseObject(readSmallFile(join(allowed, name), 4096) ?? "")?.["file"]);
    return file === undefined ? [] : allowedSources(dirname(file), allowed);
  });
}

function keychainUses(context: CommandContext): SecretUse[] {
  const sources = [
    ...configuredSources(context),
    ...projectSources(context),
    ...readKeptSources(context.files.keptSources),
  ];
  const uses = new Map<string, SecretUse>();
  for (const config of sources)
    for (const reference of findReferences(config))
      if (secretLocation("keychain", reference) !== null)
        for (const origin of [sourceOrigin(config), secretOrigin(config)])
          uses.set(`${origin}\n${reference}`, { source: config.name, origin, reference });
  return [...uses.values()];
}

export function planPurge(context: CommandContext): PurgePlan {
  const signIns = openSignInRecords(context.files.signIns)
    .all()
    .flatMap(({ source, issuer, person }) =>
      person === null ? [] : [{ source, issuer, subject: person.subject, label: person.label }],
    );
  return { ...findOwnFiles(context.folders), keychain: keychainUses(context), signIns };
}

/** Purges after an uninstall. Lists the files again, because the monitor wrote until it was stopped. */
export function purge(context: CommandContext, { keychain, signIns }: PurgePlan): Purged {
  const forgotten = keychain.map((use) => ({
    name: secretLocation("keychain", use.reference) ?? "",
    origin: use.origin,
    isRemoved: forgetSecret(context.files.secrets, use),
  }));
  const { ours, folders, others } = findOwnFiles(context.folders);
  for (const path of ours) rmSync(path, { recursive: true, force: true });
  for (const folder of folders) removeIfEmpty(folder);
  return { removed: ours, left: others, keychain: forgotten, notRevoked: signIns };
}
