// Has task lists in files read again as soon as they change, in the working trees of live sessions.

import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { SessionRecord } from "../core/session.ts";
import type { FolderWatch, OnChange } from "./folder-watch.ts";

/** A source in files: where it is, and the files and folders that its answer depends on, as absolute paths. */
export interface WatchedSource {
  source: string;
  project: string;
  tree: string;
  paths: readonly string[];
}

export interface TaskFileWatcherDeps {
  /** The sources in files that are open. */
  sources: () => readonly WatchedSource[];
  watchFolders: (onChange: OnChange) => FolderWatch;
  refresh: (project: string, source: string) => void;
}

export interface TaskFileWatcher {
  /** Watches what the sessions' working trees have, and nothing else. */
  watch(sessions: readonly Pick<SessionRecord, "project" | "worktree">[]): void;
}

/** An editor writes a file in several steps. */
const settleMs = 150;

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

export function createTaskFileWatcher(deps: TaskFileWatcherDeps): TaskFileWatcher {
  /** By folder, the sources that something in it belongs to, with the path that counts. */
  let watched = new Map<string, { path: string; one: WatchedSource }[]>();
  const due = new Map<string, NodeJS.Timeout>();

  const refreshSoon = ({ project, source }: WatchedSource): void => {
    const key = `${project}\n${source}`;
    clearTimeout(due.get(key));
    const run = (): void => {
      due.delete(key);
      deps.refresh(project, source);
    };
    due.set(key, setTimeout(run, settleMs).unref());
  };
  const folders = deps.watchFolders((folder, name, isNew) => {
    if (isNew === true) return;
    for (const { path, one } of watched.get(folder) ?? [])
      if (name === null || path === folder || path === join(folder, name)) refreshSoon(one);
  });

  return {
    watch: (sessions) => {
      const trees = new Set(sessions.map(({ worktree }) => worktree));
      const inUse = deps.sources().filter(({ tree }) => trees.has(tree));
      const places = inUse.flatMap((one) =>
        one.paths.map((path) => ({ folder: isFolder(path) ? path : dirname(path), path, one })),
      );
      watched = Map.groupBy(places, ({ folder }) => folder);
      folders.follow(new Set(watched.keys()));
    },
  };
}
