// Three profiles of a client for one server, and what each does.

import { createTaskClient } from "sitrep";
import type { PolicyPreset, TaskClient } from "sitrep";
import { show } from "./demo/show.ts";

/** Asks for the same tasks twice with each profile; returns how many requests that took. */
export async function compareProfiles(url: string): Promise<Record<PolicyPreset, number>> {
  const attemptsOf = async (profile: PolicyPreset): Promise<number> => {
    await using client: TaskClient = createTaskClient({ url, profile });
    await client.queryPendingTasks();
    await client.queryPendingTasks();
    return client.getMetrics().attempts;
  };
  return {
    basic: await attemptsOf("basic"),
    resilient: await attemptsOf("resilient"),
    optimized: await attemptsOf("optimized"),
  };
}

if (import.meta.main) {
  await show(({ url }) => compareProfiles(url));
}
