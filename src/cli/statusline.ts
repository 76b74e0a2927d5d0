// `sitrep statusline`: the line that the client's status line shows, by the same code.

import { readFileSync } from "node:fs";
import type { CliWorld } from "../wiring/cli-world.ts";
import { statuslineFor } from "../wiring/hooks/statusline.ts";
import { print } from "./terminal.ts";

export function runStatuslineCommand(world: CliWorld): void {
  const input = process.stdin.isTTY ? "" : readFileSync(0, "utf8");
  print(statuslineFor(world.files, input, world.env));
}
