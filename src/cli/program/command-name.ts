import { homedir } from "node:os";
import { delimiter, isAbsolute, join, relative, sep } from "node:path";
import type { CommandContext } from "../../config/context.ts";
import { isProgram } from "../../git/hardened.ts";
import type { Located } from "../../git/repository.ts";
import { shellWord, type Scope } from "../../install/hook-entries.ts";
import { launcherFile } from "../../install/versions.ts";
import { realPath } from "../../state/files/real-path.ts";

/** `sitrep` if that is ours on the PATH, else the launcher. Ignores npx's folder: it is on the PATH only during npx. */
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

export function shellPath({ env }: CommandContext, path: string): string {
  const below = `${env["HOME"] ?? homedir()}${sep}`;
  const word = shellWord(path);
  return word === path && path.startsWith(below) ? `~/${path.slice(below.length)}` : word;
}

export const shellCommand = (context: CommandContext): string =>
  shellPath(context, calledAs(context, launcherFile(context.folders.data)));

export function undoCommand(context: CommandContext, { worktree }: Located, scope: Scope): string {
  const where = scope === "user" ? [] : ["--project", shellPath(context, worktree)];
  return [shellCommand(context), "uninstall", "--scope", scope, ...where].join(" ");
}

export function shellFile(context: CommandContext, { worktree }: Located, file: string): string {
  const within = relative(worktree, file);
  return within.startsWith("..") ? shellPath(context, file) : within;
}
