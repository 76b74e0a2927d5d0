// Runs a hook's handler so that nothing it does can disturb the client: every failure and every delay ends in exit
// code 0 with no output, and is reported for `status` and `doctor`.

import { codeOf } from "../core/errors.ts";
import { parseHookInput, readStdin } from "./input.ts";
import type { HookInput, StdinText } from "./input.ts";
import { createOutputWriter, encodeContext, encodeQuestion } from "./output.ts";
import type { HookEvent, OutputWriter } from "./output.ts";
import { existsSync } from "node:fs";
import { stateFiles } from "../config/folders.ts";
import type { StateFiles } from "../config/folders.ts";
import { gitProgramOf, readInstallation } from "../config/installation.ts";
import type { Installation } from "../config/installation.ts";
import { appendFailure } from "./failure-log.ts";
import type { GitProgram } from "../git/hardened.ts";
import { sinceStart } from "./clocks.ts";

/** What a handler has to report, and what is left to do once that is written. */
export interface HookAnswer {
  /** Null: nothing. */
  context: string | null;
  /** A guard's question; written instead of the context. */
  question?: string;
  afterwards?: () => void;
}

export type HookHandler = (input: HookInput) => Promise<HookAnswer>;

export interface HookRun {
  event: HookEvent;
  handle: HookHandler;
  output: OutputWriter;
  readInput: () => Promise<StdinText>;
  env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds left until the process must have ended. */
  remainingMs: number;
  /** Notes a failure by its code. Must not throw. */
  report: (code: string) => void;
}

/** Runs one hook from its input to the end of its process. */
export async function runHook(run: HookRun): Promise<void> {
  let isReadPending = true;
  const giveUp = (code: string): void => {
    run.report(code);
    run.output.end(isReadPending);
  };
  const timer = setTimeout(() => giveUp("hook-deadline"), Math.max(1, run.remainingMs));
  try {
    const input = await run.readInput();
    isReadPending = input.isPending;
    const answer = await run.handle(parseHookInput(input.text, run.env));
    if (answer.question !== undefined) run.output.write(encodeQuestion(answer.question));
    else if (answer.context !== null) run.output.write(encodeContext(run.event, answer.context));
    answer.afterwards?.();
  } catch (error) {
    run.report(codeOf(error));
  }
  clearTimeout(timer);
  run.output.end(isReadPending);
}

/** Does one thing whose failure is reported and disturbs nothing else. */
export function guarded(report: (code: string) => void, work: () => void): void {
  try {
    work();
  } catch (error) {
    report(codeOf(error));
  }
}

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
