// Writes Claude Code's own task list in the form of version 2.1.329.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface ClientTaskFields {
  subject: string;
  description?: string;
  status?: string;
  [field: string]: unknown;
}

/** `home`: the folder of Claude Code's configuration. Returns the list's folder. */
export function writeClientList(
  home: string,
  session: string,
  tasks: readonly ClientTaskFields[],
): string {
  const folder = join(home, "tasks", session);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, ".lock"), "");
  for (const [at, task] of tasks.entries()) {
    const id = String(at + 1);
    const fields = { id, description: "", status: "pending", blocks: [], blockedBy: [], ...task };
    writeFileSync(join(folder, `${id}.json`), JSON.stringify(fields, null, 2));
  }
  return folder;
}

/** Returns the path where Claude Code keeps the session's transcript. */
export function transcriptIn(home: string, session: string): string {
  const folder = join(home, "projects", "-work-shop-api");
  mkdirSync(folder, { recursive: true });
  return join(folder, `${session}.jsonl`);
}
