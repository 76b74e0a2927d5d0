// `sitrep off` and `on`: silences every hook or those of one project, and lets them speak again.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { projectOf } from "../wiring/cli-world.ts";
import type { CliWorld } from "../wiring/cli-world.ts";
import { switchProject } from "../wiring/installation/project-switch.ts";
import { print } from "./terminal.ts";

export interface SwitchOptions {
  project?: string;
}

export function runOff(world: CliWorld, options: SwitchOptions): void {
  if (options.project !== undefined) {
    const { project } = projectOf(world, options.project);
    switchProject(world, project, true);
    return print(`Sitrep is off in ${project}. On again: sitrep on --project ${project}`);
  }
  mkdirSync(world.folders.state, { recursive: true, mode: 0o700 });
  writeFileSync(world.files.off, "", { mode: 0o600 });
  print("Sitrep is off: its hooks say nothing and start nothing. On again: sitrep on");
}

export function runOn(world: CliWorld, options: SwitchOptions): void {
  if (options.project !== undefined) {
    const { project } = projectOf(world, options.project);
    switchProject(world, project, false);
    return print(`Sitrep is on in ${project}.`);
  }
  rmSync(world.files.off, { force: true });
  print("Sitrep is on.");
}
