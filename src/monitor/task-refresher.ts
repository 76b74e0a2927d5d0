// Refreshes tasks in the background, one refresh at a time for each source of a project. A slow source delays no other.

import type { ProjectScope } from "../core/ports.ts";
import type { MonitorLog } from "./monitor-log.ts";
import { refreshTasks } from "../sources/refresh.ts";
import type { RefreshDeps, RefreshOptions, RefreshResult } from "../sources/refresh.ts";

export interface TaskRefresher {
  /** Refreshes the sources that are not being queried already. Calls `onDone` at the end, also after a failure. */
  start(scope: ProjectScope, options: RefreshOptions, onDone: () => void): void;
}

interface RefreshSteps {
  /** Called after the last running refresh, before its `onDone`. Must not throw. */
  onResponses?: () => void;
  /** Awaited before a project's sources are queried. */
  before?: (scope: ProjectScope) => Promise<void>;
  /** Awaited after the sources have answered. Returns the names of sources that it changed; they are queried again. */
  after?: (scope: ProjectScope) => Promise<readonly string[]>;
}

export function createTaskRefresher(
  deps: RefreshDeps,
  log: MonitorLog,
  { onResponses, before, after }: RefreshSteps = {},
): TaskRefresher {
  const underWay = new Set<string>();
  /** The last code of each source of each project, so that the log reports changes, not every refresh. */
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

/** Returns a function to call after each refresh. It frees the memory, unless another refresh follows soon. */
export function createRest(): () => void {
  let timer: NodeJS.Timeout | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(giveBack, restAfterMs).unref();
  };
}
