// All that the news of a project's sessions depends on, each read once for all of them, and as one text: while it is the
// same, so are the news, and a session that goes on for weeks without a sign costs a comparison.

import { mostPeersRead, peerSeenMs } from "../core/news/peers.ts";
import type { GitRecord, SessionRecord } from "../core/session.ts";
import { readGitRecord } from "../state/cache/git-states.ts";
import { lastChangeSeq } from "../state/cache/task-changes.ts";
import { readSourceFailures } from "../state/cache/source-views.ts";
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

/** What is cached at this moment. */
export interface CachedState {
  /** The last change of a task. */
  readonly seq: number;
  treeOf(worktree: string): GitRecord | null;
  /** By source of a project: the code of its failure, or null. */
  failuresOf(project: string): Record<string, string | null>;
}

function readOnce<T>(read: (key: string) => T): (key: string) => T {
  const known = new Map<string, { value: T }>();
  return (key) => {
    const found = known.get(key) ?? { value: read(key) };
    known.set(key, found);
    return found.value;
  };
}

export const cachedState = (db: Sqlite): CachedState => ({
  seq: lastChangeSeq(db),
  treeOf: readOnce((worktree) => readGitRecord(db, worktree)),
  failuresOf: readOnce((project) => readSourceFailures(db, project)),
});

/** Gives that text for a session's project. `now`: epoch milliseconds. */
export function surroundingsOf(
  { seq, treeOf, failuresOf }: CachedState,
  sessions: readonly SessionRecord[],
  now: number,
): (record: SessionRecord) => string {
  const projects = byProject(sessions);
  const textOf = readOnce((project) => {
    const own = projects.get(project) ?? [];
    // Of those that are seen no more, the ones that were peers of none need no second look.
    const latest = own.toSorted((a, b) => b.lastSeen - a.lastSeen).slice(0, mostPeersRead + 1);
    const atWork = new Set(latest.filter(({ lastSeen }) => now - lastSeen < peerSeenMs));
    const others = own.map((one) => [one.id, one.worktree, atWork.has(one)].join(" "));
    const trees = [...new Set(own.map(({ worktree }) => worktree))].map(treeOf);
    return JSON.stringify([seq, failuresOf(project), others.toSorted(), trees]);
  });
  return ({ project }) => textOf(project);
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
