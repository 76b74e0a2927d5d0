// Each part is read once for all sessions, as text: while that stays the same, so do the news.

import { createHash } from "node:crypto";
import { maxPeersRead, peerSeenMs } from "../core/news/peers.ts";
import type { GitRecord, SessionRecord } from "../core/session.ts";
import { readGitRecord } from "../state/cache/git-states.ts";
import type { HeldMismatches } from "../core/task/mismatch.ts";
import { readHeldMismatches } from "../state/cache/mismatches.ts";
import { lastChangeSeq } from "../state/cache/task-changes.ts";
import { readSourceFailures } from "../state/cache/source-views.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";

export function readOnce<T>(read: (key: string) => T): (key: string) => T {
  const known = new Map<string, { value: T }>();
  return (key) => {
    const found = known.get(key) ?? { value: read(key) };
    known.set(key, found);
    return found.value;
  };
}

export function keepOnly(map: Map<string, unknown>, keys: ReadonlySet<string>): void {
  for (const key of map.keys()) if (!keys.has(key)) map.delete(key);
}

export const idSet = (list: readonly { id: string }[]): Set<string> =>
  new Set(list.map(({ id }) => id));

export const sha1Digest = (text: string): string =>
  createHash("sha1").update(text).digest("base64");

export interface CachedState {
  readonly seq: number;
  treeOf(worktree: string): GitRecord | null;
  failuresOf(place: Pick<SessionRecord, "project" | "worktree">): Record<string, string | null>;
  mismatchesOf(project: string): HeldMismatches;
}

export const readCachedState = (db: Sqlite): CachedState => ({
  seq: lastChangeSeq(db),
  treeOf: readOnce((worktree) => readGitRecord(db, worktree)),
  failuresOf: (place) => readSourceFailures(db, place),
  mismatchesOf: readOnce((project) => readHeldMismatches(db, project)),
});

export function projectStateKey(
  { seq, treeOf, failuresOf, mismatchesOf }: CachedState,
  sessions: readonly SessionRecord[],
  now: number,
): (record: SessionRecord) => string {
  const projects = Map.groupBy(sessions, ({ project }) => project);
  const textOf = readOnce((project) => {
    const own = projects.get(project) ?? [];
    // Only the latest are read as peers: that an older one has become idle changes nothing.
    const latest = own.toSorted((a, b) => b.lastSeen - a.lastSeen).slice(0, maxPeersRead + 1);
    const atWork = new Set(latest.filter(({ lastSeen }) => now - lastSeen < peerSeenMs));
    const others = own.map((one) => [one.id, one.worktree, atWork.has(one)].join(" "));
    const trees = [...new Set(own.map(({ worktree }) => worktree))];
    const states = trees.map((worktree) => [treeOf(worktree), failuresOf({ project, worktree })]);
    return JSON.stringify([seq, others.toSorted(), states, mismatchesOf(project)]);
  });
  return ({ project }) => textOf(project);
}

export const recordKey = (record: SessionRecord): string =>
  JSON.stringify([
    record.worktree,
    record.deliveredAt,
    record.deliveredSeq,
    record.briefedAt,
    record.delivered,
  ]);
