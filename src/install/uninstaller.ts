// Takes everything back: the entries in settings files, then the gates and the built files.

import { existsSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { SitrepError } from "../core/errors.ts";
import { includeFile } from "../git/exclude.ts";
import { locate } from "../git/repository.ts";
import type { Located } from "../git/repository.ts";
import {
  hashOf,
  readRecord,
  readSettingsFile,
  recordedFiles,
  removeRecord,
  removeSettings,
  writeSettings,
} from "./settings-file.ts";
import type { SettingsRecord } from "./settings-file.ts";
import type { CommandContext } from "../config/context.ts";
import { namesOurProgram } from "./mcp-registration.ts";
import { scopes } from "./scopes.ts";
import { isMcpFile, mcpFileOf, settingsPath, withLock, withoutOurs } from "./settings-target.ts";

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
  if (record !== null && hashOf(settings.bytes) === record.afterHash) {
    if (record.before === null) {
      removeSettings(settings, record.madeFolder);
      return "removed";
    }
    writeSettings(settings, record.before);
    return "restored";
  }
  const hasOurRule = record?.hasOurRule ?? false;
  const after = withoutOurs(context, file, settings.text, { hasOurRule });
  if (after === settings.text) return "nothing";
  writeSettings(settings, after);
  return "cut";
}

function uninstallFrom(context: CommandContext, file: string): Uninstalled["how"] {
  const record = readRecord(context.files.settingsRecords, file);
  const how = takeOut(context, file, record);
  if (record?.excludedIn != null) {
    // Settings lie in a folder of the worktree, which may be gone.
    const worktree = isMcpFile(file) ? dirname(file) : dirname(dirname(file));
    const repository = locate(worktree)?.repository ?? locate(dirname(file))?.repository;
    if (repository != null) includeFile(repository, file, record.excludedIn);
  }
  removeRecord(context.files.settingsRecords, file);
  return how;
}

/** The settings files that an uninstall changes: the recorded ones, and those of the project that name our gates. */
export function filesToUninstall(context: CommandContext, project: Located): string[] {
  const own = scopes
    .map((scope) => settingsPath(context, project, scope))
    .filter((file) => readSettingsFile(file).text?.includes(context.files.gates));
  const mcp = mcpFileOf(project);
  if (namesOurProgram(context, mcp)) own.push(mcp);
  const recorded = recordedFiles(context.files.settingsRecords).filter((file) => existsSync(file));
  return [...new Set([...recorded, ...own])];
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
