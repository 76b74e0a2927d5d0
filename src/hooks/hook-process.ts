// What every hook process has in common: its arguments, its report of failures, and its one way out.

import { existsSync } from "node:fs";
import { stateFiles } from "../config/folders.ts";
import type { StateFiles } from "../config/folders.ts";
import { gitProgramOf, readInstallation } from "../config/installation.ts";
import type { Installation } from "../config/installation.ts";
import { codeOf } from "../core/errors.ts";
import { appendFailure } from "./failure-log.ts";
import { createOutputWriter } from "./output-writer.ts";
import type { HookEvent } from "./output.ts";
import { runHook } from "./runner.ts";
import type { HookHandler } from "./runner.ts";
import { readStdin } from "./stdin.ts";
import type { GitProgram } from "../git/hardened.ts";
import { sinceStart } from "./clocks.ts";

export interface HookContext {
  files: StateFiles;
  installation: Installation | null;
  git: GitProgram | null;
  /** Where the gate has git write an early answer; null when it does not. */
  earlyGit: string | null;
  report: (code: string) => void;
}

const stdinLimits = { maxBytes: 1024 * 1024, timeoutMs: 200 };

/** Runs one hook: `argv` is Node's, with the state folder as its first own argument. */
export async function runHookProcess(options: {
  event: HookEvent;
  argv: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  /** From Node's start. */
  deadlineMs: number;
  build: (context: HookContext) => HookHandler;
}): Promise<void> {
  const output = createOutputWriter();
  const state = options.argv[2];
  if (state === undefined || options.env["SITREP_OFF"] === "1") return output.end(false);
  const files = stateFiles(state);
  const report = (code: string): void =>
    appendFailure(files.hookFailures, { at: Date.now(), event: options.event, code });
  process.on("uncaughtException", (error) => {
    report(codeOf(error));
    output.end(true);
  });
  if (existsSync(files.off)) return output.end(false);
  const installation = readInstallation(files.installation);
  const context: HookContext = {
    files,
    installation,
    git: gitProgramOf(installation),
    earlyGit: options.argv[4] || null,
    report,
  };
  await runHook({
    event: options.event,
    handle: options.build(context),
    output,
    readInput: () => readStdin(stdinLimits),
    env: options.env,
    remainingMs: options.deadlineMs - sinceStart(),
    report,
  });
}
