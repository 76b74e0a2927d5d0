// Runs the `sitrep` command.

import { CommanderError } from "commander";
import { requireSupportedNode } from "../config/context.ts";
import { program } from "./program.ts";
import { fail } from "./terminal.ts";

/** With the words that other programs have for some of ours. Prints the help of what stands behind `help`. */
function spelledOut([first = "", ...rest]: readonly string[]): string[] {
  if (first === "--color") return [first, ...rest.slice(0, 1), ...spelledOut(rest.slice(1))];
  if (/^--(?:color=|no-color$)/.test(first)) return [first, ...spelledOut(rest)];
  if (first === "help") return program.helpOf(spelledOut(rest));
  if (first === "ls") return ["task", "list", ...rest];
  const isVersion = first === "version" || first === "-V";
  return first === "" ? rest : [isVersion ? "--version" : first, ...rest];
}

async function main(): Promise<void> {
  try {
    requireSupportedNode();
    await program.parseAsync(spelledOut(process.argv.slice(2)), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) return fail(error, process.argv.includes("--json"));
    // Commander has printed what is wrong; help and version are no failures.
    if (error.exitCode !== 0) process.exitCode = 2;
  }
}

void main();
