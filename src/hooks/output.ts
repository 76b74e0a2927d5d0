// What a hook tells the client. The only decision that can be written is to ask the user, which guards do; nothing here
// can allow a call.
// https://code.claude.com/docs/en/hooks#hook-output

export const hookEvents = [
  "SessionStart",
  "SubagentStart",
  "UserPromptSubmit",
  "PreToolUse",
] as const;
export type HookEvent = (typeof hookEvents)[number];

/** One JSON object whose `additionalContext` the model reads. */
export function encodeContext(event: HookEvent, additionalContext: string): string {
  return JSON.stringify({ hookSpecificOutput: { hookEventName: event, additionalContext } });
}

/** Makes the client ask the user before the call, with this reason. For guards that the user switched on. */
export function encodeQuestion(reason: string): string {
  return JSON.stringify({
    hookSpecificOutput: {
      hookEventName: "PreToolUse",
      permissionDecision: "ask",
      permissionDecisionReason: reason,
    },
  });
}
