// The settings file that an install writes, the entries in it that are ours, and the lock for one install at a time.

import { homedir } from "node:os";
import { basename, dirname, join, sep } from "node:path";
import { SitrepError } from "../core/errors.ts";
import type { Located } from "../git/repository.ts";
import { symlinkOutside } from "../state/files/real-path.ts";
import type { SettingsFile } from "./settings-file.ts";
import { portableMark, shellQuote, type Scope } from "./hook-entries.ts";
import { mcpFileName, setMcpEntry, setRule, setStatusLine } from "./optional-entries.ts";
import { planUninstall, type IsOwnCommand } from "./settings-hooks.ts";
import { cutTaskLinks } from "./footer-links.ts";
import { tryLock } from "../state/sqlite/exclusive-lock.ts";
import type { CommandContext } from "../config/context.ts";

const lockWaitMs = 10_000;

export const claudeCodeFolder = ({ env }: CommandContext): string =>
  env["CLAUDE_CONFIG_DIR"] || join(homedir(), ".claude");

const userSettings = (context: CommandContext): string =>
  join(claudeCodeFolder(context), "settings.json");

export function settingsPath(context: CommandContext, project: Located, scope: Scope): string {
  if (scope === "user") return userSettings(context);
  const name = scope === "local" ? "settings.local.json" : "settings.json";
  return join(project.worktree, ".claude", name);
}

/** Ours are commands that name a gate of this state folder as we quote it, or the state folder itself, and portable ones. */
export function createIsOwnCommand(context: CommandContext): IsOwnCommand {
  const gate = JSON.stringify(shellQuote(join(context.files.gates, "x")).slice(0, -2)).slice(1, -1);
  const state = JSON.stringify(context.folders.state);
  return (command) =>
    command.includes(gate) || command.includes(state) || command.includes(portableMark);
}

export const isPortable = (text: string | null): boolean => text?.includes(portableMark) === true;

export const hasOurHooks = ({ files }: CommandContext, text: string | null): boolean =>
  text?.includes(files.gates) === true || isPortable(text);

export function scopeOfFile(context: CommandContext, file: string): Scope {
  if (basename(file) !== "settings.json") return "local";
  return file === userSettings(context) || basename(dirname(file)) !== ".claude"
    ? "user"
    : "project";
}

/** The real path of a project's file if a link leads out of the project, else null. */
export function findLinkTarget(project: Located, { file, target }: SettingsFile): string | null {
  const isOfProject = file.startsWith(project.worktree + sep);
  return isOfProject ? symlinkOutside(project.worktree, target) : null;
}

export const mcpFile = (project: Located): string => join(project.worktree, mcpFileName);

export const isMcpFile = (file: string): boolean => basename(file) === mcpFileName;

export const mcpProgram = (context: CommandContext): string => context.folders.data;

/** The text of a settings file or `.mcp.json` without our entries. Throws as `planUninstall`. */
export function withoutOwnEntries(
  context: CommandContext,
  file: string,
  text: string,
  hasOurRule: boolean,
): string {
  if (isMcpFile(file)) return setMcpEntry(file, text, null, mcpProgram(context));
  const isOurs = createIsOwnCommand(context);
  const unlined = setStatusLine(file, planUninstall(file, text, isOurs), null, isOurs);
  const unhooked = cutTaskLinks(file, unlined);
  return hasOurRule ? setRule(file, unhooked, false) : unhooked;
}

/** Runs one install or uninstall at a time in a state folder. Throws `busy`. */
export function withLock<T>(context: CommandContext, work: () => T): T {
  using lock = tryLock(context.files.installLock, lockWaitMs);
  if (lock === null) {
    throw new SitrepError("busy", "Another install or uninstall is running.", {
      hint: "Wait for it to finish, then run the command again.",
    });
  }
  return work();
}
