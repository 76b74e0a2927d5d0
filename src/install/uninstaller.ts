// Takes everything back: the entries in settings files, the gates and the built files, and by a purge also what an
// uninstall leaves for the next install. Nothing is contacted: `sitrep logout` is what has tokens revoked.

import { existsSync, rmSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { SitrepError } from "../core/errors.ts";
import { includeFile } from "../git/exclude.ts";
import { locate, type Located } from "../git/repository.ts";
import {
  hashOf,
  readRecord,
  readSettingsFile,
  recordedFiles,
  removeIfEmpty,
  removeRecord,
  removeSettings,
  writeSettings,
} from "./settings-file.ts";
import type { SettingsRecord } from "./settings-file.ts";
import { configOf } from "../config/command-config.ts";
import type { CommandContext } from "../config/context.ts";
import { namesOurProgram } from "./settings-plan.ts";
import { scopes, type Scope } from "./entries.ts";
import {
  isMcpFile,
  isPortable,
  mcpFileOf,
  scopeOfFile,
  settingsPath,
  withLock,
  withoutOurs,
} from "./settings-target.ts";
import { openSignInRecords } from "../sources/auth/login/sign-in-record.ts";
import { readKeptSources } from "../config/environment-sources.ts";
import { findOwnFiles, type OwnFiles } from "../config/own-files.ts";
import { allowedSources } from "../config/project-file.ts";
import { forgetSecret, placeOf, type SecretUse } from "../config/secrets.ts";
import { originOf, secretOriginOf } from "../config/source-address.ts";
import type { SourceConfig } from "../config/source-config.ts";
import { parseObject, readString } from "../core/read.ts";
import { realPath } from "../state/files/real-path.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";

export interface Uninstalled {
  file: string;
  /** `restored`: the very bytes from before; `removed`: the file was ours; `cut`: only our entries went. */
  how: "restored" | "removed" | "cut" | "nothing" | "failed";
  /** Why it failed. */
  error: SitrepError | null;
}

function takeOut(
  context: CommandContext,
  file: string,
  record: SettingsRecord | null,
): Uninstalled["how"] {
  const settings = readSettingsFile(file);
  if (settings.bytes === null || settings.text === null) return "nothing";
  // The project's files may have changed since: no link is followed that was not there.
  if (record?.target != null && record.target !== realPath(settings.target)) {
    throw new SitrepError("settings-unexpected", `${file} leads to ${settings.target} now.`, {
      hint: `It was ${record.target} that was written. Nothing was changed.`,
    });
  }
  if (record !== null && hashOf(settings.bytes) === record.afterHash) {
    if (record.before === null) {
      removeSettings(settings, record.madeFolder);
      return "removed";
    }
    writeSettings(settings, record.before);
    return "restored";
  }
  // A team's own entries, in a file that has changed with the team's.
  if (isPortable(record?.before?.toString("utf8") ?? null)) return "nothing";
  const after = withoutOurs(context, file, settings.text, record?.hasOurRule ?? false);
  if (after === settings.text) return "nothing";
  writeSettings(settings, after);
  return "cut";
}

function uninstallFrom(context: CommandContext, file: string): Uninstalled["how"] {
  const record = readRecord(context.files.settingsRecords, file);
  const how = takeOut(context, file, record);
  if (record?.excludedIn != null) {
    // Settings lie in a folder of the worktree; that folder may be gone.
    const worktree = isMcpFile(file) ? dirname(file) : dirname(dirname(file));
    const repository = locate(worktree)?.repository ?? locate(dirname(file))?.repository;
    if (repository != null) includeFile(repository, file, record.excludedIn);
  }
  removeRecord(context.files.settingsRecords, file);
  return how;
}

export interface InstalledFile {
  file: string;
  scope: Scope;
}

/** The settings files that an uninstall changes: the recorded ones, and those of the project that name our gates. */
export function installedFiles(context: CommandContext, project: Located): InstalledFile[] {
  const own = scopes
    .map((scope) => settingsPath(context, project, scope))
    .filter((file) => readSettingsFile(file).text?.includes(context.files.gates));
  const mcp = mcpFileOf(project);
  if (namesOurProgram(context, mcp)) own.push(mcp);
  const records = context.files.settingsRecords;
  const recorded = recordedFiles(records).filter((file) => existsSync(file));
  return [...new Set([...recorded, ...own])].map((file) => {
    const scope = readRecord(records, file)?.scope ?? scopeOfFile(context, file);
    return { file, scope };
  });
}

/** The file of a team that has our hooks, and that no install here has written; null where there is none. */
export function teamFile(context: CommandContext, project: Located): string | null {
  const file = settingsPath(context, project, "project");
  if (readRecord(context.files.settingsRecords, file) !== null) return null;
  return isPortable(readSettingsFile(file).text) ? file : null;
}

/**
 * Takes our entries out of these files. One that cannot be read as settings is left as it is and keeps none of the
 * others from being done; its error is given with it.
 */
export function uninstallSettings(
  context: CommandContext,
  files: readonly string[],
): Uninstalled[] {
  return withLock(context, () =>
    files.map((file) => {
      try {
        return { file, how: uninstallFrom(context, file), error: null };
      } catch (error) {
        if (!(error instanceof SitrepError)) throw error;
        return { file, how: "failed", error };
      }
    }),
  );
}

/** Removes the gates and the installed versions. What the store, the cache and the logs hold stays. */
export function uninstallFiles(context: CommandContext): void {
  rmSync(context.files.gates, { recursive: true, force: true });
  rmSync(context.files.installation, { force: true });
  for (const name of ["versions", "node", "bin"]) {
    rmSync(join(context.folders.data, name), { recursive: true, force: true });
  }
}

export interface PurgePlan extends OwnFiles {
  /** Secrets in the machine's keychain. */
  readonly keychain: readonly SecretUse[];
  /** People whose tokens are removed and not revoked. */
  readonly signIns: readonly { source: string; issuer: string; subject: string; label: string }[];
}

export interface Purged {
  readonly removed: readonly string[];
  /** Files that Sitrep did not make. */
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
      placeOf("keychain", reference) === null
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

/** Purges after an uninstall. Looks for the files again, because the monitor wrote until it was stopped. */
export function purge(context: CommandContext, { keychain, signIns }: PurgePlan): Purged {
  const forgotten = keychain.map((use) => ({
    name: placeOf("keychain", use.reference) ?? "",
    origin: use.origin,
    isRemoved: forgetSecret(context.files.secrets, use),
  }));
  const { ours, folders, others } = findOwnFiles(context.folders);
  for (const path of ours) rmSync(path, { recursive: true, force: true });
  for (const folder of folders) removeIfEmpty(folder);
  return { removed: ours, left: others, keychain: forgotten, notRevoked: signIns };
}
