// What every command has in common: where things are, and which project it is about.

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { openCacheForReading, openOrRebuildCache } from "../state/cache/cache-file.ts";
import { configFile, findFolders, stateFiles } from "./folders.ts";
import type { Environment, Folders, StateFiles } from "./folders.ts";
import { readInstallation, type Installation } from "./installation.ts";
import { gitIdentity, hookSettingsOf, loadConfig } from "./config-file.ts";
import type { Config } from "./schema.ts";
import { setEntry } from "../state/cache/entries.ts";
import { messageOf, SitrepError } from "../core/errors.ts";
import { hookSettingsKey, type HookSettings } from "../core/hook-settings.ts";
import { findGit } from "../git/find-git.ts";
import type { GitProgram } from "../git/hardened.ts";
import { locate, type Located } from "../git/repository.ts";
import { writeLines } from "../state/output/terminal.ts";
import { diskFault } from "../state/sqlite/file-fault.ts";
import { closing, isBusy, prepared, type Sqlite } from "../state/sqlite/sqlite.ts";
import { requireNodeApi } from "../state/sqlite/addon.ts";

export interface CommandContext {
  env: Environment;
  cwd: string;
  folders: Folders;
  files: StateFiles;
  configFile: string;
}

export function createCommandContext(env: Environment, cwd: string): CommandContext {
  const folders = findFolders(env, process.platform, homedir());
  const files = stateFiles(folders.state);
  return { env, cwd, folders, files, configFile: configFile(folders.config) };
}

/** Throws `node-too-old`. To be called before anything opens a database. */
export function requireSupportedNode(): void {
  requireNodeApi(process.versions.napi, process.versions.node);
}

export const configOf = (context: CommandContext): Config =>
  loadConfig(context.configFile, context.env);

export const installationOf = (context: CommandContext): Installation | null =>
  readInstallation(context.files.installation);

/** Throws `project-missing` when the folder is not there. */
export function projectOf(context: CommandContext, folder: string | undefined): Located {
  const path = resolve(context.cwd, folder ?? ".");
  const found = existsSync(path) ? locate(path) : null;
  if (found !== null) return found;
  throw new SitrepError("project-missing", `There is no folder ${path}.`, {
    hint: "Name an existing folder with --project.",
  });
}

/** The git that the installation found, else the first outside the project; null when there is none. */
export function gitOf(context: CommandContext, project: string): GitProgram | null {
  const file = installationOf(context)?.git ?? findGit(context.env["PATH"] ?? "", project);
  const copies = context.files.gitSettings;
  return file === null ? null : { file, home: context.env["HOME"] ?? homedir(), copies };
}

/** Gives `work` the cache to read from. Throws as `openCacheForReading`. */
export const readCache = <T>({ files }: CommandContext, work: (db: Sqlite) => T): T =>
  closing(openCacheForReading(files.cache, 1000), work);

/** What hooks need of the configuration, with what git knows the person by. */
export const settingsOf = ({ env }: CommandContext, config: Config): HookSettings =>
  hookSettingsOf(config, gitIdentity(env["HOME"] ?? homedir(), env));

/** SQLite's errors as ours: `cache-busy`, `cache-unreadable`, `disk-full`, `file-denied`. */
export function cacheError(file: string, cause: unknown): SitrepError {
  if (cause instanceof SitrepError) return cause;
  if (isBusy(cause)) {
    return new SitrepError("cache-busy", `The cache ${file} is locked by another program.`, {
      hint: "It was waited for for 5 s. Run the command again.",
      cause,
    });
  }
  const fault = diskFault(file, cause);
  if (fault !== null) return fault;
  return new SitrepError(
    "cache-unreadable",
    `The cache ${file} cannot be used: ${messageOf(cause)}.`,
    {
      hint: 'Run "sitrep cache clear": tasks of the store are not in it.',
      cause,
    },
  );
}

/**
 * Opens the cache for a command, with the settings that hooks need brought up to date. The caller closes it. Throws
 * `cache-busy`, `cache-newer`, `cache-unreadable`, `disk-full` or `file-denied`.
 */
export function openCliCache(context: CommandContext, config: Config): Sqlite {
  const file = context.files.cache;
  try {
    const db = openOrRebuildCache(file, (slot) => {
      writeLines(
        "stderr",
        `sitrep: the cache was beyond use; a new one is begun, the old is in ${slot}`,
      );
    });
    return prepared(db, () => {
      const value = settingsOf(context, config);
      setEntry(db, { key: hookSettingsKey, kind: "setting", value, ttlMs: 0 }, Date.now());
    });
  } catch (error) {
    throw cacheError(file, error);
  }
}
