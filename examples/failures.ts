// All kinds of failures, by code. The client itself handles retries, waits and the breaker.

import { SourceError, createTaskClient } from "sitrep";
import type { PolicySettings } from "sitrep";
import { show } from "./demo/show.ts";

const advice: Partial<Record<string, string>> = {
  "source-refused": "check the credentials",
  "source-unreachable": "start the server, or check its address",
  "source-timeout": "allow it more time",
  "source-rate-limited": "ask less often",
  "source-cooldown": "it failed repeatedly; wait half a minute",
  "source-failed": "look at the server's log",
  "source-invalid-response": "something else answers at this address",
};

/** The tasks' titles, or one line that says why there are none and what helps. */
export async function titlesOrAdvice(
  url: string,
  policy: Partial<PolicySettings> = {},
): Promise<string[] | string> {
  await using client = createTaskClient({ url, profile: "resilient", policy });
  try {
    const { value } = await client.queryPendingTasks({ limit: 5 });
    return value.map(({ title }) => title);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    const { attempts } = client.getMetrics();
    return `${error.code} after ${attempts} tries: ${advice[error.code] ?? error.message}`;
  }
}

if (import.meta.main) {
  await show(async ({ url, stop }) => {
    const titles = await titlesOrAdvice(url);
    await stop();
    return [titles, await titlesOrAdvice(url)];
  });
}
