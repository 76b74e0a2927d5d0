// The only decision that this can write is to ask the user; nothing here can allow a call.

import { writeSync } from "node:fs";
import { codeOf } from "../core/errors.ts";
import { modelText } from "../state/output/model.ts";

export type HookEvent = "SessionStart" | "SubagentStart" | "UserPromptSubmit" | "PreToolUse";

/** One JSON object whose `additionalContext` Claude reads; Claude Code shows `systemMessage` to the person alone. */
export const encodeContext = (
  event: HookEvent,
  additionalContext: string,
  systemMessage: string | null = null,
): string =>
  JSON.stringify({
    ...(systemMessage !== null && { systemMessage: modelText(systemMessage) }),
    hookSpecificOutput: { hookEventName: event, additionalContext: modelText(additionalContext) },
  });

/** Makes Claude Code ask the user before the call, with this reason. For guards that the user switched on. */
export const encodeQuestion = (reason: string): string =>
  JSON.stringify({
    hookSpecificOutput: {
      hookEventName: "PreToolUse",
      permissionDecision: "ask",
      permissionDecisionReason: modelText(reason),
    },
  });

export interface OutputWriter {
  /** Writes the text. A second call, and any failure (a closed or full pipe), is ignored. */
  write(text: string): void;
  /** By SIGKILL: an exit takes a millisecond and waits for stdin. The gate makes the exit code 0. */
  end(isReadPending: boolean): void;
}

const tries = 10;

function writeAll(text: string): void {
  const bytes = Buffer.from(text, "utf8");
  let done = 0;
  for (let left = tries; done < bytes.length && left > 0; left -= 1) {
    try {
      // oxlint-disable-next-line sitrep/one-way-out -- the one writer of a hook's stdout, of what is encoded above
      done += writeSync(1, bytes, done);
    } catch (error) {
      if (codeOf(error) !== "EAGAIN") return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

export function createOutputWriter(): OutputWriter {
  let hasWritten = false;
  return {
    write: (text) => {
      if (hasWritten) return;
      hasWritten = true;
      writeAll(text);
    },
    end: (isReadPending) => {
      if (process.platform === "win32" && !isReadPending) process.exit(0);
      try {
        process.kill(process.pid, "SIGKILL");
      } finally {
        // Some sandboxes forbid signals.
        process.exit(0);
      }
    },
  };
}
