// A piece of news as data, and the news that waits for one session. Both are read out of files that another process
// wrote: items of another shape are left out. The words are chosen where they are printed.

import { changeKinds, type ChangeKind } from "./changes.ts";
import { taskPriorities, type TaskPriority } from "../task/task.ts";
import { readGitState, readNotes } from "../git/git-json.ts";
import type { CommitNote } from "../git/git-state.ts";
import type { DeliveredState } from "../session.ts";
import {
  defined,
  readItems,
  readNumber,
  readObject,
  readOneOf,
  readString,
  readStrings,
} from "../read.ts";

export interface TaskNews {
  kind: "task";
  taskId: string;
  title: string;
  priority: TaskPriority;
  what: readonly ChangeKind[];
  /** True for the task of the branch that the session is on. */
  isCurrent?: boolean;
}

/** The branch's upstream has commits that it had not. */
export interface UpstreamNews {
  kind: "upstream";
  name: string;
  /** How many commits it has that the branch has not. */
  behind: number;
  /** True where it has no more what the session knows of it. */
  isRewritten?: boolean;
  /** How many of them the session does not know; absent where that is not known. */
  fresh?: number;
  /** The newest of them that others made, at most three. */
  notes?: readonly CommitNote[];
}

export type NewsItem =
  | TaskNews
  /** The branch of the working tree is another one than the session knows. Null: detached. */
  | { kind: "branch"; from: string | null; to: string | null }
  /** How many files, and the first of them. */
  | { kind: "conflict"; files: number; paths?: readonly string[] }
  /** A source that stopped answering (`code` says how) or answers again (`code` is null). */
  | { kind: "source"; source: string; code: string | null }
  /** Another live session in the same working tree, or on the same task elsewhere. */
  | { kind: "session"; worktree: string; isSameWorktree: boolean; taskId: string | null }
  | UpstreamNews;

export const itemKinds = ["task", "branch", "conflict", "source", "session", "upstream"] as const;

function readItem(value: unknown): NewsItem | null {
  const from = readObject(value);
  const kind = readOneOf(from?.["kind"], itemKinds);
  if (from === null || kind === undefined) return null;
  switch (kind) {
    case "task": {
      const taskId = readString(from["taskId"]);
      const priority = readOneOf(from["priority"], taskPriorities);
      const what = readItems(from["what"], (one) => readOneOf(one, changeKinds) ?? null);
      if (taskId === undefined || priority === undefined || what.length === 0) return null;
      const title = readString(from["title"]) ?? "";
      const isCurrent = from["isCurrent"] === true;
      return { kind, taskId, title, priority, what, ...(isCurrent ? { isCurrent } : {}) };
    }
    case "branch":
      return { kind, from: readString(from["from"]) ?? null, to: readString(from["to"]) ?? null };
    case "conflict": {
      const files = readNumber(from["files"]);
      const paths = Array.isArray(from["paths"]) ? readStrings(from["paths"]) : undefined;
      return files === undefined ? null : { kind, files, ...defined({ paths }) };
    }
    case "source": {
      const source = readString(from["source"]);
      if (source === undefined) return null;
      return { kind, source, code: readString(from["code"]) ?? null };
    }
    case "session": {
      const worktree = readString(from["worktree"]);
      if (worktree === undefined) return null;
      const taskId = readString(from["taskId"]) ?? null;
      return { kind, worktree, isSameWorktree: from["isSameWorktree"] === true, taskId };
    }
    case "upstream": {
      const [name, behind] = [readString(from["name"]), readNumber(from["behind"])];
      if (name === undefined || behind === undefined) return null;
      const fresh = readNumber(from["fresh"]);
      const notes = Array.isArray(from["notes"]) ? readNotes(from["notes"]) : undefined;
      const isRewritten = from["isRewritten"] === true ? true : undefined;
      return { kind, name, behind, ...defined({ isRewritten, fresh, notes }) };
    }
  }
}

/** What a session knows; nothing where that cannot be read. */
export function readDeliveredState(value: unknown): DeliveredState {
  const from = readObject(value);
  const sources: Record<string, string | null> = {};
  for (const [name, code] of Object.entries(readObject(from?.["sources"]) ?? {})) {
    sources[name] = readString(code) ?? null;
  }
  const peers = from?.["peers"];
  return {
    git: readGitState(from?.["git"]),
    sources,
    ...(Array.isArray(peers) ? { peers: readStrings(peers) } : {}),
  };
}

/** `news` is delivered at any tool call, `git` at a git-related one. */
export const pendingKinds = ["news", "git"] as const;
export type PendingKind = (typeof pendingKinds)[number];

/** News that waits for one session, and what the session knows once it is delivered. */
export interface PendingNews {
  /** Epoch milliseconds. */
  at: number;
  /** When the state of the repository in it was read; absent where there is none. */
  gitReadAt?: number;
  items: readonly NewsItem[];
  /** The tasks among them that its text names; absent where it names none. */
  tasks?: readonly string[];
  /** The last change in the log that is covered. */
  seq: number;
  delivered: DeliveredState;
  /** The whole brief, word for word, in place of items: the hook of the session's start has not delivered it. */
  brief?: string;
}

const mostItems = 50;

export function readPendingNews(value: unknown): PendingNews | null {
  const from = readObject(value);
  const at = readNumber(from?.["at"]);
  if (from === null || at === undefined) return null;
  const gitReadAt = readNumber(from["gitReadAt"]);
  const tasks = Array.isArray(from["tasks"]) ? readStrings(from["tasks"]) : undefined;
  return {
    at,
    ...(gitReadAt === undefined ? {} : { gitReadAt }),
    items: readItems(from["items"], readItem).slice(0, mostItems),
    seq: readNumber(from["seq"]) ?? 0,
    delivered: readDeliveredState(from["delivered"]),
    ...defined({ tasks, brief: readString(from["brief"]) }),
  };
}
