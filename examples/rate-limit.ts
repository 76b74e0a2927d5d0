// Stay below a limit: wait until a request fits, and never send what would be refused.

import { setTimeout as sleep } from "node:timers/promises";
import { createRateLimiter, createTaskClient } from "sitrep";
import { show } from "./demo/show.ts";

/** Makes `calls` calls; counts how often one had to wait. */
export async function callSlowly(
  url: string,
  calls: number,
  limit: { maxRequests: number; windowMs: number },
): Promise<{ done: number; waits: number }> {
  const limiter = createRateLimiter(limit);
  await using client = createTaskClient({ url, profile: "basic" });
  let waits = 0;
  for (let done = 0; done < calls; done += 1) {
    while (!(await limiter.allowRequest())) {
      waits += 1;
      await sleep(await limiter.waitMs());
    }
    await client.queryPendingTasks({ limit: 1 });
  }
  return { done: calls, waits };
}

/** The other way: the client itself counts, and says when it may send the next call. */
export async function callUntilLimited(
  url: string,
  limit: { maxRequests: number; windowMs: number },
): Promise<{ sent: number; waitMs: number }> {
  const rateLimiter = createRateLimiter(limit);
  await using client = createTaskClient({ url, profile: "basic", rateLimiter });
  const stop = { at: -1 };
  for (let sent = 0; stop.at < 0; sent += 1) {
    await client.makeRequest("/tasks/next", undefined, { fallback: () => (stop.at = sent) });
  }
  return { sent: stop.at, waitMs: await rateLimiter.waitMs() };
}

if (import.meta.main) {
  await show(async ({ url }) => [
    await callSlowly(url, 5, { maxRequests: 2, windowMs: 200 }),
    await callUntilLimited(url, { maxRequests: 3, windowMs: 60_000 }),
  ]);
}
