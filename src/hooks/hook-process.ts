// Every failure and every delay ends in exit code 0 with no output, and is reported for `status`.

import { codeOf } from "../core/errors.ts";
import { parseHookInput, readStdin, type HookInput, type StdinText } from "./input.ts";
import { createOutputWriter, encodeContext, encodeQuestion } from "./output.ts";
import type { HookEvent, OutputWriter } from "./output.ts";
import { existsSync } from "node:fs";
import { stateFiles, type StateFiles } from "../config/folders.ts";
import { createGitProgram, readInstallation, type Installation } from "../config/installation.ts";
import { isOwnFolder } from "../state/files/own-folder.ts";
import { appendFailure } from "./failure-log.ts";
import type { GitProgram } from "../git/hardened.ts";
import { sinceStart, startTimeLimit, starvedMs } from "./clocks.ts";

export interface HookResponse {
  context: string | null;
  /** For the person, not for Claude; written only with a context. */
  message?: string | null;
  /** A guard's question; written instead of the context. */
  question?: string;
  afterwards?: () => void;
}

export type HookHandler = (input: HookInput) => Promise<HookResponse>;

export interface HookRun {
  event: HookEvent;
  handle: HookHandler;
  output: OutputWriter;
  readInput: () => Promise<StdinText>;
  env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds left until the process must have ended; asked again once they have passed. */
  remainingMs: () => number;
  report: (code: string) => void;
}

export async function runHook(run: HookRun): Promise<void> {
  let isReadPending = true;
  const giveUp = (): void => {
    run.report("hook-deadline");
    run.output.end(isReadPending);
  };
  const endLimit = startTimeLimit(run.remainingMs, giveUp);
  try {
    const input = await run.readInput();
    isReadPending = input.isPending;
    const response = await run.handle(parseHookInput(input.text, run.env));
    if (response.question !== undefined) run.output.write(encodeQuestion(response.question));
    else if (response.context !== null)
      run.output.write(encodeContext(run.event, response.context, response.message));
    response.afterwards?.();
  } catch (error) {
    run.report(codeOf(error));
  }
  endLimit();
  run.output.end(isReadPending);
}

/** Does one thing; its failure is reported and disturbs nothing else. */
export function attempt(report: (code: string) => void, work: () => void): void {
  try {
    work();
  } catch (error) {
    report(codeOf(error));
  }
}

export interface HookContext {
  files: StateFiles;
  installation: Installation | null;
  /** Null: git was not found when Sitrep was installed. */
  git: GitProgram | null;
  /** Where the gate has git write an early response; null when it does not. */
  earlyGit: string | null;
  report: (code: string) => void;
}

/** The first own argument is the state folder. `deadlineMs` counts from Node's start, without its waits for a processor. */
export async function runHookProcess(
  event: HookEvent,
  deadlineMs: number,
  build: (context: HookContext) => HookHandler,
): Promise<void> {
  const output = createOutputWriter();
  const [, , state, , earlyGit] = process.argv;
  if (state === undefined || process.env["SITREP_OFF"] === "1") return output.end(false);
  // A folder that others can write is neither believed nor written to; `status` reports it.
  if (!isOwnFolder(state)) return output.end(false);
  const files = stateFiles(state);
  const report = (code: string): void =>
    appendFailure(files.hookFailures, { at: Date.now(), event, code });
  process.on("uncaughtException", (error) => {
    report(codeOf(error));
    output.end(true);
  });
  if (existsSync(files.off)) return output.end(false);
  const installation = readInstallation(files.installation);
  const git = createGitProgram(installation, files.gitSettings);
  await runHook({
    event,
    handle: build({ files, installation, git, earlyGit: earlyGit || null, report }),
    output,
    readInput: () => readStdin({ maxBytes: 1024 * 1024, timeoutMs: 200 }),
    env: process.env,
    remainingMs: () => {
      const left = deadlineMs - sinceStart();
      return left > 0 ? left : left + starvedMs();
    },
    report,
  });
}
