import { readFileSync } from "node:fs";
import type { CommandContext } from "../config/context.ts";
import { createStatusline } from "../hooks/statusline.ts";
import { print } from "./terminal/terminal.ts";

export function runStatuslineCommand(context: CommandContext): void {
  const input = process.stdin.isTTY ? "" : readFileSync(0, "utf8");
  print(createStatusline(context.files, input, context.env));
}
