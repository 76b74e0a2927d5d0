// What the handlers ask of the world. `wiring/` builds the real ones.

import type { TaskChange } from "../core/changes.ts";
import type { RefMove } from "../core/brief/since-lines.ts";
import type { GitView } from "../core/brief/git-lines.ts";
import type { ConcernedFile, WatchedFiles } from "../core/file-news.ts";
import type { GitState } from "../core/git-state.ts";
import type { SourceView } from "../core/brief/source-view.ts";
import type { HookSettings } from "../core/hook-settings.ts";
import type { DeliveredState, GitRecord, SessionRecord } from "../core/session.ts";
import type { PendingKind, PendingNews } from "../core/pending-news.ts";
import type { Delivery } from "../core/delivery.ts";
import type { Peer } from "../core/peers.ts";
import type { FreshnessLimits } from "../core/snapshot.ts";

/** Where a session is. */
export interface Place {
  /** Real path of the project's main worktree, else of the folder itself. */
  project: string;
  projectName: string;
  /** Real path of the working tree, else of the folder itself. */
  worktree: string;
  isRepository: boolean;
  /** The branch that HEAD names, read without git. */
  branch: string | null;
}

/** Reads the cache. Any call may throw SQLite's errors. */
export interface CacheReader {
  settings(): HookSettings;
  /** Runs `read` so that all of its answers are of one moment. */
  atOnce<T>(read: () => T): T;
  sources(query: {
    project: string;
    branch: string | null;
    now: number;
    limits: FreshnessLimits;
    most: number;
  }): SourceView[];
  git(worktree: string): GitRecord | null;
  session(id: string): SessionRecord | null;
  previousSession(project: string, exceptId: string | null): SessionRecord | null;
  changesSince(query: { project: string; seq: number; exceptSession: string | null }): TaskChange[];
  lastSeq(): number;
  /** The other live sessions in the same working tree or on the same task. */
  peers(query: {
    project: string;
    id: string | null;
    worktree: string;
    branch: string | null;
    now: number;
  }): Peer[];
  close(): void;
}

/** What a session has just been told. */
export interface DeliveryNote {
  sessionId: string;
  place: Place;
  at: number;
  seq: number;
  delivered: DeliveredState;
  /** The words; null when nothing was said. */
  delivery: Delivery | null;
}

export interface MonitorStarter {
  /** True while its lease runs. */
  isAlive(): boolean;
  /** Starts it, detached. Never waits and never throws. */
  start(): void;
}

export interface MonitorPort extends MonitorStarter {
  /** Asks for this project's tasks. Never throws. */
  requestRefresh(project: string): void;
}

export interface NewsInbox {
  /** Takes the news that waits for a session, so that no other process can; null when there is none. */
  claim(sessionId: string, kind: PendingKind): PendingNews | null;
  /** The files that others are changing; null when there are none. */
  files(sessionId: string): WatchedFiles | null;
  /** True once for each file of a session. */
  markFileReported(sessionId: string, file: ConcernedFile): boolean;
  /** Writes down that a session changes a file. Never throws. */
  noteEdit(sessionId: string, file: string): void;
  /** Leaves word of what was told. Never throws. */
  postDelivery(delivery: Delivery): void;
}

/** How branches moved since a state that a session was told. Never throws. */
export type MoveCounter = (place: Place, delivered: GitState) => Promise<RefMove[]>;

/** Live git state of a place, within its time box. Never throws. */
export type GitReader = (place: Place, last: GitRecord | null, now: number) => Promise<GitView>;

/** News that a session was told. */
export interface DeliveredNews {
  kind: PendingKind;
  news: PendingNews;
}
