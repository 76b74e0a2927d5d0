// News and told state out of files and rows that another process wrote. Items of another shape are left out.

import { changeKinds } from "./changes.ts";
import { readGitState } from "./git-json.ts";
import type { DeliveredState } from "./news.ts";
import type { NewsItem } from "./news-item.ts";
import { readNumber, readObject, readOneOf, readString, readStrings } from "./read.ts";
import { taskPriorities } from "./task.ts";

const itemKinds = ["task", "branch", "conflict", "source", "session", "upstream"] as const;

function readItem(value: unknown): NewsItem | null {
  const from = readObject(value);
  const kind = readOneOf(from?.["kind"], itemKinds);
  if (from === null || kind === undefined) return null;
  switch (kind) {
    case "task": {
      const taskId = readString(from["taskId"]);
      const priority = readOneOf(from["priority"], taskPriorities);
      const what = Array.isArray(from["what"])
        ? from["what"].flatMap((one: unknown) => readOneOf(one, changeKinds) ?? [])
        : [];
      if (taskId === undefined || priority === undefined || what.length === 0) return null;
      const title = readString(from["title"]) ?? "";
      const isCurrent = from["isCurrent"] === true;
      return { kind, taskId, title, priority, what, ...(isCurrent ? { isCurrent } : {}) };
    }
    case "branch":
      return { kind, from: readString(from["from"]) ?? null, to: readString(from["to"]) ?? null };
    case "conflict": {
      const files = readNumber(from["files"]);
      return files === undefined ? null : { kind, files };
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
      return name === undefined || behind === undefined ? null : { kind, name, behind };
    }
  }
}

/** What a session was told, or nothing known. */
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

/** News laid out for one session, and what the session knows once it has been told. */
export interface PendingNews {
  /** Epoch milliseconds. */
  at: number;
  items: readonly NewsItem[];
  /** The last change in the log that is covered. */
  seq: number;
  delivered: DeliveredState;
}

export function readPendingNews(value: unknown): PendingNews | null {
  const from = readObject(value);
  const at = readNumber(from?.["at"]);
  if (from === null || at === undefined) return null;
  const items = Array.isArray(from["items"]) ? from["items"].slice(0, 50) : [];
  return {
    at,
    items: items.map(readItem).filter((item) => item !== null),
    seq: readNumber(from["seq"]) ?? 0,
    delivered: readDeliveredState(from["delivered"]),
  };
}
