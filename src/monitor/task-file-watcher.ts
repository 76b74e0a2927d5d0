// Watches the task files in the working trees of live sessions, and has them read again as soon as they change.

import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { StateFiles } from "../config/folders.ts";
import type { Config } from "../config/schema.ts";
import type { ProjectScope } from "../core/ports.ts";
import type { SessionRecord } from "../core/session.ts";
import { locate } from "../git/repository.ts";
import { isInTree } from "../sources/source-opener.ts";
import { listSources, type SourcePool, type WatchedSource } from "../sources/source-pool.ts";
import { createFolderWatch } from "./folder-watch.ts";
import type { TaskRefresher } from "./task-refresher.ts";

type TreeSource = Pick<WatchedSource, "project" | "tree" | "source">;

export interface TaskFileWatcher {
  /** Watches the task files in the sessions' working trees, and no others. */
  watch(sessions: readonly Pick<SessionRecord, "project" | "worktree">[]): void;
}

interface WatcherDeps {
  config: () => Config;
  files: StateFiles;
  pool: Pick<SourcePool, "watched">;
  refresher: TaskRefresher;
  /** Called after each reading. */
  onChange: () => void;
}

/** An editor writes a file in several steps. */
const settleMs = 150;

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

const keyOf = ({ project, tree, source }: TreeSource): string => [project, tree, source].join("\n");

const scopeOf = (project: string): ProjectScope => ({
  path: project,
  name: locate(project)?.projectName ?? project,
});

export function createTaskFileWatcher(deps: WatcherDeps): TaskFileWatcher {
  /** For each folder, the sources with task files in it, and the path that each source reads. */
  let watched = new Map<string, { path: string; one: TreeSource }[]>();
  let known = new Set<string>();
  const due = new Map<string, NodeJS.Timeout>();

  const namesOf = (project: string): string[] =>
    listSources(deps.config(), deps.files, scopeOf(project))
      .map(({ config }) => config)
      .filter((one) => isInTree(one) && one.enabled)
      .map(({ name }) => name);
  const refresh = ({ project, tree, source: only }: TreeSource): void => {
    const scope = { ...scopeOf(project), trees: [tree] };
    deps.refresher.start(scope, { force: true, only }, deps.onChange);
  };
  const refreshSoon = (one: TreeSource): void => {
    const key = keyOf(one);
    clearTimeout(due.get(key));
    const run = (): void => {
      due.delete(key);
      refresh(one);
    };
    due.set(key, setTimeout(run, settleMs).unref());
  };
  // Also called when a watch begins: a file may have changed since it was read.
  const folders = createFolderWatch((folder, name) => {
    for (const { path, one } of watched.get(folder) ?? [])
      if (name === null || path === folder || path === join(folder, name)) refreshSoon(one);
  });

  return {
    watch: (sessions) => {
      const trees = new Map(sessions.map(({ project, worktree }) => [worktree, project]));
      const wanted = [...trees].flatMap(([tree, project]) =>
        namesOf(project).map((source) => ({ project, tree, source })),
      );
      // A source that was not read here has no paths yet, and its last response may be older than its file.
      for (const one of wanted) if (!known.has(keyOf(one))) refresh(one);
      known = new Set(wanted.map(keyOf));
      const places = deps.pool
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
