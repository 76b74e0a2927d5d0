// Your own cache beside the client's, each entry with its time to live.

import { join } from "node:path";
import { openSessionCache } from "sitrep";
import type { SessionCacheStatistics } from "sitrep";
import { show } from "./demo/show.ts";

export interface Kept {
  tasks: number;
  branch: unknown;
  context: unknown;
  ofUser: unknown;
  ofProject: unknown;
  before: SessionCacheStatistics;
  removed: number;
}

/** Keeps tasks, a git state, project context and two keys of its own, reads them back, and clears up. */
export function useCache(file: string, tasks: readonly object[], userId: string): Kept {
  using cache = openSessionCache({ file });
  cache.cachePendingTasks(tasks);
  cache.cacheGitStatus({ branch: "feature/login", uncommitted: 3 });
  cache.cacheProjectContext("feature/login", { features: ["sign-in"] });
  cache.set(`user:${userId}`, { pending: tasks.length }, { ttlMs: 30 * 60_000 });
  cache.set("metrics:shop", { completionRate: 0.85 });
  cache.set("gone", true, { ttlMs: -1 });
  return {
    tasks: cache.getPendingTasks()?.tasks.length ?? 0,
    branch: cache.getGitStatus()?.value,
    context: cache.getProjectContext("feature/login")?.value,
    ofUser: cache.get(`user:${userId}`),
    ofProject: cache.get("metrics:shop"),
    before: cache.statistics(),
    removed: cache.cleanUp(),
  };
}

if (import.meta.main) {
  await show(async ({ folder, tasks }) => useCache(join(folder, "cache.db"), tasks, "ana"));
}
