// What a task source can speak.

export const sourceTypes = ["mcp", "task-tracking", "manage-task", "tickets", "embedded"] as const;
export type SourceType = (typeof sourceTypes)[number];
