// Reads a project's cached state once for all its sessions, and turns it into a key. The same key means the same news.

import { createHash } from "node:crypto";
import { maxPeersRead, peerSeenMs } from "../core/news/peers.ts";
import type { GitRecord, SessionRecord } from "../core/session.ts";
import { projectSettings, type ProjectSettings } from "../core/hook-settings.ts";
import { cachedSettings } from "../state/cache/brief-facts.ts";
import { readGitRecord } from "../state/cache/git-states.ts";
import { displayedPull, type PullRequest } from "../core/pull-request/pull-request.ts";
import { readPullRequest } from "../state/cache/pull-requests.ts";
import type { CurrentMismatches } from "../core/task/mismatch.ts";
import type { StatusChange } from "../core/task/status-change.ts";
import { readCurrentMismatches } from "../state/cache/mismatches.ts";
import { readStatusChanges } from "../state/cache/status-changes.ts";
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

export const sha1 = (text: string): string => createHash("sha1").update(text).digest("base64");

export interface CachedState {
  readonly seq: number;
  treeOf(worktree: string): GitRecord | null;
  failuresOf(place: Pick<SessionRecord, "project" | "worktree">): Record<string, string | null>;
  mismatchesOf(project: string): CurrentMismatches;
  /** The pull request of the working tree's current branch. */
  pullOf(place: Pick<SessionRecord, "project" | "worktree">): PullRequest | null;
  statusChangesOf(project: string): readonly StatusChange[];
}

/** Reads the cached settings of a project. Null: the project is off, so hooks report nothing. */
export function settingsReader(
  db: Sqlite,
  isOff: (project: string) => boolean,
): (project: string) => ProjectSettings | null {
  const settings = cachedSettings(db);
  return readOnce((project) => {
    const own = projectSettings(settings, project);
    return own.off || isOff(project) ? null : own;
  });
}

/** An older response is not news: its checks may have run again since. */
const pullNewsMs = 10 * 60_000;

export function readCachedState(db: Sqlite, now: number): CachedState {
  const treeOf = readOnce((worktree) => readGitRecord(db, worktree));
  return {
    seq: lastChangeSeq(db),
    treeOf,
    failuresOf: (place) => readSourceFailures(db, place),
    mismatchesOf: readOnce((project) => readCurrentMismatches(db, project)),
    statusChangesOf: readOnce((project) => readStatusChanges(db, project, now)),
    pullOf: ({ project, worktree }) => {
      const git = treeOf(worktree)?.snapshot?.value;
      if (git?.branch == null) return null;
      const found = displayedPull(readPullRequest(db, project, git.branch), git, now);
      return found === null || now - found.readAt > pullNewsMs ? null : found.pull;
    },
  };
}

export function projectStateKey(
  { seq, treeOf, failuresOf, mismatchesOf, statusChangesOf, pullOf }: CachedState,
  sessions: readonly SessionRecord[],
  now: number,
): (record: SessionRecord) => string {
  const projects = Map.groupBy(sessions, ({ project }) => project);
  const textOf = readOnce((project) => {
    const own = projects.get(project) ?? [];
    // Only the latest sessions are read as peers, so it changes nothing if an older one becomes idle.
    const latest = own.toSorted((a, b) => b.lastSeen - a.lastSeen).slice(0, maxPeersRead + 1);
    const atWork = new Set(latest.filter(({ lastSeen }) => now - lastSeen < peerSeenMs));
    const others = own.map((one) => [one.id, one.worktree, atWork.has(one)].join(" "));
    const trees = [...new Set(own.map(({ worktree }) => worktree))];
    const states = trees.map((worktree) => {
      const place = { project, worktree };
      return [treeOf(worktree), failuresOf(place), pullOf(place)];
    });
    return JSON.stringify([
      seq,
      others.toSorted(),
      states,
      mismatchesOf(project),
      statusChangesOf(project),
    ]);
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
