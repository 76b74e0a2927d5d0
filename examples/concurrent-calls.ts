// Many calls at once share a few connections, and identical calls share one request.

import { createTaskClient } from "sitrep";
import type { ClientMetrics } from "sitrep";
import { show } from "./demo/show.ts";

/** Sends `different` distinct requests and as many identical ones, all at once. */
export async function callAtOnce(url: string, different = 10): Promise<ClientMetrics> {
  await using client = createTaskClient({ url });
  const each = Array.from({ length: different }, (_, at) => at);
  await Promise.all([
    ...each.map((at) => client.makeRequest(`/tasks?project=p${at}&status=pending`)),
    ...each.map(() => client.queryPendingTasks({ limit: 5 })),
  ]);
  return client.getMetrics();
}

if (import.meta.main) {
  await show(({ url }) => callAtOnce(url));
}
