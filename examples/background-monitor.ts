// Watch a server in the background of a program, and report when something becomes urgent.

import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { createTaskClient, createTaskMonitor, openSessionCache } from "sitrep";
import type { SessionCache, TaskMonitor } from "sitrep";
import { show } from "./demo/show.ts";

/** Runs until you dispose of it. Other code reads the last good tasks from the cache, without waiting. */
export function watch(
  url: string,
  cache: SessionCache,
  say: (line: string) => void,
  everyMs = 180_000,
): TaskMonitor {
  const client = createTaskClient({ url, cache, policy: { resultCacheMs: 0 } });
  const monitor = createTaskMonitor({ client, everyMs });
  monitor.on("tasks", (tasks) => say(`${tasks.length} pending`));
  monitor.on("pressing", (tasks) => say(`look at ${tasks.map(({ id }) => id).join(", ")}`));
  monitor.on("error", (error) => say(error instanceof Error ? error.message : String(error)));
  const stop = monitor[Symbol.asyncDispose];
  monitor.start();
  return Object.assign(monitor, {
    [Symbol.asyncDispose]: async () => {
      await stop();
      await client[Symbol.asyncDispose]();
    },
  });
}

if (import.meta.main) {
  await show(async ({ url, folder }) => {
    using cache = openSessionCache({ file: join(folder, "cache.db") });
    const said: string[] = [];
    await using monitor = watch(url, cache, (line) => said.push(line));
    // oxlint-disable-next-line no-await-in-loop -- until it has reported twice
    while (monitor.isRunning && said.length < 2) await setTimeout(10);
    return said;
  });
}
