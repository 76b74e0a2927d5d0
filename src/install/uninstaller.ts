import { existsSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { SitrepError } from "../core/errors.ts";
import { includeFile } from "../git/exclude.ts";
import { locate, type Located } from "../git/repository.ts";
import {
  sha256,
  readSettingsRecord,
  readSettingsFile,
  recordedFiles,
  removeSettingsRecord,
  removeSettings,
  writeSettings,
} from "./settings-file.ts";
import type { SettingsRecord } from "./settings-file.ts";
import type { CommandContext } from "../config/context.ts";
import { namesOurProgram } from "./settings-plan.ts";
import { settingsScopes, type Scope } from "./hook-entries.ts";
import {
  isMcpFile,
  isPortable,
  mcpFile,
  scopeOfFile,
  settingsPath,
  withLock,
  withoutOwnEntries,
} from "./settings-target.ts";
import { realPath } from "../state/files/real-path.ts";

export interface Uninstalled {
  file: string;
  /** `restored`: byte for byte as before the install; `removed`: the file was ours; `cut`: our entries were removed. */
  how: "restored" | "removed" | "cut" | "nothing" | "failed";
  error: SitrepError | null;
}

function takeOut(
  context: CommandContext,
  file: string,
  record: SettingsRecord | null,
): Uninstalled["how"] {
  const settings = readSettingsFile(file);
  if (settings.bytes === null || settings.text === null) return "nothing";
  // The project's files may have changed since the install: a new link is not followed.
  if (record !== null && record.target !== realPath(settings.target)) {
    throw new SitrepError("settings-unexpected", `${file} now links to ${settings.target}.`, {
      hint: `Sitrep was installed in ${record.target}. Nothing was changed.`,
    });
  }
  if (record !== null && sha256(settings.bytes) === record.afterHash) {
    if (record.before === null) {
      removeSettings(settings, record.madeFolder);
      return "removed";
    }
    writeSettings(settings, record.before);
    return "restored";
  }
  // The team had our entries in this file before the install, and has changed the file since.
  if (isPortable(record?.before?.toString("utf8") ?? null)) return "nothing";
  const after = withoutOwnEntries(context, file, settings.text, record?.hasOurRule ?? false);
  if (after === settings.text) return "nothing";
  writeSettings(settings, after);
  return "cut";
}

function uninstallFrom(context: CommandContext, file: string): Uninstalled["how"] {
  const record = readSettingsRecord(context.files.settingsRecords, file);
  const how = takeOut(context, file, record);
  if (record?.excludedIn != null) {
    // Settings are in a folder of the working tree, which may be gone.
    const worktree = isMcpFile(file) ? dirname(file) : dirname(dirname(file));
    const repository = locate(worktree)?.repository ?? locate(dirname(file))?.repository;
    if (repository != null) includeFile(repository, file, record.excludedIn);
  }
  removeSettingsRecord(context.files.settingsRecords, file);
  return how;
}

export interface InstalledFile {
  file: string;
  scope: Scope;
}

/** The settings files that an uninstall changes: the recorded ones, and those of the project that name our gates. */
export function installedFiles(context: CommandContext, project: Located): InstalledFile[] {
  const own = settingsScopes
    .map((scope) => settingsPath(context, project, scope))
    .filter((file) => readSettingsFile(file).text?.includes(context.files.gates));
  const mcp = mcpFile(project);
  if (namesOurProgram(context, mcp)) own.push(mcp);
  const records = context.files.settingsRecords;
  const recorded = recordedFiles(records).filter((file) => existsSync(file));
  return [...new Set([...recorded, ...own])].map((file) => {
    const scope = readSettingsRecord(records, file)?.scope ?? scopeOfFile(context, file);
    return { file, scope };
  });
}

/** The team's settings file when it has our hooks and no install here has written it, else null. */
export function teamFile(context: CommandContext, project: Located): string | null {
  const file = settingsPath(context, project, "project");
  if (readSettingsRecord(context.files.settingsRecords, file) !== null) return null;
  return isPortable(readSettingsFile(file).text) ? file : null;
}

/** Removes our entries from these files. A file that cannot be parsed stays unchanged, and its error is returned. */
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

/** Removes the gates and the installed versions. The store, the cache and the logs stay. */
export function uninstallFiles(context: CommandContext): void {
  rmSync(context.files.gates, { recursive: true, force: true });
  rmSync(context.files.installation, { force: true });
  for (const name of ["versions", "node", "bin"]) {
    rmSync(join(context.folders.data, name), { recursive: true, force: true });
  }
}
