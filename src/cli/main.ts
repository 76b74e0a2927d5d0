// Runs the `sitrep` command.

import { CommanderError } from "commander";
import { codeOf } from "../core/errors.ts";
import { requireSupportedNode } from "../config/context.ts";
import { program } from "./program/program.ts";
import { fail } from "./terminal/terminal.ts";

/** With the words that other programs have for some of ours. Prints the help of what stands behind `help`. */
function spelledOut([first = "", ...rest]: readonly string[]): string[] {
  if (first === "--color") return [first, ...rest.slice(0, 1), ...spelledOut(rest.slice(1))];
  if (first.startsWith("--color=")) return [first, ...spelledOut(rest)];
  if (first === "help") return program.helpOf(spelledOut(rest));
  if (first === "ls") return ["task", "list", ...rest];
  const isVersion = first === "version" || first === "-V";
  return first === "" ? rest : [isVersion ? "--version" : first, ...rest];
}

/** What is called, `--no-color` in the words that every verb knows; what stands behind `--` is another program's. */
function given(): string[] {
  const words = process.argv.slice(2);
  const end = words.includes("--") ? words.indexOf("--") : words.length;
  const isNone = (word: string, at: number): boolean => word === "--no-color" && at < end;
  return words.map((word, at) => (isNone(word, at) ? "--color=never" : word));
}

async function main(): Promise<void> {
  try {
    requireSupportedNode();
    await program.parseAsync(spelledOut(given()), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      fail(error, process.argv.includes("--json"));
      // What was under way is not waited for.
      if (codeOf(error) === "cancelled") process.exit();
      return;
    }
    // Commander has printed what is wrong; help and version are no failures.
    if (error.exitCode !== 0) process.exitCode = 2;
  }
}

void main();
