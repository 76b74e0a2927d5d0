// `sitrep off` and `on`: silences every hook or those of one project, and lets them speak again.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { offText, whatIsOff } from "../config/off.ts";
import { readProjectsOff } from "../config/installation.ts";
import { wakeMonitor } from "../state/live/lease.ts";
import { replaceFile } from "../state/files/replace-file.ts";
import { projectOf, type CommandContext } from "../config/context.ts";
import { withLock } from "../install/settings-target.ts";
import type { ProjectOptions } from "./program/options.ts";
import { warning } from "./terminal/styles.ts";
import { countOf, print } from "./terminal/terminal.ts";

/** Gives the real path of the main worktree. */
function switchProject(context: CommandContext, folder: string, isOff: boolean): string {
  const { project } = projectOf(context, folder);
  const file = context.files.projectsOff;
  withLock(context, () => {
    const others = readProjectsOff(file).filter((one) => one !== project);
    const projects = isOff ? [...others, project] : others;
    replaceFile(file, `${JSON.stringify({ projects }, null, 2)}\n`, { mode: 0o600 });
  });
  wakeMonitor(context.files.live);
  return project;
}

export function runOff(context: CommandContext, { project: folder }: ProjectOptions): void {
  if (folder !== undefined) {
    const project = switchProject(context, folder, true);
    return print(`Sitrep is off in ${project}. On again: sitrep on --project ${project}`);
  }
  mkdirSync(context.folders.state, { recursive: true, mode: 0o700 });
  writeFileSync(context.files.off, "", { mode: 0o600 });
  print("Sitrep is off: its hooks say nothing and start nothing. On again: sitrep on");
}

/** Says what is on, and what is off all the same. */
export function runOn(context: CommandContext, { project: folder }: ProjectOptions): void {
  if (folder === undefined) rmSync(context.files.off, { force: true });
  const project =
    folder === undefined
      ? projectOf(context, undefined).project
      : switchProject(context, folder, false);
  const left = whatIsOff(context.files, context.env, project);
  const where = folder === undefined ? "" : ` in ${project}`;
  print(left.length === 0 ? `Sitrep is on${where}.` : `Done${where}.`);
  for (const one of left) print(warning(`Still: ${offText(one)}`));
  const others = readProjectsOff(context.files.projectsOff).filter((one) => one !== project);
  if (folder === undefined && others.length > 0) {
    const count = countOf(others.length, "project");
    print(warning(`Still off in ${count}: ${others.join(", ")}`));
  }
}
