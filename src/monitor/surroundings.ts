// All that the news of a project's sessions depends on, as one text: while it is the same, so are the news, and a session
// that goes on for weeks without a sign costs a comparison.

import { peerSeenMs } from "../core/peers.ts";
import type { SessionRecord } from "../core/session.ts";
import { readGitRecord } from "../state/cache/git-states.ts";
import { lastChangeSeq } from "../state/cache/task-changes.ts";
import { readSourceFailures } from "../state/cache/task-views.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";

export function byProject(sessions: readonly SessionRecord[]): Map<string, SessionRecord[]> {
  const projects = new Map<string, SessionRecord[]>();
  for (const one of sessions) {
    const known = projects.get(one.project);
    if (known === undefined) projects.set(one.project, [one]);
    else known.push(one);
  }
  return projects;
}

/** Gives that text for a session's project. `now`: epoch milliseconds. */
export function surroundingsOf(
  db: Sqlite,
  sessions: readonly SessionRecord[],
  now: number,
): (record: SessionRecord) => string {
  const seq = lastChangeSeq(db);
  const projects = byProject(sessions);
  const texts = new Map<string, string>();
  const treeOf = (worktree: string) => readGitRecord(db, worktree);
  const read = (project: string): string => {
    const own = projects.get(project) ?? [];
    const others = own.map(({ id, worktree, lastSeen }) =>
      [id, worktree, now - lastSeen < peerSeenMs].join(" "),
    );
    const trees = [...new Set(own.map(({ worktree }) => worktree))].map(treeOf);
    return JSON.stringify([seq, readSourceFailures(db, project), others.toSorted(), trees]);
  };
  return ({ project }) => {
    const known = texts.get(project) ?? read(project);
    texts.set(project, known);
    return known;
  };
}

/** What of a session's own record its news depend on. */
export const recordKey = (record: SessionRecord): string =>
  JSON.stringify([
    record.worktree,
    record.deliveredAt,
    record.deliveredSeq,
    record.briefedAt,
    record.delivered,
  ]);
