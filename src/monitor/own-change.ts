// Keeps a session's own commits and branch switches out of its news.

import { withoutPaths, type GitState } from "../core/git/git-state.ts";
import { readGitRecord } from "../state/cache/git-states.ts";
import { readSession, updateDelivered } from "../state/cache/sessions.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";

/** The git state that a session knows after its own change. Null if it last read about another repository. */
function afterOwnChange(before: GitState | null, now: GitState): GitState | null {
  // Without this, news would compare with the first reading, which may be older than this change.
  if (before === null) return withoutPaths(now);
  if (before.root !== now.root) return null;
  const [was, is] = [before.upstream, now.upstream];
  // The session's own fetch brings commits by others, so `behind` stays news.
  const upstream = was?.name === is?.name && was && is ? { ...was, ahead: is.ahead } : is;
  return { ...withoutPaths(now), upstream, counts: before.counts, stashes: before.stashes };
}

/** Records the git state after a session's own commit or branch switch as known to that session. */
export function noteOwnChange(db: Sqlite, sessionId: string): void {
  const record = readSession(db, sessionId);
  const now = record && readGitRecord(db, record.worktree)?.snapshot?.value;
  const git = record && now && afterOwnChange(record.delivered.git, now);
  if (record == null || git == null) return;
  updateDelivered(db, { ...record, delivered: { ...record.delivered, git } });
}
