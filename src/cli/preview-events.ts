// The events whose output can be shown beforehand.

export const previewEvents = [
  "session-start",
  "subagent-start",
  "pre-tool-use",
  "user-prompt-submit",
] as const;
export type PreviewEvent = (typeof previewEvents)[number];
