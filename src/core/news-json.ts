// News and told state out of files and rows that another process wrote. Items of another shape are left out.

import { changeKinds } from "./changes.ts";
import { readGitState } from "./git-json.ts";
import type { NewsItem, ToldState } from "./news.ts";
import { readNumber, readObject, readOneOf, readString } from "./read.ts";
import { taskPriorities } from "./task.ts";

function readItem(value: unknown): NewsItem | null {
  const from = readObject(value);
  const kind = readOneOf(from?.["kind"], ["task", "branch", "conflict", "source"]);
  if (from === null || kind === undefined) return null;
  switch (kind) {
    case "task": {
      const taskId = readString(from["taskId"]);
      const priority = readOneOf(from["priority"], taskPriorities);
      const what = Array.isArray(from["what"])
        ? from["what"].flatMap((one: unknown) => readOneOf(one, changeKinds) ?? [])
        : [];
      if (taskId === undefined || priority === undefined || what.length === 0) return null;
      return { kind, taskId, title: readString(from["title"]) ?? "", priority, what };
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
  }
}

/** What a session was told, or nothing known. */
export function readToldState(value: unknown): ToldState {
  const from = readObject(value);
  const sources: Record<string, string | null> = {};
  for (const [name, code] of Object.entries(readObject(from?.["sources"]) ?? {})) {
    sources[name] = readString(code) ?? null;
  }
  return { git: readGitState(from?.["git"]), sources };
}

/** News laid out for one session, and what the session knows once it has been told. */
export interface NewsSheet {
  /** Epoch milliseconds. */
  at: number;
  items: readonly NewsItem[];
  /** The last change in the log that is covered. */
  seq: number;
  told: ToldState;
}

export function readNewsSheet(value: unknown): NewsSheet | null {
  const from = readObject(value);
  const at = readNumber(from?.["at"]);
  if (from === null || at === undefined) return null;
  const items = Array.isArray(from["items"]) ? from["items"].slice(0, 50) : [];
  return {
    at,
    items: items.map(readItem).filter((item) => item !== null),
    seq: readNumber(from["seq"]) ?? 0,
    told: readToldState(from["told"]),
  };
}
