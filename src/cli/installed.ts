// What is said after an install: the brief, what was changed, and the commands that come next.

import { homedir } from "node:os";
import { delimiter, isAbsolute, join, sep } from "node:path";
import type { CommandContext } from "../config/context.ts";
import { isProgram } from "../git/hardened.ts";
import type { Located } from "../git/repository.ts";
import { shellWord, type Scope } from "../install/entries.ts";
import { realPath } from "../state/files/link-out.ts";
import { name, strong } from "./look/styles.ts";
import { wrapped } from "./look/table.ts";
import { print, printLines, screenWidth } from "./terminal.ts";

export interface Installed {
  settingsFile: string;
  changedOnDisk: string[];
  launcher: string;
  brief: string | null;
  ms: number;
}

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
function pathWord({ env }: CommandContext, path: string): string {
  const below = `${env["HOME"] ?? homedir()}${sep}`;
  const word = shellWord(path);
  return word === path && path.startsWith(below) ? `~/${path.slice(below.length)}` : word;
}

/** What undoes an install, as it is typed. */
function undoCommand(context: CommandContext, { worktree }: Located, scope: Scope): string {
  const where = scope === "user" ? [] : ["--project", pathWord(context, worktree)];
  return ["uninstall", "--scope", scope, ...where].join(" ");
}

export function report(
  context: CommandContext,
  project: Located,
  { scope, ...installed }: Installed & { scope: Scope },
): void {
  print("");
  const title = `The next Claude Code session in ${project.worktree} will read:`;
  print(...wrapped(strong(title), screenWidth()));
  print("");
  printLines(installed.brief ?? "(nothing)");
  print("");
  print(`It took ${installed.ms} ms. Changed on this disk:`);
  for (const change of installed.changedOnDisk) print(`  ${change}`);
  const called = calledAs(context, installed.launcher);
  const command = pathWord(context, called);
  print("To take it all back:");
  print(name(`  ${command} ${undoCommand(context, project, scope)}`));
  print("For another project:");
  print(name(`  ${command} install --project DIR`));
  if (called === "sitrep") return;
  print(`To have the command as "sitrep": add ${context.folders.data}/bin to your PATH.`);
}
