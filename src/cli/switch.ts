// `sitrep off` and `on`: silences every hook, and lets them speak again.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import type { CliWorld } from "../wiring/cli-world.ts";
import { print } from "./terminal.ts";

export function runOff(world: CliWorld): void {
  mkdirSync(world.folders.state, { recursive: true, mode: 0o700 });
  writeFileSync(world.files.off, "", { mode: 0o600 });
  print("Sitrep is off: its hooks say nothing and start nothing. On again: sitrep on");
}

export function runOn(world: CliWorld): void {
  rmSync(world.files.off, { force: true });
  print("Sitrep is on.");
}
