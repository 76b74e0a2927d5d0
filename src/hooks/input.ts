// Reads hook input leniently: https://code.claude.com/docs/en/hooks#hook-input

import { defined, parseJson, parseObject, readObject, readString } from "../core/read.ts";
import type { JsonObject } from "../core/read.ts";
import { parseSessionId } from "../core/session.ts";
import { read } from "node:fs";
import { sinceStart, startTimeLimit } from "./clocks.ts";

export interface HookInput {
  sessionId: string | null;
  cwd: string | null;
  transcript?: string;
  /** SessionStart: `startup`, `resume`, `clear`, `compact`, `fork`, or what a later Claude Code adds. */
  source: string | null;
  toolName: string | null;
  toolInput: JsonObject | null;
  agentId: string | null;
  agentType: string | null;
  /** `claude -p` or the SDK: Claude Code shows nobody a message. */
  isUnwatched?: boolean;
}

/** The input in `text`; missing fields come from the environment that Claude Code sets. */
export function parseHookInput(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): HookInput {
  const from = parseObject(text);
  return {
    sessionId:
      parseSessionId(readString(from?.["session_id"])) ??
      parseSessionId(env["CLAUDE_CODE_SESSION_ID"]),
    cwd: readString(from?.["cwd"]) ?? env["CLAUDE_PROJECT_DIR"] ?? null,
    ...defined({ transcript: readString(from?.["transcript_path"]) }),
    source: readString(from?.["source"]) ?? null,
    toolName: readString(from?.["tool_name"]) ?? null,
    toolInput: readObject(from?.["tool_input"]),
    agentId: readString(from?.["agent_id"]) ?? null,
    agentType: readString(from?.["agent_type"]) ?? null,
    ...(env["CLAUDE_CODE_ENTRYPOINT"]?.startsWith("sdk-") === true && { isUnwatched: true }),
  };
}

/** `isPending`: a read is still waiting, and only a signal can end the process. */
export interface StdinText {
  text: string;
  isPending: boolean;
}

const isCompleteObject = (text: string): boolean =>
  text.trimEnd().endsWith("}") && parseJson(text) !== undefined;

/** Reads the descriptor to its end, to the end of one JSON object, to `maxBytes` or to the deadline. Never fails. */
export const readStdin = (
  limits: { maxBytes: number; timeoutMs: number },
  fd = 0,
): Promise<StdinText> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const text = (): string => Buffer.concat(chunks).toString("utf8");
    const finish = (isPending: boolean): void => {
      endLimit();
      resolve({ text: text(), isPending });
    };
    const endAt = sinceStart() + limits.timeoutMs;
    const endLimit = startTimeLimit(
      () => endAt - sinceStart(),
      () => finish(true),
    );
    const next = (): void => {
      const buffer = Buffer.allocUnsafe(65_536);
      read(fd, buffer, 0, buffer.length, null, (error, bytes) => {
        if (error !== null || bytes === 0) return finish(false);
        chunks.push(buffer.subarray(0, bytes));
        size += bytes;
        if (size >= limits.maxBytes || isCompleteObject(text())) finish(false);
        else next();
      });
    };
    next();
  });
