// How the command, files and what undoes an install are written for a person to type.

import { homedir } from "node:os";
import { delimiter, isAbsolute, join, relative, sep } from "node:path";
import type { CommandContext } from "../../config/context.ts";
import { isProgram } from "../../git/hardened.ts";
import type { Located } from "../../git/repository.ts";
import { shellWord, type Scope } from "../../install/entries.ts";
import { launcherFile } from "../../install/versions.ts";
import { realPath } from "../../state/files/real-path.ts";

/** How the command is called here: by its name where the PATH has ours, and not only for as long as npx runs. */
export function calledAs({ env }: CommandContext, launcher: string): string {
  const isOurs = (file: string): boolean => {
    const real = realPath(file);
    return real === launcher || real.endsWith(join("node_modules", "sitrep", "dist", "cli.cjs"));
  };
  const found = (env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => isAbsolute(folder) && !folder.split(sep).includes("node_modules"))
    .map((folder) => join(folder, "sitrep"))
    .find(isProgram);
  return found !== undefined && isOurs(found) ? "sitrep" : launcher;
}

/** A path as a word of the person's shell: below their home by its short form. */
export function pathWord({ env }: CommandContext, path: string): string {
  const below = `${env["HOME"] ?? homedir()}${sep}`;
  const word = shellWord(path);
  return word === path && path.startsWith(below) ? `~/${path.slice(below.length)}` : word;
}

/** The command as it is typed here. */
export const commandWord = (context: CommandContext): string =>
  pathWord(context, calledAs(context, launcherFile(context.folders.data)));

/** What undoes an install, as it is typed. */
export function undoCommand(context: CommandContext, { worktree }: Located, scope: Scope): string {
  const where = scope === "user" ? [] : ["--project", pathWord(context, worktree)];
  return [commandWord(context), "uninstall", "--scope", scope, ...where].join(" ");
}

/** A file as a person of this project would name it. */
export function fileWord(context: CommandContext, { worktree }: Located, file: string): string {
  const within = relative(worktree, file);
  return within.startsWith("..") ? pathWord(context, file) : within;
}
