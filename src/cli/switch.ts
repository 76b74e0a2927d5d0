// `sitrep off` and `on`: silences every hook or those of one project, and lets them speak again.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { projectOf } from "../config/context.ts";
import type { CommandContext } from "../config/context.ts";
import { switchProject } from "../install/project-switch.ts";
import { print } from "./terminal.ts";

export interface SwitchOptions {
  project?: string;
}

export function runOff(context: CommandContext, options: SwitchOptions): void {
  if (options.project !== undefined) {
    const { project } = projectOf(context, options.project);
    switchProject(context, project, true);
    return print(`Sitrep is off in ${project}. On again: sitrep on --project ${project}`);
  }
  mkdirSync(context.folders.state, { recursive: true, mode: 0o700 });
  writeFileSync(context.files.off, "", { mode: 0o600 });
  print("Sitrep is off: its hooks say nothing and start nothing. On again: sitrep on");
}

export function runOn(context: CommandContext, options: SwitchOptions): void {
  if (options.project !== undefined) {
    const { project } = projectOf(context, options.project);
    switchProject(context, project, false);
    return print(`Sitrep is on in ${project}.`);
  }
  rmSync(context.files.off, { force: true });
  print("Sitrep is on.");
}
