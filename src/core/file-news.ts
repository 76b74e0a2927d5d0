// Files that somebody else is changing: in conflict, or changed and not committed by another live session.

import type { GitPaths } from "./git-state.ts";
import { readItems, readNumber, readObject, readOneOf, readString } from "./read.ts";

/** `conflict`: unmerged here. `session`: another session changed it here. `worktree`: changed in another worktree. */
export const fileConcerns = ["conflict", "session", "worktree"] as const;
export type FileConcern = (typeof fileConcerns)[number];

export interface ConcernedFile {
  /** From the root of the working tree. */
  path: string;
  concern: FileConcern;
  /** The other worktree, where it is one. */
  worktree: string | null;
}

/** What a session's calls that change a file are compared with. It stays: each file is reported once. */
export interface WatchedFiles {
  /** Epoch milliseconds. */
  at: number;
  /** Real path of the session's working tree. */
  root: string;
  files: readonly ConcernedFile[];
  /** True while another session works in the same tree: calls then record which file they change. */
  isShared: boolean;
  /** False where only a guard wants it: none of it is reported. */
  isNews: boolean;
}

const mostFiles = 500;

export function readWatchedFiles(value: unknown): WatchedFiles | null {
  const from = readObject(value);
  const [at, root] = [readNumber(from?.["at"]), readString(from?.["root"])];
  if (from === null || at === undefined || root === undefined) return null;
  return {
    at,
    root,
    isShared: from["isShared"] === true,
    isNews: from["isNews"] === true,
    files: readItems(from["files"], (one) => {
      const file = readObject(one);
      const path = readString(file?.["path"]);
      const concern = readOneOf(file?.["concern"], fileConcerns);
      if (file === null || path === undefined || concern === undefined) return null;
      return { path, concern, worktree: readString(file["worktree"]) ?? null };
    }).slice(0, mostFiles),
  };
}

/** A live session and what is known of its uncommitted work. Paths are from the root of its working tree. */
export interface WorkingSession {
  id: string;
  worktree: string;
  /** Files that its own calls recorded as changed. */
  edited: readonly string[];
}

/** The files to report to a session when it changes one; null when there is nothing to watch for. */
export function findFiles(
  own: WorkingSession,
  others: readonly WorkingSession[],
  changesOf: (worktree: string) => GitPaths | null,
  { at, isNews }: Pick<WatchedFiles, "at" | "isNews">,
): WatchedFiles | null {
  const files = new Map<string, ConcernedFile>();
  const here = changesOf(own.worktree);
  const put = (path: string, concern: FileConcern, worktree: string | null): void => {
    if (!files.has(path) && files.size < mostFiles) files.set(path, { path, concern, worktree });
  };
  for (const path of here?.conflicted ?? []) put(path, "conflict", null);
  const changedHere = new Set(here?.changed);
  for (const other of others) {
    if (other.id === own.id) continue;
    if (other.worktree === own.worktree) {
      for (const path of other.edited) if (changedHere.has(path)) put(path, "session", null);
      continue;
    }
    const there = changesOf(other.worktree);
    for (const path of [...(there?.conflicted ?? []), ...(there?.changed ?? [])]) {
      put(path, "worktree", other.worktree);
    }
  }
  const isShared = others.some((one) => one.id !== own.id && one.worktree === own.worktree);
  if (files.size === 0 && !isShared) return null;
  return { at, root: own.worktree, files: [...files.values()], isShared, isNews };
}
