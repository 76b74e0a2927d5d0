// Refreshes the tasks of projects in the background, each source of each project once at a time: a slow one delays no other.

import type { ProjectScope } from "../core/ports.ts";
import type { MonitorLog } from "./log.ts";
import { refreshTasks } from "../sources/refresh.ts";
import type { RefreshDeps, RefreshOptions, RefreshResult } from "../sources/refresh.ts";

export interface TaskRefresher {
  /** Starts to refresh the sources that are not being asked already. `onDone` is called at the end, also after a failure. */
  start(scope: ProjectScope, options: RefreshOptions, onDone: () => void): void;
}

/**
 * `onAnswers` is called when the last of several refreshes has ended, before its `onDone`. It must not throw. `before` is
 * awaited before a project's sources are asked.
 */
export function createTaskRefresher(
  deps: RefreshDeps,
  log: MonitorLog,
  onAnswers: () => void = () => undefined,
  before: (scope: ProjectScope) => Promise<void> = () => Promise.resolve(),
): TaskRefresher {
  const underWay = new Set<string>();
  /** The last code of each source of each project: changes are logged, not each refresh. */
  const lastCodes = new Map<string, string | null>();

  const logChanges = (scope: ProjectScope, results: readonly RefreshResult[]): void => {
    for (const { source, code, ms, tasks } of results) {
      if (code === "waiting") continue;
      const key = `${scope.path}\n${source}`;
      const fields = { source, project: scope.name, ms };
      if (lastCodes.get(key) === code) log.debug("tasks read", { ...fields, count: tasks ?? 0 });
      else if (code === null) log.info("source ok", { ...fields, count: tasks ?? 0 });
      else log.warn("source failed", { ...fields, code });
      lastCodes.set(key, code);
    }
  };

  return {
    start: (scope, options, onDone) => {
      void before(scope)
        .catch(() => log.warn("failed to look for tasks in files", { project: scope.name }))
        .then(() => refreshTasks({ ...deps, underWay }, scope, options))
        .then((results) => logChanges(scope, results))
        .catch(() => log.warn("refresh failed", { project: scope.name }))
        .finally(() => {
          if (underWay.size === 0) onAnswers();
          onDone();
        });
    },
  };
}
