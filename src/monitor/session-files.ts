// Publishes, for each live session, the files that others are changing, and records what the hooks of tool calls left in
// the outbox.

import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { readGitRecord } from "../state/cache/git-states.ts";
import { addDelivery } from "../state/cache/deliveries.ts";
import { findFiles, type WatchedFiles, type WorkingTree } from "../core/file-news.ts";
import type { SessionRecord } from "../core/session.ts";
import { publishWatchedFiles } from "../state/live/watched-files.ts";
import { readOutbox } from "../state/live/outbox.ts";
import { writing, type Sqlite } from "../state/sqlite/sqlite.ts";
import { byProject } from "./surroundings.ts";

/** Moves what tool calls' hooks delivered since the last call from the outbox into the cache. */
export function recordOutbox(db: Sqlite, live: string): void {
  const entries = readOutbox(live);
  if (entries.length === 0) return;
  writing(db, () => {
    for (const { delivery } of entries) if (delivery !== null) addDelivery(db, delivery);
  });
  for (const { file } of entries) rmSync(file, { force: true });
}

/** `guard`: for a guard alone. */
export type FileUse = "news" | "guard" | "none";

/** Publishes those of the sessions in `changed`. `useOf` says what a session's project wants it for. */
type PublishFiles = (
  changed: readonly SessionRecord[],
  sessions: readonly SessionRecord[],
  useOf: (session: SessionRecord) => FileUse,
  now: number,
) => void;

/** Remembers what it published, so that unchanged watched files are not written again. */
export function createFilePublisher(db: Sqlite, live: string): PublishFiles {
  const published = new Map<string, string>();
  const publishOne = (id: string, watched: WatchedFiles | null): void => {
    const content = JSON.stringify(watched && { ...watched, at: 0 });
    const digest = createHash("sha1").update(content).digest("base64");
    if (published.get(id) === digest) return;
    publishWatchedFiles(live, id, watched);
    published.set(id, digest);
  };
  const read = (worktree: string): WorkingTree => {
    const { value = null, fetchedAt = 0 } = readGitRecord(db, worktree)?.snapshot ?? {};
    const branch = value?.branch ?? value?.operation?.branch ?? null;
    const { conflicted = [], changed = [] } = value?.paths ?? {};
    return { worktree, branch, readAt: fetchedAt, conflicted, changed };
  };
  return (changed, sessions, useOf, now) => {
    const projects = byProject(sessions);
    for (const session of changed) {
      const use = useOf(session);
      const peers = projects.get(session.project) ?? [];
      const about = { at: now, isNews: use === "news" };
      publishOne(session.id, use === "none" ? null : findFiles(session, peers, read, about));
    }
    const ids = new Set(sessions.map(({ id }) => id));
    for (const id of published.keys()) if (!ids.has(id)) published.delete(id);
  };
}
