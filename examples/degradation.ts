// Live tasks, else the last good ones with their age, else what is wrong.

import { join } from "node:path";
import { createTaskClient, openSessionCache } from "sitrep";
import type { FallbackStrategy } from "sitrep";
import { show } from "./demo/show.ts";

export async function tasksWithAge(
  url: string,
  cacheFile: string,
  fallbackStrategy: FallbackStrategy = "cache_then_skip",
): Promise<string> {
  using cache = openSessionCache({ file: cacheFile });
  await using client = createTaskClient({ url, cache, fallbackStrategy });
  const { value, from, ageMs, failure } = await client.queryPendingTasks();
  if (from === "live") return `${value.length} tasks, live`;
  const why = failure?.code ?? "unknown";
  if (from === "none") return `no tasks: ${why}`;
  return `${value.length} tasks of ${Math.round((ageMs ?? 0) / 1000)} s ago: ${why}`;
}

if (import.meta.main) {
  await show(async ({ url, folder, stop }) => {
    const file = join(folder, "cache.db");
    const live = await tasksWithAge(url, file);
    await stop();
    return [live, await tasksWithAge(url, file)];
  });
}
