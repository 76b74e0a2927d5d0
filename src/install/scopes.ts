// Which settings file hooks go into.

export const scopes = ["local", "project", "user"] as const;
export type Scope = (typeof scopes)[number];
