// What a hook tells the client. The type has no field for a permission decision, so none can be given.
// https://code.claude.com/docs/en/hooks#hook-output

export const hookEvents = ["SessionStart", "PreToolUse"] as const;
export type HookEvent = (typeof hookEvents)[number];

/** One JSON object whose `additionalContext` the model reads. */
export function encodeContext(event: HookEvent, additionalContext: string): string {
  return JSON.stringify({ hookSpecificOutput: { hookEventName: event, additionalContext } });
}
