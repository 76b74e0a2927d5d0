// Refreshes the tasks of projects in the background, each source of each project once at a time: a slow one delays no other.

import type { ProjectScope } from "../core/ports.ts";
import type { MonitorLog } from "./monitor-log.ts";
import { refreshTasks } from "../sources/refresh.ts";
import type { RefreshDeps, RefreshOptions, RefreshResult } from "../sources/refresh.ts";

export interface TaskRefresher {
  /** Starts to refresh the sources that are not being asked already. `onDone` is called at the end, also after a failure. */
  start(scope: ProjectScope, options: RefreshOptions, onDone: () => void): void;
}

interface RefreshSteps {
  /** Called when the last of several refreshes has ended, before its `onDone`. It must not throw. */
  onResponses?: () => void;
  /** Awaited before a project's sources are asked. */
  before?: (scope: ProjectScope) => Promise<void>;
  /** Awaited after they have answered. Gives the names of those that it changed, which are asked again. */
  after?: (scope: ProjectScope) => Promise<readonly string[]>;
}

export function createTaskRefresher(
  deps: RefreshDeps,
  log: MonitorLog,
  { onResponses, before, after }: RefreshSteps = {},
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

  const refresh = async (scope: ProjectScope, options: RefreshOptions): Promise<void> =>
    logChanges(scope, await refreshTasks({ ...deps, underWay }, scope, options));

  const run = async (scope: ProjectScope, options: RefreshOptions): Promise<void> => {
    await before?.(scope).catch(() =>
      log.warn("failed to look for tasks in files", { project: scope.name }),
    );
    await refresh(scope, options);
    for (const only of (await after?.(scope)) ?? []) await refresh(scope, { force: true, only });
  };

  return {
    start: (scope, options, onDone) =>
      void run(scope, options)
        .catch(() => log.warn("refresh failed", { project: scope.name }))
        .finally(() => {
          if (underWay.size === 0) onResponses?.();
          onDone();
        }),
  };
}

const restAfterMs = 10_000;

const giveBack = (): void => void globalThis.gc?.({ type: "major", flavor: "last-resort" });

/** To be called after a refresh: gives its memory back, unless another refresh follows soon. */
export function createRest(): () => void {
  let timer: NodeJS.Timeout | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(giveBack, restAfterMs).unref();
  };
}
