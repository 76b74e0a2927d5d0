// Has task lists in files read again as soon as they change, in the working trees of live sessions.

import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { SessionRecord } from "../core/session.ts";
import type { WatchedSource } from "../sources/source-pool.ts";
import type { FolderWatch, OnChange } from "./folder-watch.ts";

type TreeSource = Pick<WatchedSource, "project" | "tree" | "source">;

export interface TaskFileWatcherDeps {
  /** The names of a project's sources in files. */
  namesOf: (project: string) => readonly string[];
  /** Those that were read, with what their answers depend on. */
  watched: () => readonly WatchedSource[];
  watchFolders: (onChange: OnChange) => FolderWatch;
  refresh: (one: TreeSource) => void;
}

export interface TaskFileWatcher {
  /** Watches what the sessions' working trees have, and nothing else. */
  watch(sessions: readonly Pick<SessionRecord, "project" | "worktree">[]): void;
}

/** An editor writes a file in several steps. */
const settleMs = 150;

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

const keyOf = ({ project, tree, source }: TreeSource): string => [project, tree, source].join("\n");

export function createTaskFileWatcher(deps: TaskFileWatcherDeps): TaskFileWatcher {
  /** By folder, the sources that something in it belongs to, with the path that counts. */
  let watched = new Map<string, { path: string; one: WatchedSource }[]>();
  let known = new Set<string>();
  const due = new Map<string, NodeJS.Timeout>();

  const refreshSoon = (one: TreeSource): void => {
    const key = keyOf(one);
    clearTimeout(due.get(key));
    const run = (): void => {
      due.delete(key);
      deps.refresh(one);
    };
    due.set(key, setTimeout(run, settleMs).unref());
  };
  // Also when the watch of a folder begins: something may have changed since its files were read.
  const folders = deps.watchFolders((folder, name) => {
    for (const { path, one } of watched.get(folder) ?? [])
      if (name === null || path === folder || path === join(folder, name)) refreshSoon(one);
  });

  return {
    watch: (sessions) => {
      const trees = new Map(sessions.map(({ project, worktree }) => [worktree, project]));
      const wanted = [...trees].flatMap(([tree, project]) =>
        deps.namesOf(project).map((source) => ({ project, tree, source })),
      );
      // One that was not read here has no paths yet, and its last answer may be older than its file.
      for (const one of wanted) if (!known.has(keyOf(one))) deps.refresh(one);
      known = new Set(wanted.map(keyOf));
      const places = deps
        .watched()
        .filter((one) => known.has(keyOf(one)))
        .flatMap((one) =>
          one.paths.map((path) => ({ folder: isFolder(path) ? path : dirname(path), path, one })),
        );
      watched = Map.groupBy(places, ({ folder }) => folder);
      folders.follow(new Set(watched.keys()));
    },
  };
}
