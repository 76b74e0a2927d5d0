// What the client sends a hook, read loosely: an unknown source or event passes as text, a missing field as null.
// https://code.claude.com/docs/en/hooks#hook-input

import { parseObject, readObject, readString } from "../core/read.ts";
import type { JsonObject } from "../core/read.ts";
import { sessionIdOf } from "../core/session.ts";

export interface HookInput {
  /** Null when there is none that could stand in a file name. */
  sessionId: string | null;
  /** The folder that the session is in now. */
  cwd: string | null;
  /** SessionStart: `startup`, `resume`, `clear`, `compact`, `fork`, or what a later client adds. */
  source: string | null;
  toolName: string | null;
  toolInput: JsonObject | null;
  /** Set in a subagent. */
  agentId: string | null;
  agentType: string | null;
}

/** The input in `text`; what is missing there comes from the environment that the client sets. */
export function parseHookInput(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): HookInput {
  const from = parseObject(text);
  return {
    sessionId:
      sessionIdOf(readString(from?.["session_id"])) ?? sessionIdOf(env["CLAUDE_CODE_SESSION_ID"]),
    cwd: readString(from?.["cwd"]) ?? env["CLAUDE_PROJECT_DIR"] ?? null,
    source: readString(from?.["source"]) ?? null,
    toolName: readString(from?.["tool_name"]) ?? null,
    toolInput: readObject(from?.["tool_input"]),
    agentId: readString(from?.["agent_id"]) ?? null,
    agentType: readString(from?.["agent_type"]) ?? null,
  };
}
