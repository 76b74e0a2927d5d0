// `sitrep status`: what is fresh, stale or failing, and what runs.

import { configOf } from "../config/command-config.ts";
import type { CommandContext } from "../config/context.ts";
import { readStatus } from "./read-status.ts";
import { statusLines } from "./status-lines.ts";
import { printResult, screenWidth, type JsonOption } from "./terminal.ts";

export async function runStatus(context: CommandContext, options: JsonOption): Promise<void> {
  const status = await readStatus(context, configOf(context));
  printResult(options, status, () => statusLines(status, screenWidth(), Date.now()));
}
