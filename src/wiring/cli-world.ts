// What every command has in common: where things are, and which project it is about.

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { openOrRebuildCache } from "../cache/cache-file.ts";
import { configFile, findFolders, stateFiles } from "../config/folders.ts";
import type { Environment, Folders, StateFiles } from "../config/folders.ts";
import { readInstallation } from "../config/installation.ts";
import type { Installation } from "../config/installation.ts";
import { hookSettingsOf, loadConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { setEntry } from "../cache/entries.ts";
import { SitrepError } from "../core/errors.ts";
import { hookSettingsKey } from "../core/hook-settings.ts";
import { findGit } from "../git/find-git.ts";
import type { GitProgram } from "../git/hardened.ts";
import { locate } from "../git/locate.ts";
import type { Located } from "../git/locate.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";
import { requireNodeApi } from "../sqlite/addon.ts";

export type { Located };

export interface CliWorld {
  env: Environment;
  cwd: string;
  folders: Folders;
  files: StateFiles;
  configFile: string;
}

export function createCliWorld(env: Environment, cwd: string): CliWorld {
  const folders = findFolders(env, process.platform, homedir());
  const files = stateFiles(folders.state);
  return { env, cwd, folders, files, configFile: configFile(folders.config) };
}

/** Throws `node-too-old`. To be called before anything opens a database. */
export function requireSupportedNode(): void {
  requireNodeApi(process.versions.napi, process.versions.node);
}

export const configOf = (world: CliWorld): Config => loadConfig(world.configFile, world.env);

export const installationOf = (world: CliWorld): Installation | null =>
  readInstallation(world.files.installation);

/** Throws `project-missing` when the folder is not there. */
export function projectOf(world: CliWorld, folder: string | undefined): Located {
  const path = resolve(world.cwd, folder ?? ".");
  const found = existsSync(path) ? locate(path) : null;
  if (found !== null) return found;
  throw new SitrepError("project-missing", `There is no folder ${path}.`, {
    hint: "Name an existing folder with --project.",
  });
}

/** The git that the installation found, else the first outside the project; null when there is none. */
export function gitOf(world: CliWorld, project: string): GitProgram | null {
  const file = installationOf(world)?.git ?? findGit(world.env["PATH"] ?? "", project);
  return file === null ? null : { file, home: world.env["HOME"] ?? homedir() };
}

/** Opens the cache for a command, with the settings that hooks need brought up to date. The caller closes it. */
export function openCliCache(world: CliWorld, config: Config): Sqlite {
  const db = openOrRebuildCache(world.files.cache, (slot) => {
    process.stderr.write(
      `sitrep: the cache was beyond use; a new one is begun, the old is in ${slot}\n`,
    );
  });
  const value = hookSettingsOf(config);
  setEntry(db, { key: hookSettingsKey, kind: "setting", value, ttlMs: 0 }, Date.now());
  return db;
}
