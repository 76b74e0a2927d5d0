// A session's own commit or switch of branch is not news to it.

import { withoutPaths, type GitState } from "../core/git/git-state.ts";
import { readGitRecord } from "../state/cache/git-states.ts";
import { readSession, updateDelivered } from "../state/cache/sessions.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";

/** What a session knows of its repository after a change of its own; null when it was told about another repository. */
function afterOwnChange(before: GitState | null, now: GitState): GitState | null {
  // Otherwise it would be compared with the first reading, which may be older than this change.
  if (before === null) return withoutPaths(now);
  if (before.root !== now.root) return null;
  const [was, is] = [before.upstream, now.upstream];
  // Its own fetch brings commits that others made: `behind` stays news.
  const upstream = was?.name === is?.name && was && is ? { ...was, ahead: is.ahead } : is;
  return { ...withoutPaths(now), upstream, counts: before.counts, stashes: before.stashes };
}

/** Notes a commit or switch of branch by the session itself, which is not news to it. */
export function noteOwnChange(db: Sqlite, sessionId: string): void {
  const record = readSession(db, sessionId);
  const now = record && readGitRecord(db, record.worktree)?.snapshot?.value;
  const git = record && now && afterOwnChange(record.delivered.git, now);
  if (record == null || git == null) return;
  updateDelivered(db, { ...record, delivered: { ...record.delivered, git } });
}
