// What a session of an agent reads when it starts: tasks, repository, and how old they are.

import { briefOf, createTaskClient } from "sitrep";
import type { GitState, SessionCache } from "sitrep";

/** Titles and branch names are data of others: the brief quotes them and cuts them to length. */
export async function sessionContext(
  url: string,
  project: string,
  cache: SessionCache,
  git: GitState | null,
): Promise<string> {
  await using client = createTaskClient({ url, name: "board", cache });
  const answer = await client.queryPendingTasks({ limit: 5 });
  return briefOf(answer, { client, project, git, options: { maxTasks: 3 } });
}
