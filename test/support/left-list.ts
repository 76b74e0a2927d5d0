// A session that left tasks open in Claude Code's own list.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pickUnfinished } from "../../src/core/handoff/claude-code-tasks.ts";
import { saveHandoff } from "../../src/state/cache/handoffs.ts";
import { endSession, saveDelivered } from "../../src/state/cache/sessions.ts";
import { readClaudeCodeTasks } from "../../src/state/files/claude-code-tasks.ts";
import { closing, openExisting } from "../../src/state/sqlite/sqlite.ts";
import { transcriptIn, writeClientList, type ClientTaskFields } from "./claude-code-tasks.ts";
import type { TestInstallation } from "./installation.ts";

/** Saves a session of the project that ended some minutes ago, as the monitor does. */
export function leftBy(
  context: TestInstallation,
  id: string,
  tasks: readonly ClientTaskFields[],
  more: { minutes?: number; project?: string } = {},
): string {
  const { minutes = 10, project = context.project.folder } = more;
  const at = Date.now() - minutes * 60_000;
  const home = join(context.home, ".claude");
  const folder = writeClientList(home, id, tasks);
  const transcript = transcriptIn(home, id);
  writeFileSync(transcript, "");
  context.ok("brief");
  closing(openExisting(join(context.state, "cache.db"), 1000), (db) => {
    const place = { project, worktree: project, branch: "main" };
    const delivered = { git: null, sources: {} };
    saveDelivered(db, { id, ...place, projectName: "x", at, seq: 0, delivered, transcript });
    endSession(db, id, at);
    const list = pickUnfinished(readClaudeCodeTasks(transcript, id));
    saveHandoff(db, id, place, { said: "", failed: "", files: [], notes: [], ...list }, at);
  });
  return folder;
}
