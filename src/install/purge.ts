// Takes out what an uninstall leaves for the next install: tasks, cache, logs, settings, secrets, sign-ins and tokens.
// Nothing is contacted: to have tokens revoked is the affair of `sitrep logout`.

import { existsSync, readdirSync, rmSync, rmdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { openSignInRecords } from "../sources/auth/login/sign-in-record.ts";
import { readKeptSources } from "../config/environment-sources.ts";
import { findOwnFiles } from "../config/own-files.ts";
import type { OwnFiles } from "../config/own-files.ts";
import { allowedSources } from "../config/project-file.ts";
import { forgetSecret, keychainName } from "../config/secrets.ts";
import type { SecretUse } from "../config/secrets.ts";
import { originOf, secretOriginOf } from "../config/source-address.ts";
import type { SourceConfig } from "../config/source-config.ts";
import { SitrepError } from "../core/errors.ts";
import { parseObject, readString } from "../core/read.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import { configOf } from "../config/context.ts";
import type { CommandContext } from "../config/context.ts";

export interface PurgePlan extends OwnFiles {
  /** Secrets in the machine's keychain. */
  readonly keychain: readonly SecretUse[];
  /** People whose tokens go and are not revoked. */
  readonly signIns: readonly { source: string; issuer: string; subject: string; label: string }[];
}

export interface Purged {
  readonly removed: readonly string[];
  /** What is somebody else's. */
  readonly left: readonly string[];
  readonly keychain: readonly { name: string; origin: string; isRemoved: boolean }[];
  readonly notRevoked: PurgePlan["signIns"];
}

/** Those of the configuration; none where it cannot be read. */
function configuredSources(context: CommandContext): readonly SourceConfig[] {
  try {
    return configOf(context).sources;
  } catch (error) {
    if (error instanceof SitrepError) return [];
    throw error;
  }
}

/** Of every project whose own file is allowed. */
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
  const uses = sources.flatMap((config) =>
    [config.auth?.secret ?? "", ...Object.values(config.env)].flatMap((reference) =>
      keychainName(reference) === null
        ? []
        : [...new Set([originOf(config), secretOriginOf(config)])].map((origin) => ({
            source: config.name,
            origin,
            reference,
          })),
    ),
  );
  const known = new Map(uses.map((use) => [JSON.stringify([use.origin, use.reference]), use]));
  return [...known.values()];
}

/** What a purge would take away. Changes nothing. */
export function planPurge(context: CommandContext): PurgePlan {
  const signIns = openSignInRecords(context.files.signIns)
    .all()
    .flatMap(({ source, issuer, person }) =>
      person === null ? [] : [{ source, issuer, subject: person.subject, label: person.label }],
    );
  return { ...findOwnFiles(context.folders), keychain: keychainUses(context), signIns };
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Others keep files in it, or it is gone.
  }
}

/** After an uninstall. Looks again for the files: the monitor has written until it was stopped. */
export function purge(context: CommandContext, { keychain, signIns }: PurgePlan): Purged {
  const forgotten = keychain.map((use) => ({
    name: keychainName(use.reference) ?? "",
    origin: use.origin,
    isRemoved: forgetSecret(context.files.secrets, use),
  }));
  const { ours, folders, others } = findOwnFiles(context.folders);
  for (const path of ours) rmSync(path, { recursive: true, force: true });
  for (const folder of folders) removeIfEmpty(folder);
  return { removed: ours, left: others, keychain: forgotten, notRevoked: signIns };
}
