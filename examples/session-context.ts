// The text that a session of an agent reads when it starts: tasks, repository, and how old they are.

import { join } from "node:path";
import { briefOf, createTaskClient, openSessionCache } from "sitrep";
import type { GitState, SessionCache } from "sitrep";
import { show } from "./demo/show.ts";

/** Others wrote the titles and branch names: the brief quotes them and cuts them to length. */
export async function sessionContext(
  url: string,
  cache: SessionCache,
  git: GitState | null,
): Promise<string> {
  await using client = createTaskClient({ url, name: "board", cache });
  const response = await client.queryPendingTasks({ limit: 5 });
  return briefOf(response, { client, git, options: { maxTasks: 3 } });
}

if (import.meta.main) {
  await show(async ({ url, folder }) => {
    using cache = openSessionCache({ file: join(folder, "cache.db") });
    return await sessionContext(url, cache, null);
  });
}
