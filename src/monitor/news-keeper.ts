// Keeps a sheet of news laid out for each live session as long as there is some, and notes what was told.

import { rmSync } from "node:fs";
import { getStaleEntry } from "../cache/entries.ts";
import { readGitRecord } from "../cache/git-states.ts";
import { readPeers } from "../cache/peers.ts";
import { readSession, updateTold } from "../cache/sessions.ts";
import { changesSince, lastChangeSeq } from "../cache/task-changes.ts";
import { readSourceFailures } from "../cache/task-views.ts";
import { withoutPaths } from "../core/git-state.ts";
import { hookSettingsKey, projectSettings, readHookSettings } from "../core/hook-settings.ts";
import { findNews, gitMoved } from "../core/news.ts";
import type { NewsSwitches } from "../core/news-switches.ts";
import type { ProjectSettings } from "../core/hook-settings.ts";
import type { NewsSheet } from "../core/news-json.ts";
import { peerKey } from "../core/peers.ts";
import type { SessionRecord } from "../core/session.ts";
import { recordAfter, sheetKinds } from "../core/told.ts";
import type { SheetKind } from "../core/told.ts";
import { publishSheet, readToldSheets, withdrawSheet } from "../live/news-sheets.ts";
import type { ToldSheet } from "../live/news-sheets.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";
import { createFileKeeper, keepSaid } from "./session-files.ts";
import type { FileUse } from "./session-files.ts";

export interface NewsKeeper {
  /** Notes what sessions were told since the last call. */
  noteTold(): void;
  /** Lays out what there is to say to each session, and takes back what is no longer so. */
  publish(sessions: readonly SessionRecord[], now: number): void;
}

function noteOne(db: Sqlite, told: ToldSheet): void {
  const record = readSession(db, told.sessionId);
  if (record !== null) {
    const after = recordAfter(record, told.kind, told.sheet);
    updateTold(db, record.id, { at: after.toldAt, seq: after.toldSeq, told: after.told });
  }
  rmSync(told.file, { force: true });
}

/** Conflicts that were resolved are no news, but those that come after them are. */
function forgetResolved(db: Sqlite, record: SessionRecord): SessionRecord {
  const now = readGitRecord(db, record.worktree)?.snapshot?.value.counts.conflicted;
  const { git } = record.told;
  if (git === null || now === undefined || now >= git.counts.conflicted) return record;
  const counts = { ...git.counts, conflicted: now };
  const told = { ...record.told, git: { ...git, counts } };
  updateTold(db, record.id, { at: record.toldAt, seq: record.toldSeq, told });
  return { ...record, told };
}

type Sheets = Record<SheetKind, NewsSheet | null>;

/** What holds in a session's project; null where nothing is to be said. */
type SettingsOf = (record: SessionRecord) => ProjectSettings | null;

function sheetsFor(
  db: Sqlite,
  record: SessionRecord,
  switches: NewsSwitches | null,
  now: number,
): Sheets {
  if (switches === null) return { news: null, git: null };
  const seq = lastChangeSeq(db);
  const state = readGitRecord(db, record.worktree)?.snapshot?.value ?? null;
  const git = state === null ? null : withoutPaths(state);
  const sources = readSourceFailures(db, record.project);
  const changes = changesSince(db, {
    project: record.project,
    seq: record.toldSeq,
    exceptSession: record.id,
  });
  const { project, id, worktree } = record;
  const branch = git?.branch ?? git?.operation?.branch ?? null;
  const peers = readPeers(db, { project, id, worktree, branch, now });
  const items = findNews(record.told, { git, sources, changes, peers }, switches);
  const known = new Set([...(record.told.peers ?? []), ...peers.map(peerKey)]);
  const told = { git: git ?? record.told.git, sources, peers: [...known] };
  return {
    news: items.length === 0 ? null : { at: now, items, seq, told },
    git:
      switches.branch && gitMoved(record.told.git, git)
        ? { at: now, items: [], seq: record.toldSeq, told: { ...record.told, git } }
        : null,
  };
}

/** What makes two sheets say the same. */
const contentOf = (sheet: NewsSheet | null): string =>
  sheet === null ? "" : JSON.stringify([sheet.items, sheet.told]);

/** The settings in force, out of the cache. `isOff`: a project that a command has silenced. */
function settingsFor(db: Sqlite, isOff: (project: string) => boolean): SettingsOf {
  const settings = readHookSettings(getStaleEntry(db, hookSettingsKey, 0)?.value);
  return ({ project }) => {
    const own = projectSettings(settings, project);
    return own.off || isOff(project) ? null : own;
  };
}

function fileUse(settings: ProjectSettings | null): FileUse {
  if (settings === null) return "none";
  return settings.news.file ? "news" : settings.guards.edit ? "guard" : "none";
}

export function createNewsKeeper(
  db: Sqlite,
  live: string,
  isOff: (project: string) => boolean,
): NewsKeeper {
  const files = createFileKeeper(db, live);
  const published = new Map<string, string>();
  const lay = (id: string, kind: SheetKind, sheet: NewsSheet | null): void => {
    const key = `${id}.${kind}`;
    const content = contentOf(sheet);
    if ((published.get(key) ?? null) === content) return;
    // Unknown at a start: an earlier monitor may have left one.
    const isTakenBack = withdrawSheet(live, id, kind);
    const wasOut = published.get(key) !== undefined && published.get(key) !== "";
    // Claimed meanwhile: what was told is noted first, at the next turn.
    if (wasOut && !isTakenBack) {
      published.set(key, "");
      return;
    }
    if (sheet !== null) publishSheet(live, id, kind, sheet);
    published.set(key, content);
  };
  return {
    noteTold: () => {
      keepSaid(db, live);
      for (const told of readToldSheets(live)) {
        published.set(`${told.sessionId}.${told.kind}`, "");
        noteOne(db, told);
      }
    },
    publish: (sessions, now) => {
      const ids = new Set(sessions.map((record) => record.id));
      const settingsOf = settingsFor(db, isOff);
      for (const record of sessions) {
        const switches = settingsOf(record)?.news ?? null;
        const sheets = sheetsFor(db, forgetResolved(db, record), switches, now);
        for (const kind of sheetKinds) lay(record.id, kind, sheets[kind]);
      }
      files.publish(sessions, (record) => fileUse(settingsOf(record)), now);
      for (const key of published.keys()) {
        if (!ids.has(key.slice(0, key.lastIndexOf(".")))) published.delete(key);
      }
    },
  };
}
