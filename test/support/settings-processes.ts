// Starts `settings-program.ts`, for faults that need a whole process.

import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseObject } from "../../src/core/read.ts";

const program = fileURLToPath(import.meta.resolve("./settings-program.ts"));

export type ProgramVerb =
  | "read-settings"
  | "read-installation"
  | "read-small"
  | "install"
  | "install-locked"
  | "install-build"
  | "replace"
  | "replace-for-ever";

export interface ProgramOutcome {
  /** `ok`, the code of the error, or the signal that ended the process. */
  code: string;
  value: unknown;
}

const commandLine = (verb: ProgramVerb, args: readonly string[]): string[] => [
  process.execPath,
  program,
  verb,
  ...args,
];

function outcomeOf(stdout: string, signal: string | null): ProgramOutcome {
  const from = parseObject(stdout);
  return { code: String(from?.["code"] ?? signal ?? "silent"), value: from?.["value"] ?? null };
}

/** Runs a verb until it exits, for at most 60 s. `wrap` runs it under another program. */
export function runProgram(
  verb: ProgramVerb,
  args: readonly string[],
  wrap: (command: string[]) => string[] = (command) => command,
): ProgramOutcome {
  const [file = "", ...rest] = wrap(commandLine(verb, args));
  const run = spawnSync(file, rest, { encoding: "utf8", timeout: 60_000, killSignal: "SIGKILL" });
  return outcomeOf(run.stdout, run.signal);
}

/** Starts a verb without waiting for it. */
export function startProgram(verb: ProgramVerb, args: readonly string[]): ChildProcess {
  const [file = "", ...rest] = commandLine(verb, args);
  return spawn(file, rest, { stdio: ["ignore", "pipe", "inherit"] });
}

/** Runs a verb concurrently with others. */
export function runBeside(verb: ProgramVerb, args: readonly string[]): Promise<ProgramOutcome> {
  const child = startProgram(verb, args);
  let stdout = "";
  child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (_code, signal) => resolve(outcomeOf(stdout, signal)));
  });
}
