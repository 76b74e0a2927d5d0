// The folders and the project of a command. Imports no zod, because every command loads this.

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { openCacheForReading } from "../state/cache/cache-file.ts";
import { configFile, findFolders, stateFiles } from "./folders.ts";
import type { Environment, Folders, StateFiles } from "./folders.ts";
import { readInstallation, type Installation } from "./installation.ts";
import { SitrepError } from "../core/errors.ts";
import { findGit } from "../git/find-git.ts";
import type { GitProgram } from "../git/hardened.ts";
import { locate, type Located } from "../git/repository.ts";
import { closing, type Sqlite } from "../state/sqlite/sqlite.ts";
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

/** Throws `project-missing` when the current directory was deleted. */
export function workingFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    const message = "The current directory no longer exists. Change to another one.";
    throw new SitrepError("project-missing", message, { cause });
  }
}

/** Call it before anything opens a database. Throws `node-too-old`. */
export function requireSupportedNode(): void {
  requireNodeApi(process.versions.napi, process.versions.node);
}

export const loadInstallation = (context: CommandContext): Installation | null =>
  readInstallation(context.files.installation);

/** Throws `project-missing` when the folder does not exist. */
export function locateProject(context: CommandContext, folder: string | undefined): Located {
  const path = resolve(context.cwd, folder ?? ".");
  const found = existsSync(path) ? locate(path) : null;
  if (found !== null) return found;
  throw new SitrepError("project-missing", `There is no folder ${path}.`, {
    hint: "Name an existing folder with --project.",
  });
}

/** The installation's git if it still exists, else the first on the PATH outside the project; null when there is none. */
export function findProjectGit(context: CommandContext, project: string): GitProgram | null {
  const kept = loadInstallation(context)?.git ?? null;
  const hasKept = kept !== null && existsSync(kept);
  const file = hasKept ? kept : findGit(context.env["PATH"] ?? "", project);
  const copies = context.files.gitSettings;
  return file === null ? null : { file, home: context.env["HOME"] ?? homedir(), copies };
}

/** Throws as `openCacheForReading`. */
export const readCache = <T>({ files }: CommandContext, work: (db: Sqlite) => T): T =>
  closing(openCacheForReading(files.cache, 1000), work);
