import { rmSync } from "node:fs";
import { addDelivery } from "../state/cache/deliveries.ts";
import { findFiles, type WatchedFiles, type WorkingTree } from "../core/news/file-news.ts";
import type { GitRecord, SessionRecord } from "../core/session.ts";
import { publishWatchedFiles } from "../state/live/watched-files.ts";
import { readOutbox } from "../state/live/outbox.ts";
import { writing, type Sqlite } from "../state/sqlite/sqlite.ts";
import { sha1, idSet, keepOnly, type CachedState } from "./project-state-key.ts";

export function recordOutbox(db: Sqlite, live: string): void {
  const entries = readOutbox(live);
  if (entries.length === 0) return;
  writing(db, () => {
    for (const { delivery } of entries) if (delivery !== null) addDelivery(db, delivery);
  });
  for (const { file } of entries) rmSync(file, { force: true });
}

export type WatchedFilePurpose = "news" | "guard" | "none";

type PublishFiles = (
  changed: readonly SessionRecord[],
  sessions: readonly SessionRecord[],
  about: {
    useOf: (session: SessionRecord) => WatchedFilePurpose;
    treeOf: CachedState["treeOf"];
    now: number;
  },
) => void;

function workingTree(worktree: string, record: GitRecord | null): WorkingTree {
  const { value = null, fetchedAt = 0 } = record?.snapshot ?? {};
  const branch = value?.branch ?? value?.operation?.branch ?? null;
  const { conflicted = [], changed = [] } = value?.paths ?? {};
  return { worktree, branch, readAt: fetchedAt, conflicted, changed };
}

/** Publishes the watched files of each session. Skips a file whose content has not changed. */
export function createFilePublisher(live: string): PublishFiles {
  const published = new Map<string, string>();
  const publishOne = (id: string, watched: WatchedFiles | null): void => {
    const digest = sha1(JSON.stringify(watched && { ...watched, at: 0 }));
    if (published.get(id) === digest) return;
    publishWatchedFiles(live, id, watched);
    published.set(id, digest);
  };
  return (changed, sessions, { useOf, treeOf, now }) => {
    const projects = Map.groupBy(sessions, ({ project }) => project);
    const readTree = (worktree: string) => workingTree(worktree, treeOf(worktree));
    for (const session of changed) {
      const use = useOf(session);
      const peers = projects.get(session.project) ?? [];
      const about = { at: now, isNews: use === "news" };
      publishOne(session.id, use === "none" ? null : findFiles(session, peers, readTree, about));
    }
    keepOnly(published, idSet(sessions));
  };
}
