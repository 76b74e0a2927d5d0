// Finds a source's program. A source for all projects belongs to the person, so a session's folder does not matter.

import { realpathSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import type { SourceConfig } from "../config/source-config.ts";
import type { ProjectScope } from "../core/ports.ts";
import { quoted } from "../core/quote.ts";
import { SourceError } from "../core/source-error.ts";
import { isBelow } from "../git/find-git.ts";
import { isProgram } from "../git/hardened.ts";
import { findPreset } from "./presets/presets.ts";

export interface LocatedProgram {
  readonly command: string;
  readonly cwd: string;
  readonly path: string;
}

type ProgramConfig = Pick<
  SourceConfig,
  "name" | "command" | "args" | "cwd" | "projects" | "preset"
>;

/** True for a source that names the project's path: added with --only-here, or in the project's allowed file. */
export const isOnlyHere = ({ projects }: ProgramConfig, { path }: ProjectScope): boolean =>
  projects?.includes(path) ?? false;

const isBeside = (text: string): boolean => /^\.{1,2}(?:[/\\]|$)/.test(text);
const isRelativeFile = (text: string): boolean => /[/\\]/.test(text) && !isAbsolute(text);

/** The part of a source that depends on the folder in which it starts, or null. */
export function needsFolder({ command = "", args, cwd, preset }: ProgramConfig): string | null {
  if (cwd !== undefined) return isAbsolute(cwd) ? null : `its cwd ${quoted(cwd, 80)}`;
  if (isRelativeFile(command)) return `its command ${quoted(command, 80)}`;
  const file = args.find(isBeside);
  if (file !== undefined) return `its argument ${quoted(file, 80)}`;
  return findPreset(preset ?? "")?.worksInFolder === true
    ? `${preset} keeps its tasks there`
    : null;
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** The PATH without relative folders, and without a project's own, which `npm run` adds. */
function ownPath(
  path: string,
  { path: project }: Pick<ProjectScope, "path">,
  isHere: boolean,
): string[] {
  const folders = path.split(delimiter).filter(isAbsolute);
  if (isHere) return folders;
  const own = realOf(project);
  const isOwn = (folder: string): boolean => folder === own || isBelow(own, folder);
  return folders.filter(
    (folder) => !/node_modules[/\\]\.bin[/\\]?$/.test(folder) && !isOwn(realOf(folder)),
  );
}

function find(name: string, folders: readonly string[]): string | undefined {
  const endings = process.platform === "win32" ? [".exe", ".cmd", ""] : [""];
  return folders
    .flatMap((folder) => endings.map((ending) => join(folder, name + ending)))
    .find(isProgram);
}

/** A program on the PATH, in no folder of the project; undefined for none. */
export const findOutside = (name: string, path: string, project: string): string | undefined =>
  find(name, ownPath(path, { path: project }, false));

const notStarted = (name: string, what: string, hint: string): SourceError =>
  new SourceError("source-not-started", `${name}: ${what}`, { hint, isUnsent: true });

export const localProgramHint = (name: string): string =>
  `sitrep source remove ${name}, then in its project: sitrep source add ${name} --only-here …; or give files and cwd as absolute paths`;

/** `neutral`: where a source for all projects starts. `path`: the PATH to search. Throws `source-not-started`. */
export function locateProgram(
  config: ProgramConfig,
  scope: ProjectScope,
  { neutral, path }: { neutral: string; path: string },
): LocatedProgram {
  const { name, command = "", cwd } = config;
  const isHere = isOnlyHere(config, scope);
  const needed = isHere ? null : needsFolder(config);
  if (needed !== null) {
    const what = `it is for all projects but depends on the folder it starts in (${needed}). Nothing was started.`;
    throw notStarted(name, what, localProgramHint(name));
  }
  const folder = resolve(isHere ? scope.path : neutral, cwd ?? "");
  const folders = ownPath(path, scope, isHere);
  const file = isRelativeFile(command)
    ? resolve(folder, command)
    : isAbsolute(command)
      ? command
      : find(command, folders);
  if (file === undefined) {
    const hint = "Install it, or give its absolute path. A project's own folders are not searched.";
    throw notStarted(name, `the program ${quoted(command, 80)} is not on the PATH.`, hint);
  }
  return { command: file, cwd: folder, path: folders.join(delimiter) };
}
