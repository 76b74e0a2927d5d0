// Lays out, for each live session, the files that others are changing, and keeps what hooks and gates left in the live
// folder: the words that sessions were told, and which sessions have ended.

import { rmSync } from "node:fs";
import { readGitRecord } from "../cache/git-states.ts";
import { endSession } from "../cache/sessions.ts";
import { addTelling } from "../cache/tellings.ts";
import { findFiles } from "../core/file-news.ts";
import type { FileSheet, TreeChanges, WorkingSession } from "../core/file-news.ts";
import type { SessionRecord } from "../core/session.ts";
import { readEnded } from "../live/ended.ts";
import { layFileSheet, pathWithin, readEdits, removeSessionFiles } from "../live/file-sheets.ts";
import { readSaid } from "../live/said.ts";
import { writing } from "../sqlite/sqlite.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";

/** Closes the records of the sessions that have ended and removes their files. */
export function closeEnded(db: Sqlite, live: string): void {
  for (const { sessionId, at } of readEnded(live)) {
    endSession(db, sessionId, at);
    removeSessionFiles(live, sessionId);
  }
}

/** Keeps what tool calls' hooks told since the last call. */
export function keepSaid(db: Sqlite, live: string): void {
  const said = readSaid(live);
  if (said.length === 0) return;
  writing(db, () => {
    for (const { telling } of said) if (telling !== null) addTelling(db, telling);
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

/** Remembers what it laid out, so that an unchanged sheet is not written again. */
export function createFileKeeper(db: Sqlite, live: string): FileKeeper {
  const laid = new Map<string, string>();
  const lay = (id: string, sheet: FileSheet | null): void => {
    const content = JSON.stringify(
      sheet && [sheet.root, sheet.isShared, sheet.isNews, sheet.files],
    );
    if (laid.get(id) === content) return;
    layFileSheet(live, id, sheet);
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
