// Lays out, for each live session, the files that others are changing, and keeps what hooks and gates left in the live
// folder: the words that sessions were told, and which sessions have ended.

import { rmSync } from "node:fs";
import { readGitRecord } from "../state/cache/git-states.ts";
import { addTelling } from "../state/cache/deliveries.ts";
import { findFiles } from "../core/file-news.ts";
import type { TreeChanges, WatchedFiles, WorkingSession } from "../core/file-news.ts";
import type { SessionRecord } from "../core/session.ts";
import { pathWithin, publishWatchedFiles, readEdits } from "../state/live/watched-files.ts";
import { readOutbox } from "../state/live/outbox.ts";
import { writing } from "../state/sqlite/sqlite.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";

/** Keeps what tool calls' hooks told since the last call. */
export function keepSaid(db: Sqlite, live: string): void {
  const said = readOutbox(live);
  if (said.length === 0) return;
  writing(db, () => {
    for (const { delivery } of said) if (delivery !== null) addTelling(db, delivery);
  });
  for (const { file } of said) rmSync(file, { force: true });
}

function workingSession(live: string, { id, worktree }: SessionRecord): WorkingSession {
  const edited = readEdits(live, id)
    .map((file) => pathWithin(worktree, file))
    .filter((path) => path !== null);
  return { id, worktree, edited };
}

/** `guard`: for a guard alone. */
export type FileUse = "news" | "guard" | "none";

export interface FileKeeper {
  /** `useOf` says what a session's project wants it for. */
  publish: (
    sessions: readonly SessionRecord[],
    useOf: (session: SessionRecord) => FileUse,
    now: number,
  ) => void;
}

/** Remembers what it laid out, so that an unchanged watched is not written again. */
export function createFileKeeper(db: Sqlite, live: string): FileKeeper {
  const laid = new Map<string, string>();
  const lay = (id: string, watched: WatchedFiles | null): void => {
    const content = JSON.stringify(
      watched && [watched.root, watched.isShared, watched.isNews, watched.files],
    );
    if (laid.get(id) === content) return;
    publishWatchedFiles(live, id, watched);
    laid.set(id, content);
  };
  const changesOf = (worktree: string): TreeChanges | null =>
    readGitRecord(db, worktree)?.snapshot?.value.paths ?? null;
  return {
    publish: (sessions, useOf, now) => {
      const working = new Map(sessions.map((one) => [one.id, workingSession(live, one)]));
      for (const session of sessions) {
        const own = working.get(session.id);
        const use = useOf(session);
        if (own === undefined || use === "none") {
          lay(session.id, null);
          continue;
        }
        const others = sessions
          .filter((one) => one.project === session.project)
          .flatMap((one) => working.get(one.id) ?? []);
        lay(session.id, findFiles(own, others, changesOf, { at: now, isNews: use === "news" }));
      }
      for (const id of laid.keys()) if (!working.has(id)) laid.delete(id);
    },
  };
}
