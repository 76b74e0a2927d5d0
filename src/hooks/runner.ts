// Runs a hook's handler so that nothing it does can disturb the client: every failure and every delay ends in exit
// code 0 with nothing said, and is reported for `status` and `doctor`.

import { codeOf } from "../core/errors.ts";
import { parseHookInput } from "./input.ts";
import type { HookInput } from "./input.ts";
import type { OutputWriter } from "./output-writer.ts";
import { encodeContext, encodeQuestion } from "./output.ts";
import type { HookEvent } from "./output.ts";
import type { StdinText } from "./stdin.ts";

/** What a handler has to say, and what is left to do once it is said. */
export interface HookAnswer {
  /** Null: nothing. */
  context: string | null;
  /** A guard's question; said instead of the context. */
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
    if (answer.question !== undefined) run.output.say(encodeQuestion(answer.question));
    else if (answer.context !== null) run.output.say(encodeContext(run.event, answer.context));
    answer.afterwards?.();
  } catch (error) {
    run.report(codeOf(error));
  }
  clearTimeout(timer);
  run.output.end(isReadPending);
}
