// Publishes, for each live session, the files that others are changing, and records what the hooks of tool calls left in
// the outbox.

import { rmSync } from "node:fs";
import { readGitRecord } from "../state/cache/git-states.ts";
import { addDelivery } from "../state/cache/deliveries.ts";
import { findFiles, type WatchedFiles, type WorkingSession } from "../core/file-news.ts";
import type { GitPaths } from "../core/git-state.ts";
import type { SessionRecord } from "../core/session.ts";
import { pathWithin, publishWatchedFiles, readEdits } from "../state/live/watched-files.ts";
import { readOutbox } from "../state/live/outbox.ts";
import { writing, type Sqlite } from "../state/sqlite/sqlite.ts";

/** Moves what tool calls' hooks delivered since the last call from the outbox into the cache. */
export function recordOutbox(db: Sqlite, live: string): void {
  const entries = readOutbox(live);
  if (entries.length === 0) return;
  writing(db, () => {
    for (const { delivery } of entries) if (delivery !== null) addDelivery(db, delivery);
  });
  for (const { file } of entries) rmSync(file, { force: true });
}

function workingSession(live: string, { id, worktree }: SessionRecord): WorkingSession {
  const edited = readEdits(live, id)
    .map((file) => pathWithin(worktree, file))
    .filter((path) => path !== null);
  return { id, worktree, edited };
}

/** `guard`: for a guard alone. */
export type FileUse = "news" | "guard" | "none";

/** `useOf` says what a session's project wants it for. */
type PublishFiles = (
  sessions: readonly SessionRecord[],
  useOf: (session: SessionRecord) => FileUse,
  now: number,
) => void;

/** Remembers what it published, so that unchanged watched files are not written again. */
export function createFilePublisher(db: Sqlite, live: string): PublishFiles {
  const published = new Map<string, string>();
  const publishOne = (id: string, watched: WatchedFiles | null): void => {
    const content = JSON.stringify(
      watched && [watched.root, watched.isShared, watched.isNews, watched.files],
    );
    if (published.get(id) === content) return;
    publishWatchedFiles(live, id, watched);
    published.set(id, content);
  };
  const changesOf = (worktree: string): GitPaths | null =>
    readGitRecord(db, worktree)?.snapshot?.value.paths ?? null;
  return (sessions, useOf, now) => {
    const working = new Map(sessions.map((one) => [one.id, workingSession(live, one)]));
    for (const session of sessions) {
      const own = working.get(session.id);
      const use = useOf(session);
      if (own === undefined || use === "none") {
        publishOne(session.id, null);
        continue;
      }
      const others = sessions
        .filter((one) => one.project === session.project)
        .flatMap((one) => working.get(one.id) ?? []);
      const about = { at: now, isNews: use === "news" };
      publishOne(session.id, findFiles(own, others, changesOf, about));
    }
    for (const id of published.keys()) if (!working.has(id)) published.delete(id);
  };
}
