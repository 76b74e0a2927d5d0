import { CommanderError } from "commander";
import { codeOf } from "../core/errors.ts";
import { requireSupportedNode } from "../config/context.ts";
import { program } from "./program/program.ts";
import { fail } from "./terminal/terminal.ts";

const ofProgram = ["--help", "-h", "--version", "-v"];

/** Adds `today` when no command is named, and translates spellings of other programs, such as `ls`, to ours. */
function spelledOut([first = "", ...rest]: readonly string[]): string[] {
  if (first === "--color") return [first, ...rest.slice(0, 1), ...spelledOut(rest.slice(1))];
  if (first.startsWith("--color=")) return [first, ...spelledOut(rest)];
  if (first === "help") return program.helpOf(rest.length === 0 ? [] : spelledOut(rest));
  if (first === "ls") return ["task", "list", ...rest];
  if (first === "version" || first === "-V") return ["--version", ...rest];
  if (first === "") return ["today", ...rest];
  const isOption = first.startsWith("-") && !ofProgram.includes(first);
  return [...(isOption ? ["today"] : []), first, ...rest];
}

/** Replaces `--no-color` with `--color=never`, but not after `--`: those arguments belong to another program. */
function given(): string[] {
  const words = process.argv.slice(2);
  const end = words.includes("--") ? words.indexOf("--") : words.length;
  return words.map((word, at) => (word === "--no-color" && at < end ? "--color=never" : word));
}

async function main(): Promise<void> {
  try {
    requireSupportedNode();
    await program.parseAsync(spelledOut(given()), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      fail(error, process.argv.includes("--json"));
      if (codeOf(error) === "cancelled") process.exit();
      return;
    }
    // Help and version exit with code 0.
    if (error.exitCode !== 0) process.exitCode = 2;
  }
}

void main();
