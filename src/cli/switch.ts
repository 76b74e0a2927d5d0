import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { locateProject, type CommandContext } from "../config/context.ts";
import { readProjectsOff } from "../config/installation.ts";
import { offText, activeOffSwitches } from "../config/off.ts";
import { withLock } from "../install/settings-target.ts";
import { replaceFile } from "../state/files/replace-file.ts";
import { wakeMonitor } from "../state/live/lease.ts";
import type { ProjectOptions } from "./program/verb-context.ts";
import { warningStyle } from "./terminal/styles.ts";
import { countText, print } from "./terminal/terminal.ts";

function switchProject(context: CommandContext, folder: string, isOff: boolean): string {
  const { project } = locateProject(context, folder);
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
    return print(`Sitrep is off in ${project}. To turn it on: sitrep on --project ${project}`);
  }
  mkdirSync(context.folders.state, { recursive: true, mode: 0o700 });
  writeFileSync(context.files.off, "", { mode: 0o600 });
  print("Sitrep is off: its hooks say nothing and start nothing. To turn it on: sitrep on");
}

export function runOn(context: CommandContext, { project: folder }: ProjectOptions): void {
  const { files, env } = context;
  if (folder === undefined) rmSync(files.off, { force: true });
  const project =
    folder === undefined
      ? locateProject(context, undefined).project
      : switchProject(context, folder, false);
  const left = activeOffSwitches(files, env, project);
  const where = folder === undefined ? "" : ` in ${project}`;
  print(
    left.length === 0 ? `Sitrep is on${where}.` : `Done${where}.`,
    ...left.map((one) => warningStyle(`Still: ${offText(one)}`)),
  );
  const others = readProjectsOff(files.projectsOff).filter((one) => one !== project);
  if (folder !== undefined || others.length === 0) return;
  print(warningStyle(`Still off in ${countText(others.length, "project")}: ${others.join(", ")}`));
}
